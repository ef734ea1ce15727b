"""Files: written whole or not at all, whatever happens in between; and read without trust in what is in them."""

import errno
import io
import os
import pickle
import re
import signal
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from nbhelpers import Activation, Dense, LeakyReLU, Network, own_data, plots, relu, sigmoid, tanh
from nbhelpers.files import replaced

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of this kind are those of POSIX")


def a_network(seed=0):
    return Network(3, [Dense(4, sigmoid, bias=False), Dense(2, tanh)]).initialize("normal", seed=seed)


@pytest.fixture
def path(tmp_path):
    """A file with a good network in it, the only one in its folder."""
    a_network().save(tmp_path / "network.npz")
    return tmp_path / "network.npz"


def is_whole(path):
    """Whether the good network is at `path` still, with no half file beside it."""
    return Network.load(path).theta.tolist() == a_network().theta.tolist() and os.listdir(path.parent) == [path.name]


# Written


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), SystemExit, MemoryError])
@pytest.mark.parametrize("place", ["savez", "fsync", "replace"])
def test_what_happens_while_a_network_is_saved_leaves_the_old_file(path, monkeypatch, error, place):
    def breaks(*_, **__):
        raise error

    monkeypatch.setattr(*((np, "savez") if place == "savez" else (os, place)), breaks)
    with pytest.raises(BaseException) as caught:
        a_network(seed=1).save(path)
    monkeypatch.undo()
    assert caught.type is (error if isinstance(error, type) else type(error)) and is_whole(path)


KILLED = """
import os, sys
from nbhelpers import Dense, Network, sigmoid
network = Network(1000, [Dense(1000, sigmoid)])
print("ready", flush=True)
while True:
    network.save(sys.argv[1])
"""


@posix
def test_a_program_that_is_killed_while_it_saves_leaves_a_whole_file(path):
    for delay in (0.0, 0.003, 0.01, 0.02, 0.03):
        program = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE)
        assert program.stdout.readline() == b"ready\n"
        end = perf_counter() + delay
        while perf_counter() < end:
            pass
        program.kill()
        program.wait()
        assert Network.load(path).sizes in ((3, 4, 2), (1000, 1000))


FULL = """
import resource, signal, sys
from nbhelpers import Dense, Network, sigmoid
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
Network(100, [Dense(100, sigmoid)]).save(sys.argv[1])
"""


@posix
def test_a_full_disk_leaves_the_old_file(path):
    done = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True)
    said = f"OSError: path must be one to write to, but '{path}' could not be written: file too large; what was there"
    assert done.returncode and said in done.stderr and is_whole(path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_of_every_failure_of_writing_a_sentence_says_what_it_was(path, monkeypatch, number, place):
    def breaks(*_, **__):
        raise OSError(number, os.strerror(number))

    said = f"^path must be one to write to, but .* could not be written: {os.strerror(number).lower()}; what was there"
    monkeypatch.setattr(os, place, breaks)
    with pytest.raises(OSError, match=said):
        a_network(seed=1).save(path)
    with pytest.raises(OSError, match=said), replaced(path):
        breaks()
    assert is_whole(path)
    with pytest.raises(OSError, match=said), replaced(path):
        monkeypatch.setattr(Path, "unlink", breaks)
        breaks()


@posix
def test_a_file_keeps_its_rights_and_a_link_stays_a_link(path):
    path.chmod(0o640)
    link = path.with_name("link.npz")
    link.symlink_to(path)
    a_network(seed=1).save(link)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert Network.load(path).theta.tolist() == a_network(seed=1).theta.tolist()


@posix
def test_a_new_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    a_network().save(tmp_path / "network.npz")
    assert (tmp_path / "network.npz").stat().st_mode == (tmp_path / "other").stat().st_mode


DEVICES = [name for name in ("/dev/null", "/dev/full") if os.path.exists(name)]
# Folders in which not even the superuser can make a file.
CLOSED = [name for name in ("/proc", "/sys") if os.access(name, os.W_OK)]


def test_what_is_no_file_is_not_written_over(tmp_path):
    for bad, kind, words in (
        (tmp_path, ValueError, "which is something else"), (3, TypeError, "got 3"), (None, TypeError, "got None"),
        (io.BytesIO(), TypeError, "got <_io.BytesIO"), ("a\0b", TypeError, "got"),
        (tmp_path / "none" / "network.npz", FileNotFoundError, "lie in a folder that is there"),
        (f"{tmp_path}/{300 * 'x'}.npz", ValueError, "got .*: file name too long"),
        *((name, ValueError, f"got '{name}', which is something else") for name in DEVICES),
        *((f"{name}/x", PermissionError, f"but in '{name}' no file can be made") for name in CLOSED),
    ):
        with pytest.raises(kind, match=f"^path must .*{words}"):
            a_network().save(bad)
        with pytest.raises(kind, match=f"^path must .*{words}"):
            plots.film([], None, path=bad)
        with pytest.raises((kind, FileNotFoundError), match="^path must "):
            Network.load(bad)
    assert os.listdir(tmp_path) == []


def test_what_may_not_be_read_is_said(path, monkeypatch):
    access = os.access
    monkeypatch.setattr(os, "access", lambda asked, mode: access(asked, mode) and mode != os.R_OK)
    with pytest.raises(PermissionError, match="^path must be the path of a file that may be read, got "):
        Network.load(path)
    with pytest.raises(PermissionError, match="^table must be the path of a file that may be read, got "):
        own_data(path, "x")


@pytest.mark.parametrize("protected", ["network.npz", "."])
def test_what_is_read_only_is_not_written_over(path, monkeypatch, protected):
    place, access = path.parent / protected, os.access
    # The superuser may write anywhere, so that rights taken away would not do.
    monkeypatch.setattr(os, "access", lambda asked, mode: access(asked, mode) and (asked, mode) != (place, os.W_OK))
    with pytest.raises(PermissionError, match=f"^path must be one to write to, but {re.escape(repr(str(place)))} is "):
        a_network(seed=1).save(path)
    with pytest.raises(PermissionError, match="is read-only; choose another"):
        plots.film([], None, path=path.with_name("network.npz"))
    assert is_whole(path) and os.listdir(path.parent) == [path.name]


def test_a_program_cannot_fail_after_it_has_replaced_the_file(path):
    with pytest.raises(ZeroDivisionError), replaced(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert is_whole(path)
    with replaced(path) as file:
        file.write(b"all")
    assert path.read_bytes() == b"all"


class Leakier(LeakyReLU):
    """It has the leak of another, and other values."""


@pytest.mark.parametrize("activation", [
    Activation("sigmoid", np.tanh, lambda z, a, out: np.subtract(1, a * a, out)), Leakier(0.1),
    Activation("relu", relu.formula, relu.slope_formula, kink=False),
])
def test_what_could_not_be_loaded_again_is_not_saved(path, activation):
    with pytest.raises(ValueError, match="^activation must be one of identity, .* to be saved"):
        Network(3, [Dense(1, activation)]).save(path)
    assert is_whole(path)


def test_a_network_that_has_diverged_is_not_saved(path):
    network = a_network(seed=1)
    network.weights[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="^theta must be finite to be saved"):
        network.save(path)
    assert is_whole(path)


# Read


def refused(path, content=None):
    """Whether `Network.load` says in one sentence that the file is none of its own."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        Network.load(path)
    said = str(caught.value)
    return said.startswith(f"{path} must be a file written by Network.save") and "\n" not in said


def test_a_file_cut_short_at_any_byte_is_refused(path):
    whole = path.read_bytes()
    assert all(refused(path, whole[:length]) for length in range(len(whole)))


def test_a_flipped_bit_is_refused_or_changes_nothing(path, whole):
    written, step = path.read_bytes(), 1 if whole else 7
    for place in range(0, len(written), step):
        for bit in (1, 128):
            changed = bytearray(written)
            changed[place] ^= bit
            path.write_bytes(changed)
            try:
                assert Network.load(path).theta.tolist() == a_network().theta.tolist(), place
            except ValueError:
                assert refused(path), place


def entries(**changes):
    good = {
        "theta": np.zeros(3), "sizes": np.array([2, 1]), "activations": np.array(["sigmoid"]),
        "biases": np.array([True]),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


TAMPERED = {
    "a layer too many": entries(sizes=np.array([2, 1, 1])),
    "no layer": entries(sizes=np.array([2]), activations=np.array([], "U1"), biases=np.array([], bool)),
    "no units": entries(sizes=np.array([2, 0])), "fewer than none": entries(sizes=np.array([2, -1])),
    "units beyond all memory": entries(sizes=np.array([10**15, 10**15])),
    "units that are no whole numbers": entries(sizes=np.array([2.0, 1.0])),
    "a parameter too many": entries(theta=np.zeros(4)), "nan": entries(theta=np.array([0, np.nan, 0])),
    "a matrix": entries(theta=np.zeros((3, 1))), "texts": entries(theta=np.array(["a", "b", "c"])),
    "complex": entries(theta=np.zeros(3, complex)), "objects": entries(theta=np.array([None] * 3, dtype=object)),
    "an unknown activation": entries(activations=np.array(["__import__('os')"])),
    "a leak of 7": entries(activations=np.array(["leaky_relu 7"])), "no theta": entries(theta=None),
}


@pytest.mark.parametrize("content", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_file_whose_entries_do_not_fit_is_refused(path, content):
    np.savez(path, **content)
    assert refused(path)


def test_the_entries_that_the_tampered_files_start_from_are_good(path):
    np.savez(path, **entries())
    assert repr(Network.load(path)) == "Network(2, [Dense(1, sigmoid)])"


class Runs:
    """What unpickling runs."""

    def __reduce__(self):
        return (Path.touch, (Path(os.environ["RAN"]),))


def test_nothing_in_a_file_is_run(path, monkeypatch):
    ran = path.with_name("ran")
    monkeypatch.setenv("RAN", str(ran))
    assert refused(path, pickle.dumps(Runs()))
    np.savez(path, **entries(theta=np.array([Runs()] * 3, dtype=object)))
    assert refused(path)
    with open(path, "wb") as file:
        np.save(file, np.array([Runs()], dtype=object))
    assert refused(path) and not ran.exists()


def header(shape, kind="<f8"):
    """An entry whose head promises more than there is."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": kind, "fortran_order": False, "shape": shape})
    return content.getvalue()


def archive(path, compression=zipfile.ZIP_STORED, **contents):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, value in entries().items():
            content = io.BytesIO()
            np.save(content, value)
            file.writestr(f"{name}.npy", contents.get(name, content.getvalue()))


def bomb(path):
    archive(path, zipfile.ZIP_DEFLATED, theta=header((50_000_000,)) + bytes(400_000_000))


BOMBS = {
    "400 MB in a small file": bomb,
    "a theta of 8 TB": lambda path: archive(path, theta=header((10**12,)) + bytes(24)),
    "sizes of 8 TB": lambda path: archive(path, sizes=header((10**12,), "<i8") + bytes(16)),
    "texts of 4 GB": lambda path: archive(path, activations=header((1,), f"<U{2**30}") + bytes(16)),
    "a single array of 8 TB": lambda path: path.write_bytes(header((10**12,)) + bytes(24)),
    "300 MB that are really there": lambda path: archive(path, theta=header((37_500_000,)) + bytes(300_000_000)),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS.keys())
def test_a_file_that_promises_more_than_it_should_is_refused_before_it_is_read(path, make):
    make(path)
    tracemalloc.start()
    try:
        assert refused(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name, count, why", [
    # The head has 128 bytes, and each number 8: a theta of 3 may take 3 * 8 + 2**12 bytes, the sizes 2**20.
    ("theta", 499, "its theta has the shape (499,)"), ("theta", 500, "its entry theta is of another kind or too long"),
    ("sizes", 131_056, "its layers do not fit"), ("sizes", 131_057, "its entry sizes is of another kind or too long"),
])
def test_an_entry_may_be_so_long_and_no_longer(path, name, count, why):
    np.savez(path, **entries(**{name: np.resize(entries()[name], count)}))
    with pytest.raises(ValueError, match=re.escape(f"but {why}")):
        Network.load(path)


@pytest.mark.parametrize("content", [
    b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x93NUMPY", b"GIF89a", b"<html></html>", "ä".encode("utf-16"), bytes(9999),
])
def test_a_foreign_file_is_refused(path, content):
    assert refused(path, content)


@posix
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    signal.alarm(5)
    try:
        with pytest.raises(ValueError, match="^path must be the path of a file, got .*, which is something else"):
            Network.load(tmp_path / "pipe")
    finally:
        signal.alarm(0)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="^path must be the path of a file that is there, got .*none.npz"):
        Network.load(tmp_path / "none.npz")


@pytest.mark.parametrize("address", [
    "https://example.org/table.csv", "HTTP://example.org/table.csv", "s3://bucket/table.csv",
    Path("https://example.org/table.csv"), "file:///data/table.csv",
])
def test_of_an_address_it_is_said_that_the_file_has_to_be_downloaded(address):
    said = "must be the path of a file on this computer, got the address .*; download the file first, or upload it"
    with pytest.raises(ValueError, match=f"^table {said}"):
        own_data(address, "x")
    for call in (Network.load, a_network().save):
        with pytest.raises(ValueError, match=f"^path {said}"):
            call(address)


@posix
def test_a_name_with_a_colon_is_no_address(tmp_path):
    (tmp_path / "https:").mkdir()
    a_network().save(tmp_path / "https:" / "network:1.npz")
    assert is_whole(tmp_path / "https:" / "network:1.npz")


@pytest.mark.parametrize("name", ["~/b.npz", "~b.npz"])
def test_a_tilde_is_the_home_folder_where_it_stands_for_one(tmp_path, monkeypatch, name):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    saved = Network(1, [Dense(1, tanh)])
    saved.save(name)
    assert Network.load(name).sizes == saved.sizes and (tmp_path / name.removeprefix("~/")).is_file()


def test_a_file_that_lacks_an_entry_is_told_from_a_damaged_one(tmp_path):
    lacking, damaged = tmp_path / "lacking.npz", tmp_path / "damaged.npz"
    np.savez(lacking, theta=np.ones(3))
    damaged.write_bytes(lacking.read_bytes()[:40])
    for path, why in ((lacking, "it lacks the entry sizes"), (damaged, "it is damaged, or of another kind")):
        with pytest.raises(ValueError, match=f"but {why}; save the network again"):
            Network.load(path)
