"""Sweeps: many trainings, one for each pair of a learning rate and a seed, side by side in threads or on a cluster."""

from inspect import signature
from os import cpu_count
from threading import Event

import numpy as np

from .arguments import choice, number, whole_number
from .network import Network
from .optimizers import SGD
from .training import train

COLUMNS = ("learning_rate", "seed", "loss", "epochs", "stopped", "message")

# Handing over a task costs a thread 0.1 ms and a cluster some milliseconds, so that short runs go in chunks of this
# many, and smaller ones where there would be fewer than so many chunks to share out.
LARGEST_CHUNK, CHUNKS = 16, 64


def sweep(build, X, Y, *, loss, learning_rates, seeds, epochs, optimizer=SGD, executor=None, progress=False, **settings):
    """Train a network for every pair of a learning rate and a seed. Returns a pandas DataFrame, a row for each run.

    build: a function that takes a seed and returns an initialized Network.
    X, Y, loss, epochs, and as further `settings` batch_size, stop_below, ...: as for `train`.
    optimizer: a function that takes a learning rate and returns an optimizer.
    executor: any `concurrent.futures.Executor`; None takes a thread for each processor. A process or a cluster must be
        able to import `build` (and so it may not be a lambda). On an existing Dask cluster:

            with dask.distributed.Client(address) as client:
                results = sweep(build, X, Y, ..., executor=client.get_executor())

    progress: show a progress bar.

    The columns are learning_rate, seed, loss (of all data, at the end), epochs (run), stopped (as in History, or "error")
    and message. The rows have the order of the learning rates and, for each, of the seeds. Where a run diverges or raises
    an exception, its loss is nan and its message says what happened. The stop button (KeyboardInterrupt) returns the
    rows that are finished. Raises TypeError or ValueError, before any training, for arguments that do not fit.
    """
    from concurrent.futures import ThreadPoolExecutor, as_completed

    import pandas as pd

    job = {"X": X, "Y": Y, "loss": loss, "epochs": whole_number("epochs", epochs, least=1), "record": 2, **settings}
    rates = [number("every learning rate", rate, above=0) for rate in learning_rates]
    seeds = [whole_number("every seed", seed) for seed in seeds]
    _check(build, optimizer, executor, rates, seeds, job)

    grid = [(rate, seed) for rate in rates for seed in seeds]
    size = min(LARGEST_CHUNK, -(-len(grid) // CHUNKS))
    chunks = [grid[start : start + size] for start in range(0, len(grid), size)]
    # Threads of our own can be told to stop between two runs.
    stop = Event() if executor is None else None
    pool = ThreadPoolExecutor(cpu_count()) if executor is None else executor
    bar, rows = _progress_bar(len(grid)) if progress else None, {}
    futures = {}
    try:
        for place, chunk in enumerate(chunks):
            futures[pool.submit(_run, build, optimizer, chunk, job, stop)] = place
        for future in as_completed(futures):
            rows[futures[future]] = future.result()
            if bar is not None:
                bar.update(len(chunks[futures[future]]))
    except KeyboardInterrupt:
        pass
    finally:
        for future in futures:
            future.cancel()
        if executor is None:
            stop.set()
            pool.shutdown(wait=False)
        if bar is not None:
            bar.close()
    return pd.DataFrame([row for place in sorted(rows) for row in rows[place]], columns=COLUMNS)


def _run(build, optimizer, chunk, job, stop):
    """The rows of a chunk, a list of pairs of a learning rate and a seed."""
    rows = []
    for rate, seed in chunk:
        if stop is not None and stop.is_set():
            break
        try:
            history = train(build(seed), **job, optimizer=optimizer(rate))
        except Exception as error:
            rows.append((rate, seed, np.nan, 0, "error", f"{type(error).__name__}: {error}"))
            continue
        diverged = history.stopped == "diverged"
        message = f"diverged in epoch {history.ended_at}: try a smaller learning rate" if diverged else ""
        last = np.nan if diverged else float(history.loss[-1])
        rows.append((rate, seed, last, history.ended_at, history.stopped, message))
    return rows


def _check(build, optimizer, executor, rates, seeds, job):
    """Raise TypeError or ValueError for what no run could work with."""
    for name, function in (("build", build), ("optimizer", optimizer)):
        if not callable(function):
            raise TypeError(f"{name} must be a function, got {function!r}")
    for name, values in (("learning_rates", rates), ("seeds", seeds)):
        if not values or len(set(values)) < len(values):
            raise ValueError(f"{name} must be one or more different numbers, got {values}")
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(f"executor must be a concurrent.futures.Executor or None, got {executor!r}")
    known = signature(train).parameters
    for name in job:
        choice("setting", name, known)
    try:
        network = build(seeds[0])
    except Exception:
        # The rows of this seed will say so; the others may be well.
        return
    if not isinstance(network, Network):
        raise TypeError(f"build(seed) must return a Network, got {network!r}")
    # One epoch tells whether everything fits, and makes the compiled loop ready before threads ask for it.
    train(network, **job | {"epochs": 1}, optimizer=optimizer(rates[0]))


def _progress_bar(runs):
    from tqdm.auto import tqdm

    return tqdm(total=runs, unit="run")
