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

    lock: held while something is delivered, and by who gives jobs and must not be disturbed meanwhile: JupyterLab may
        have the page's questions answered in a thread beside the one that runs the cells.
    deliver: called in the event loop with the History of a job, `stopped` being "running" where it is not the end yet,
        or with the exception that ended it. Nothing is delivered of a job after a newer one has been given.
    """

    def __init__(self, deliver: Callable[[History | BaseException], object]):
        self._deliver = deliver
        self.lock = threading.RLock()
        # The newest job, None where there is none; the same object stands in _waiting until the thread takes it.
        self._newest: Job | None = None
        self._waiting: Job | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        # Whether a part of a run waits to be delivered: one is enough.
        self._posted = self._interrupted = False
        self._handler: Any = None
        # The event loop of the main thread, None where there is none.
        self._main = _main_loop()

    @property
    def busy(self) -> bool:
        """Whether something will still be delivered."""
        return self._newest is not None

    def start(self, job: Job) -> None:
        """Run `job` as soon as the one before has noticed. Raises RuntimeError without an event loop or a thread."""
        with self.lock:
            self._loop = asyncio.get_running_loop()
            if self._thread is None:
                thread = threading.Thread(target=self._work, daemon=True)
                # Where the system gives no thread, there is none to wait for next time.
                thread.start()
                self._thread = thread
            self._newest = self._waiting = job
        self._in_main(self._hear_interrupt)

    def cancel(self) -> None:
        """Deliver nothing any more, and let the job that runs end at its next chance."""
        with self.lock:
            self._newest = self._waiting = None
        self._in_main(self._leave_interrupt)

    def _work(self) -> None:
        while True:
            with self.lock:
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
        with self.lock:
            self._posted = False
            if self._newest is not job:
                return
            if not isinstance(result, History) or result.stopped != "running":
                self._newest = None
                self._in_main(self._leave_interrupt)
            self._deliver(result)

    def _in_main(self, act: Callable[[], None]) -> None:
        """Do `act` in the main thread, which alone may set the handler of a signal.

        Not at once: ipykernel sets its own handler back when it has handled the message that led here.
        """
        with suppress(RuntimeError):
            if self._main is not None:
                self._main.call_soon_threadsafe(act)

    def _hear_interrupt(self) -> None:
        """Let the interrupt button end the training: no code of the main thread runs that could hear it."""
        if self.busy and signal.getsignal(signal.SIGINT) != self._interrupt:
            self._handler = signal.signal(signal.SIGINT, self._interrupt)

    def _leave_interrupt(self) -> None:
        if not self.busy and signal.getsignal(signal.SIGINT) == self._interrupt:
            signal.signal(signal.SIGINT, self._handler)

    def _interrupt(self, *signal_and_frame: object) -> None:
        self._interrupted = True


def _main_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, if it is the main one."""
    if threading.current_thread() is not threading.main_thread():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
