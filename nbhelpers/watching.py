"""Watching a training while it runs: the sliders draw what there is of it, and end what nobody waits for any more."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from .records import History

# Called between two slices with a function that makes a History of what has been recorded so far.
Watcher = Callable[[Callable[[], History]], object]
WATCHER: ContextVar[Watcher | None] = ContextVar("WATCHER", default=None)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` see every training in this block while it runs; what it raises ends the training.

    It is called between two slices of a few hundredths of a second with a function without arguments, which returns a
    History of what has been recorded so far, `stopped` being "running". KeyboardInterrupt ends as the stop button does.
    """
    token = WATCHER.set(watcher)
    try:
        yield
    finally:
        WATCHER.reset(token)


@contextmanager
def seen_as(change: Callable[[History], History]) -> Iterator[None]:
    """Let who watches see a training in this block as what `change` makes of it."""
    watcher = WATCHER.get()
    if watcher is None:
        yield
        return
    with watching(lambda so_far: watcher(lambda: change(so_far()))):
        yield


def following(parts: Sequence[History]) -> AbstractContextManager[None]:
    """Let who watches see a training in this block as one with `parts`, those that it goes on from."""
    return seen_as(lambda part: History.joined([*parts, part]))
