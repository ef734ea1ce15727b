"""Files that are written whole or not at all, and the file of a network, in which nothing is run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np
from numpy.lib import format as npy

from .activations import loaded, saved
from .arguments import Array
from .layers import Dense
from .words import shown

# The entries of a file: what NumPy calls the kind of their numbers.
KINDS = {"theta": "f", "sizes": "iu", "activations": "U", "biases": "b"}
# The head of an entry may have this many bytes, and what describes the layers this many.
HEAD, DESCRIPTION = 2**12, 2**20
# A Path writes the two slashes as one.
ADDRESS = re.compile(r"(https?|s?ftp|file|s3|gs):/", re.IGNORECASE)


def path_of(path: Any, name: str = "path") -> Path:
    """`path`, with no link in it, where a file is or can be; TypeError, ValueError or an OSError of its own else.

    `name` is what the errors call it.
    """
    if isinstance(path, (str, Path)) and ADDRESS.match(str(path)):
        raise ValueError(
            f"{name} must be the path of a file on this computer, got the address {shown(path)}; download the file "
            "first, or upload it afterwards"
        )
    try:
        text = os.fsdecode(os.fspath(path))
        # Of a name that begins with the sign alone, systems make the folder of another user.
        target = Path(os.path.expanduser(text) if text.startswith(("~/", f"~{os.sep}")) else text).resolve()
        with suppress(FileNotFoundError, NotADirectoryError):
            # It says what `exists` may keep to itself, such as a name that is too long.
            target.stat()
        other, folder = target.exists() and not target.is_file(), target.parent.is_dir()
    except OSError as error:
        kind = PermissionError if isinstance(error, PermissionError) else ValueError
        raise kind(f"{name} must be the path of a file, got {shown(path)}: {_reason(error)}") from None
    except Exception:
        raise TypeError(f"{name} must be the path of a file, got {shown(path)}") from None
    if other:
        # A device would be replaced, and a pipe waited for.
        raise ValueError(f"{name} must be the path of a file, got {str(target)!r}, which is something else")
    if not folder:
        raise FileNotFoundError(f"{name} must lie in a folder that is there, got {str(target)!r}; make the folder")
    return target


def file_of(path: Any, name: str = "path") -> Path:
    """`path`, with no link in it, where a file is that may be read; PermissionError, or as `path_of` raises, else."""
    target = path_of(path, name)
    if not target.exists():
        raise FileNotFoundError(f"{name} must be the path of a file that is there, got {str(target)!r}")
    if not os.access(target, os.R_OK):
        raise PermissionError(f"{name} must be the path of a file that may be read, got {str(target)!r}")
    return target


def target_of(path: Any) -> Path:
    """`path`, with no link in it, where a file may be written; PermissionError, or as `path_of` raises, else."""
    target = path_of(path)
    for place in (target, target.parent):
        # To put another file in its place, a file itself need not be writable; but who protects it wants to keep it.
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"path must be one to write to, but {str(place)!r} is read-only; choose another")
    part = _beside(target)
    try:
        # Only a try tells: the superuser may write everywhere, and in some folders of the system nobody can.
        part.touch(exist_ok=False)
        part.unlink()
    except OSError as error:
        raise PermissionError(
            f"path must be one to write to, but in {str(target.parent)!r} no file can be made: {_reason(error)}; "
            "choose another"
        ) from None
    return target


def _beside(target: Path) -> Path:
    """A new name in the same folder: a file changes its name at once, but is copied from one disk to another."""
    return target.with_name(f".{token_hex(8)}.part")


def _reason(error: OSError) -> str:
    """What the system says, in its own words but for the number."""
    return (error.strerror or type(error).__name__).lower()


@contextmanager
def replaced(path: Any) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` at the end of the block.

    Until then, and where the block does not come to its end, what was at `path` stays. The block does nothing but
    write. Raises as `target_of` does, and OSError in a sentence where the writing itself fails.
    """
    target = target_of(path)
    part = _beside(target)
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            part.chmod(target.stat().st_mode & 0o7777)
        os.replace(part, target)
    except OSError as error:
        # A disk, a quota or a limit of size that is full, a disk that breaks, a folder that is gone.
        kind = PermissionError if isinstance(error, PermissionError) else OSError
        raise kind(
            f"path must be one to write to, but {str(target)!r} could not be written: {_reason(error)}; what was there "
            "before is kept, so make room or choose another"
        ) from None
    finally:
        # What keeps a file from being written may keep its rest from being taken away.
        with suppress(OSError):
            part.unlink()


def write(path: Any, layers: Sequence[Dense], sizes: Sequence[int], theta: Array) -> None:
    """The layers of a network, their sizes and its theta, as a NumPy `.npz` file. Raises as `target_of` does."""
    entries: dict[str, Any] = {
        "theta": theta, "sizes": np.array(sizes),
        "activations": np.array([saved(layer.activation) for layer in layers]),
        "biases": np.array([layer.bias for layer in layers]),
    }
    if not np.isfinite(theta).all():
        raise ValueError("theta must be finite to be saved, got nan or inf in it; a training may have diverged")
    # In memory first: a zip file that is cut off by a full disk complains once more when it is closed.
    content = BytesIO()
    np.savez(content, **entries)
    with replaced(path) as file:
        file.write(content.getbuffer())


def read(path: Any) -> tuple[int, list[Dense], Array]:
    """The inputs, the layers and theta in a file that `write` wrote. Raises ValueError for a file of another kind."""
    target = file_of(path)
    with open(target, "rb") as file:
        try:
            return _read(file)
        except Exception as error:
            # A zip file can be broken in more ways than its module has errors for.
            why = str(error) if type(error) is _Foreign else "it is damaged, or of another kind"
    raise ValueError(f"{path} must be a file written by Network.save, but {why}; save the network again")


class _Foreign(Exception):
    """Why a file is not one of ours."""


def _read(file: IO[bytes]) -> tuple[int, list[Dense], Array]:
    with ZipFile(file) as archive:
        if lacking := [name for name in KINDS if f"{name}.npy" not in archive.namelist()]:
            raise _Foreign(f"it lacks the entry {lacking[0]}")
        sizes = _entry(archive, "sizes", DESCRIPTION).tolist()
        activations = _entry(archive, "activations", DESCRIPTION).tolist()
        biases = _entry(archive, "biases", DESCRIPTION).tolist()
        if not len(sizes) - 1 == len(activations) == len(biases) > 0:
            raise _Foreign("its layers do not fit each other")
        layers = [Dense(units, loaded(text), bias) for units, text, bias in zip(sizes[1:], activations, biases)]
        count = sum((inputs + layer.bias) * layer.units for inputs, layer in zip(sizes, layers))
        theta = _entry(archive, "theta", 8 * count + HEAD)
        if theta.shape != (count,):
            raise _Foreign(f"its theta has the shape {theta.shape}, where its layers need {count} parameters")
        if not np.isfinite(theta).all():
            raise _Foreign("its theta is not finite")
        return sizes[0], layers, theta.astype(np.float64)


def _entry(archive: ZipFile, name: str, most: int) -> np.ndarray:
    """An entry of the file, of one dimension, at most `most` bytes long; nothing is read or made that is longer."""
    info = archive.getinfo(f"{name}.npy")
    # What is compressed may unpack to anything; `write` compresses nothing.
    if info.compress_type != ZIP_STORED or info.file_size > most or info.file_size != info.compress_size:
        raise _Foreign(f"its entry {name} is of another kind or too long")
    content = BytesIO(archive.read(info))
    version = npy.read_magic(content)
    if version != (1, 0):
        raise _Foreign(f"its entry {name} is of another kind")
    shape, _, kind = npy.read_array_header_1_0(content)
    rest = content.read()
    if kind.kind not in KINDS[name] or len(shape) != 1 or shape[0] * kind.itemsize != len(rest):
        raise _Foreign(f"its entry {name} is of another kind")
    return np.frombuffer(rest, kind)
