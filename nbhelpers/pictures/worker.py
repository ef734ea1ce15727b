"""Training beside the event loop, so that the sliders answer while a long job runs."""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from ..records import History
from ..watching import watching

# What there is of a run is shown this often; a run that is shorter is shown when it is done.
PARTIAL_SECONDS = 0.05


Job = Callable[[], History]


class Abandoned(BaseException):
    """Ends a training whose result nobody waits for any more; a `run` that catches Exception lets it through."""


class Worker:
    """Runs the newest of the jobs that it is given, one at a time, in a thread of its own.

    deliver: called in the event loop with the History of a job, `stopped` being "running" where it is not the end yet,
        or with the exception that ended it. Nothing is delivered of a job after a newer one has been given.
    """

    def __init__(self, deliver: Callable[[History | BaseException], object]):
        self._deliver = deliver
        self._lock = threading.Lock()
        # The newest job, None where there is none; the same object stands in _waiting until the thread takes it.
        self._newest: Job | None = None
        self._waiting: Job | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        # Whether a part of a run waits to be delivered: one is enough.
        self._posted = self._interrupted = False
        self._handler: Any = None

    @property
    def busy(self) -> bool:
        """Whether something will still be delivered."""
        return self._newest is not None

    def start(self, job: Job) -> None:
        """Run `job` as soon as the one before it has noticed. It must be called in the event loop."""
        with self._lock:
            self._loop, self._newest, self._waiting = asyncio.get_running_loop(), job, job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        # Not at once: ipykernel sets its own handler back when it has handled the message that led here.
        self._loop.call_soon(self._hear_interrupt)

    def cancel(self) -> None:
        """Deliver nothing any more, and let the job that runs end at its next chance."""
        with self._lock:
            self._newest = self._waiting = None
        self._leave_interrupt()

    def _work(self) -> None:
        while True:
            with self._lock:
                job, self._waiting = self._waiting, None
                if job is None:
                    self._thread = None
                    return
            self._posted = self._interrupted = False
            result: History | BaseException
            try:
                with watching(self._watcher(job)):
                    result = job()
            except Abandoned:
                continue
            except BaseException as error:
                result = error
            self._post(job, result)

    def _watcher(self, job: Job) -> Callable:
        due = monotonic() + PARTIAL_SECONDS

        def watch(so_far: Callable[[], History]) -> None:
            nonlocal due
            if self._newest is not job:
                raise Abandoned
            if self._interrupted:
                raise KeyboardInterrupt
            if monotonic() >= due and not self._posted:
                self._posted = True
                self._post(job, so_far())
                due = monotonic() + PARTIAL_SECONDS

        return watch

    def _post(self, job: Job, result: History | BaseException) -> None:
        # The loop may have been closed meanwhile: the kernel is going down.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(partial(self._hand_over, job, result))

    def _hand_over(self, job: Job, result: History | BaseException) -> None:
        self._posted = False
        if self._newest is not job:
            return
        if not isinstance(result, History) or result.stopped != "running":
            self._newest = None
            self._leave_interrupt()
        self._deliver(result)

    def _hear_interrupt(self) -> None:
        """Let the interrupt button end the training: no code of the main thread runs that could hear it."""
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and self.busy and signal.getsignal(signal.SIGINT) != self._interrupt:
            self._handler = signal.signal(signal.SIGINT, self._interrupt)

    def _leave_interrupt(self) -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, self._handler)

    def _interrupt(self, *signal_and_frame: object) -> None:
        self._interrupted = True
