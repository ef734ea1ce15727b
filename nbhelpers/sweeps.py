"""Sweeps: many trainings, one for each pair of a learning rate and a seed, side by side in threads or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from os import cpu_count
from queue import SimpleQueue
from secrets import token_hex
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .arguments import choice, number, shown, whole_number
from .edges import spelled
from .instances import problem
from .losses import Loss
from .network import Network
from .optimizers import SGD, Optimizer
from .settings import affordable, flag, function, is_async, listing, progress_bar
from .training import say_once, train
from .words import RISES, told

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    import pandas as pd

Pair = tuple[float, int]
Row = tuple[float, int, float, int, str, str]
COLUMNS = ("learning_rate", "seed", "loss", "epochs", "stopped", "message")

# Handing over a task costs a thread some tenths of a millisecond and a cluster some milliseconds. So short runs go in
# chunks of this many to our own threads and to an executor, and in smaller ones where there would be too few to share.
OWN_CHUNK, LARGEST_CHUNK, CHUNKS = 4, 16, 64
# With NumPy an experiment of a lesson takes up to ten seconds for so many seeds, and over a minute for a hundred.
MOST_SEEDS_WITH_NUMPY = 10


@spelled
def first_seeds(count: int) -> range:
    """The seeds 0, 1, 2, ... of an experiment: `range(count)`.

    Where NumPy has to do the training, a hundred runs would take minutes. There they are MOST_SEEDS_WITH_NUMPY at the
    most, and a sentence says so.
    """
    count = whole_number("count", count, least=1)
    if count <= MOST_SEEDS_WITH_NUMPY or not problem():
        return range(count)
    say_once(
        f"Without the compiled loop the first {MOST_SEEDS_WITH_NUMPY} of {count} seeds are tried, and the figures are "
        f"not those of the text; range({count}) tries them all, in some minutes."
    )
    return range(MOST_SEEDS_WITH_NUMPY)


@spelled
def sweep(
    build: Callable[[int], Network], X: ArrayLike, Y: ArrayLike, *, loss: Loss | str, learning_rates: Iterable[float],
    seeds: Iterable[int], epochs: int, optimizer: Callable[[float], Optimizer] = SGD, executor: Executor | None = None,
    progress: bool = False, **settings: Any,
) -> pd.DataFrame:
    """Train a network for every pair of a learning rate and a seed. Returns a pandas DataFrame, a row for each run.

    build: a function that takes a seed and returns an initialized Network, a new one at each call.
    X, Y, loss, epochs, and as further `settings` batch_size, stop_below, ...: as for `train`.
    optimizer: a function that takes a learning rate and returns an optimizer.
    executor: any `concurrent.futures.Executor`; None takes a thread for each processor, or a single one where a
        `gradient`, an activation, a loss or an optimizer is your own, and builds one network at a time. A process or a
        cluster must be able to import `build` (and so it may not be a lambda). On an existing Dask cluster:

            with dask.distributed.Client(address) as client:
                results = sweep(build, X, Y, ..., executor=client.get_executor())

    progress: show a progress bar.

    The columns are learning_rate, seed, loss (of all data, at the end), epochs (run), stopped (as in History, or
    "error") and message. The rows have the order of the learning rates and, for each, of the seeds. Where a run
    diverges, raises an exception or loses its executor, its loss is nan and its message says what happened. The stop
    button (KeyboardInterrupt) returns the rows that are finished, from another process in chunks of up to 16; runs that
    have begun go on to their end unseen. Raises TypeError or ValueError, before any training, for what does not fit.
    """
    from concurrent.futures import ThreadPoolExecutor

    import pandas as pd

    progress = flag("progress", progress)
    job = {"X": X, "Y": Y, "loss": loss, "epochs": whole_number("epochs", epochs, least=1), "record": 2, **settings}
    rates = [number("every learning rate", rate, above=0) for rate in listing("learning_rates", learning_rates)]
    seeds = [whole_number("every seed", seed) for seed in listing("seeds", seeds)]
    # A run takes half a thousand bytes: its pair, its share of a task, its row.
    affordable("learning_rates times seeds", len(rates) * len(seeds), 64 * len(rates) * len(seeds))
    alone = _check(build, optimizer, executor, rates, seeds, job)

    grid = [(rate, seed) for rate in rates for seed in seeds]
    size = min(OWN_CHUNK if executor is None else LARGEST_CHUNK, -(-len(grid) // CHUNKS))
    chunks = [grid[start : start + size] for start in range(0, len(grid), size)]
    if executor is None:
        # A function of the user's own may keep what it works with in a network of its own, or in the seed of NumPy:
        # two threads in it would mix their runs.
        pool: Any = ThreadPoolExecutor(1 if alone else cpu_count())
        build = _one_at_a_time(build)
    else:
        pool = executor
    bar = progress_bar(len(grid), "run") if progress else None
    # The finished rows of every chunk. Threads add to them row by row, other executors return them all.
    places: dict[Future, int] = {}
    rows: list[list[Row]] = [[] for _ in chunks]
    done: SimpleQueue[Future] = SimpleQueue()
    stop, ticket = Event(), token_hex(8)
    # Threads of our own can be told to stop before they take up another run.
    task = build, optimizer, job, stop if executor is None else None, ticket

    def submit() -> None:
        for place, chunk in enumerate(chunks):
            if stop.is_set():
                break
            future = _submit(pool, chunk, rows[place], *task)
            places[future] = place
            future.add_done_callback(done.put)

    # Interrupts come in the main thread. In the middle of `submit` one would leave an executor that never answers.
    submitting = Thread(target=submit, daemon=True)
    try:
        submitting.start()
        for _ in chunks:
            future = done.get()
            place = places[future]
            try:
                rows[place] = future.result()
            except Exception as error:
                rows[place] = [_failed(*run, error) for run in chunks[place]]
            if bar is not None:
                bar.update(len(chunks[place]))
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        if submitting.is_alive():
            submitting.join()
        for future in places:
            future.cancel()
        if executor is None:
            pool.shutdown(wait=False)
        if bar is not None:
            bar.close()
    return pd.DataFrame([row for chunk_rows in rows for row in chunk_rows], columns=COLUMNS)


def _one_at_a_time(build: Callable[[int], Network]) -> Callable[[int], Network]:
    lock = Lock()

    def built(seed: int) -> Network:
        with lock:
            return build(seed)

    return built


def _submit(pool: Executor, *task: Any) -> Future:
    """The future of a task, also where the executor has broken, or gives none that would ever say that it is done."""
    from concurrent.futures import Future

    try:
        given = pool.submit(_run, *task)
        if not callable(getattr(given, "add_done_callback", None)):
            raise TypeError(f"submit of the executor must return a future, got {shown(given)}")
        return given
    except Exception as error:
        future: Future = Future()
        future.set_exception(error)
        return future


def _run(
    chunk: list[Pair], rows: list[Row], build: Callable, optimizer: Callable, job: dict, stop: Event | None, ticket: str
) -> list[Row]:
    """Adds the rows of a chunk, a list of pairs of a learning rate and a seed, to the list `rows`, and returns it.

    The `ticket` makes it another task than those of all other sweeps: Dask takes tasks with equal arguments for one,
    and what is still being canceled of an interrupted sweep would be canceled in the next.
    """
    for rate, seed in chunk:
        if stop is not None and stop.is_set():
            break
        try:
            history = train(build(seed), **job, optimizer=optimizer(rate))
        except (Exception, SystemExit) as error:
            # A program from elsewhere may end itself; the other runs are still to come.
            rows.append(_failed(rate, seed, error))
            continue
        diverged = history.stopped == "diverged"
        message = f"diverged in epoch {history.ended_at}: {RISES}" if diverged else ""
        last = np.nan if diverged else float(history.loss[-1])
        rows.append((rate, seed, last, history.ended_at, history.stopped, message))
    return rows


def _failed(rate: float, seed: int, error: BaseException) -> Row:
    """The row of a run that raised `error`."""
    return rate, seed, np.nan, 0, "error", told(error)


def _check(
    build: Callable, optimizer: Callable, executor: Any, rates: list[float], seeds: list[int], job: dict
) -> bool:
    """Raise TypeError or ValueError for what no run could work with. Returns whether parts of the user's own run."""
    from .compiled import is_known

    function("build", build, "seed")
    function("optimizer", optimizer, "learning_rate")
    for name, values in (("learning_rates", rates), ("seeds", seeds)):
        if not values or len(set(values)) < len(values):
            raise ValueError(f"{name} must be one or more different numbers, got {shown(values)}")
    if executor is not None and not _is_executor(executor):
        raise TypeError(f"executor must be a concurrent.futures.Executor or None, got {shown(executor)}")
    known = {name: None for name in signature(train).parameters if name not in ("network", "optimizer")}
    for name in job:
        choice("setting", name, known)
    try:
        network, again = build(seeds[0]), build(seeds[0])
    except (Exception, SystemExit):
        # The rows of this seed will say so; the others may be well.
        return True
    if not isinstance(network, Network):
        raise TypeError(f"build(seed) must return a Network, got {shown(network, Network)}")
    if again is network:
        raise ValueError("build(seed) must make a new Network at each call, got one twice; end it with .copy()")
    # One epoch tells whether everything fits, and makes the compiled loop ready before threads ask for it.
    history = train(network, **job | {"epochs": 1}, optimizer=optimizer(rates[0]))
    if history.stopped == "interrupted":
        raise KeyboardInterrupt
    return job.get("gradient") is not None or not is_known(history._job)


def _is_executor(executor: Any) -> bool:
    try:
        return not isinstance(executor, type) and callable(executor.submit) and not is_async(executor.submit)
    except Exception:
        return False
