"""Instances of `loop.wasm`: the compiled loop, and a memory of its own, in which `compiled` lays out a job.

On the desktop the package wasmtime runs it. In a browser's Python (Pyodide) the browser does.
"""

import atexit
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

LOOP = Path(__file__).with_name("loop.wasm")
# What memory is counted in; and how much of it is worth keeping for the next job.
PAGE, KEPT_BYTES = 2**16, 2**24
# So many calls within each other a training may take; most of them load wasmtime.
CALLS = 150
# The instances that no job has at the moment. A new one takes a tenth of a millisecond.
IDLE: list["Instance"] = []


class Instance:
    """What both kinds have in common. Free memory begins at `base`; `traps` are the exceptions of a loop that broke."""

    traps: tuple[type[BaseException], ...]
    base: int

    def size(self) -> int:
        """The bytes of its memory."""
        raise NotImplementedError

    def grow(self, pages: int) -> None:
        raise NotImplementedError

    def write(self, place: int, values: np.ndarray) -> None:
        """Copy an array, contiguous as all of them here, into the memory."""
        raise NotImplementedError

    def read(self, place: int, values: np.ndarray) -> None:
        """Copy what is in the memory into an array."""
        raise NotImplementedError

    def call(self, name: str, *arguments: int) -> None:
        """Call a function of the loop."""
        raise NotImplementedError


def take(size: int) -> Instance:
    """An instance that nobody else has, with `size` free bytes. Raises MemoryError where they are not to be had."""
    try:
        instance = IDLE.pop()
    except IndexError:
        instance = _another()
    missing = instance.base + size - instance.size()
    if missing > 0:
        try:
            instance.grow(-(-missing // PAGE))
        except instance.traps as error:
            raise MemoryError(
                f"the compiled loop needs {size // 2**20} MB of memory and did not get them: train with engine='numpy'"
            ) from error
    return instance


def _another() -> Instance:
    try:
        return BrowserInstance() if sys.platform == "emscripten" else WasmtimeInstance()
    except ImportError:
        raise
    except Exception as error:
        # Each reserves four gigabytes of addresses, and a cluster may allow a process no more than for the first few.
        raise MemoryError(f"no more compiled loops start ({_reason(error)}): train with engine='numpy'") from error


def _reason(error: BaseException) -> str:
    """wasmtime gives the causes in lines below the first."""
    return str(error).partition("\n")[0]


def descend(calls: int = CALLS) -> None:
    """Raises RecursionError where so many calls within each other are not to be had.

    Else it might come when a network is trained and its History is not made yet, or in the midst of wasmtime, which
    makes another error of it.
    """
    if calls:
        descend(calls - 1)


def give_back(instance: Instance) -> None:
    """Keep an instance for the next job, unless it has grown large: its memory cannot shrink."""
    if instance.size() <= KEPT_BYTES:
        IDLE.append(instance)


@cache
def problem() -> str:
    """What keeps the loop from running on this machine, as the end of a sentence: "where ..."; "" where it runs."""
    # Before the try: it is no fault of the machine, and not to be remembered.
    descend()
    try:
        give_back(take(0))
    except ImportError as error:
        return f"where wasmtime cannot be imported ({error})"
    except Exception as error:
        return f"where the compiled loop does not start ({_reason(error.__cause__ or error)})"
    return ""


class WasmtimeInstance(Instance):
    """wasmtime lets go of Python's lock while the loop runs, so that threads run side by side."""

    def __init__(self) -> None:
        import wasmtime

        engine, module = _wasmtime_module()
        self.traps, self.store = (wasmtime.Trap, wasmtime.WasmtimeError), wasmtime.Store(engine)
        self.exports = cast(Any, wasmtime.Instance(self.store, module, []).exports(self.store))
        self.base = beginning(self.exports["__heap_base"].value(self.store))
        self.grow(0)

    def size(self) -> int:
        return self.bytes.size

    def grow(self, pages: int) -> None:
        memory = self.exports["memory"]
        memory.grow(self.store, pages)
        self.bytes = np.frombuffer(memory.get_buffer_ptr(self.store), dtype=np.uint8)

    def write(self, place: int, values: np.ndarray) -> None:
        self.bytes[place : place + values.nbytes] = _bytes(values)

    def read(self, place: int, values: np.ndarray) -> None:
        _bytes(values)[:] = self.bytes[place : place + values.nbytes]

    def call(self, name: str, *arguments: int) -> None:
        # wasmtime deletes objects of its own meanwhile, and an interrupt that comes in a deletion is not raised but
        # printed. Only the main thread hears interrupts; others must not put the hook back to one that is over.
        if threading.current_thread() is not threading.main_thread():
            self.exports[name](self.store, *arguments)
            return
        before, unheard = sys.unraisablehook, False

        def hook(unraisable: Any) -> None:
            nonlocal unheard
            if unraisable.exc_type is KeyboardInterrupt:
                unheard = True
            else:
                before(unraisable)

        try:
            sys.unraisablehook = hook
            self.exports[name](self.store, *arguments)
        finally:
            sys.unraisablehook = before
        if unheard:
            raise KeyboardInterrupt


class BrowserInstance(Instance):
    """The browser's own WebAssembly. Python's arrays are in another memory than the loop's."""

    def __init__(self) -> None:
        import js
        from pyodide.ffi import JsException

        self.traps, self.array = (JsException,), js.Uint8Array
        self.exports: Any = js.WebAssembly.Instance.new(_browser_module()).exports
        self.base = beginning(getattr(self.exports, "__heap_base").value)

    def size(self) -> int:
        return self.exports.memory.buffer.byteLength

    def grow(self, pages: int) -> None:
        self.exports.memory.grow(pages)

    def write(self, place: int, values: np.ndarray) -> None:
        self._look(place, values).assign(_bytes(values))

    def read(self, place: int, values: np.ndarray) -> None:
        self._look(place, values).assign_to(_bytes(values))

    def call(self, name: str, *arguments: int) -> None:
        getattr(self.exports, name)(*arguments)

    def _look(self, place: int, values: np.ndarray) -> Any:
        return self.array.new(self.exports.memory.buffer, place, values.nbytes)


def _bytes(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1).view(np.uint8)


def beginning(place: int) -> int:
    """The first place from `place` on where a pair of numbers may begin."""
    return -(-place // 16) * 16


@cache
def _wasmtime_module() -> tuple[Any, Any]:
    """The loop, compiled for this machine: some hundredths of a second, once in a process."""
    import wasmtime

    config = wasmtime.Config()
    # Else it leaves threads behind, which a forked process would miss.
    config.parallel_compilation = False
    engine = wasmtime.Engine(config)
    # What still lives when Python takes its modules apart would complain that it can no longer be deleted.
    atexit.register(_forget)
    return engine, wasmtime.Module.from_file(engine, str(LOOP))


@cache
def _browser_module() -> Any:
    import js
    from pyodide.ffi import to_js

    return js.WebAssembly.Module.new(to_js(LOOP.read_bytes()))


def _forget() -> None:
    IDLE.clear()
    _wasmtime_module.cache_clear()
