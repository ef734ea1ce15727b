"""What has come of a run, in one word, for the picture and the sentence above it."""

from dataclasses import dataclass

import numpy as np

from ..activations import exponent, quiet
from ..arguments import Array
from ..optimizers import SGD, Adam
from ..records import History
from ..words import RISES, counted, unlike

# A derivative this small beside the largest of its run moves nothing that could be seen.
NOTHING = 1e-6
# A loss that has fallen by less than this share of itself in the last half of the run does not fall any more.
STANDSTILL = 0.01
# A weight decay that pulls with more than this share of the gradient is one of what steers a run.
STEERING = 0.1
# A loss above so many times that of the start is on its way to infinity.
FAR_ABOVE = 10


@dataclass(frozen=True)
class Outcome:
    """`word`, the loss ("SSR 0.875"), when that was ("after 200 steps"), and what to try, or "" where all is well."""

    word: str
    loss: str
    rest: str
    advice: str = ""

    @property
    def sentence(self) -> str:
        """The loss and when that was; what to try only where the run has failed: a plateau may be what is wanted."""
        advice = f": {self.advice}" if self.word in ("diverged", "dead") else ""
        return f"{self.loss} {self.rest}{advice}"


def outcome(history: History, record: int) -> Outcome:
    """What has come of the run `history` as far as `record`; by the run's own numbers.

    diverged: the loss is infinite, or the run ended with more than ten times the loss of its start; on the way to an
        infinite loss from where it is that high.
    goal reached, stopped: the loss that was asked for, or the stop button, has ended the run here.
    dead: whatever the input, the last hidden layer (without one, the network) gives the same output to a millionth, and
        the derivative is below a millionth of the largest one of the run.
    stuck: the run is over, in its last half the loss has fallen by less than 1 %, and there is something to gain: it is
        above half of the loss at the start, or it is above a hundredth of that, and the derivative, weight decay
        included, above a hundredth of the largest.
    learning: none of these.

    Where parameters were set by hand on the way, what the training makes of it is measured from there on.
    """
    label, unit, epoch = history.loss_function.label, history.unit, history.epochs[record]
    loss, start, last = history.loss[record], history.loss[0], record == len(history) - 1
    if last and history.stopped == "diverged":
        return Outcome("diverged", f"{label} diverged", f"at {unit} {history.ended_at}", RISES)
    of = "" if last else f"{epoch} of "
    rest, now = f"after {of}{counted(history.ended_at, unit)}", f"{loss:.3g}"
    if last and history.stopped == "running":
        return Outcome("learning", f"{label} {loss:.3g}", f"{rest} so far")
    if last and history.stopped == "stop_below":
        return Outcome("goal reached", f"{label} {loss:.3g}", f"{rest}, goal reached")
    if last and loss > start:
        now, start = unlike(loss, start)
        rest += f", more than {start} at the start"
    if last and history.note:
        rest += f", {history.note}"
    word, advice = _state(history, record)
    if last and history.stopped == "interrupted":
        word, advice = "stopped", ""
    return Outcome(word, f"{label} {now}", rest, advice)


@quiet()
def _state(history: History, record: int) -> tuple[str, str]:
    """The word for the run as far as `record` by its numbers alone, and what to try."""
    last = record == len(history) - 1
    epoch = history.epochs[record]
    first = int(history.epochs.searchsorted(max((at for at in history.edited if at <= epoch), default=0)))
    loss, start = history.loss[record], history.loss[first]
    gradients, optimizer = history.right_gradient[: record + 1], history._job.optimizer
    if _share(gradients) < NOTHING and _same_everywhere(history, record):
        return "dead", "try a smaller learning rate or another seed"
    if loss > FAR_ABOVE * start and (last or history.stopped == "diverged"):
        return "diverged", RISES
    half = int(np.searchsorted(history.epochs, (history.epochs[first] + epoch) / 2))
    # Of what is as good as learned, small batches keep the derivative above zero.
    if not last or record - first < 2 or loss <= max(STANDSTILL * start, (1 - STANDSTILL) * history.loss[half]):
        return "learning", ""
    # A run with weight decay comes to rest where the loss alone still has a slope.
    decay = optimizer.weight_decay if isinstance(optimizer, (SGD, Adam)) else 0.0
    pull = decay * history.theta[: record + 1]
    steers = np.linalg.norm(pull[-1]) > STEERING * np.linalg.norm(gradients[-1])
    less = ", or a smaller weight decay" if steers else ""
    if loss > start or _share(gradients + pull) > STANDSTILL:
        # Steps that are too long lead up too; those that lead down alone, and nowhere, are short.
        falls = loss < min(start, history.loss[half]) and (np.diff(history.loss[half : record + 1]) <= 0).all()
        advice = RISES.replace("smaller", "larger") if falls else RISES
        return "stuck", advice.replace(" rate", f" rate{less}")
    if loss > start / 2:
        return "stuck", f"try another seed or a larger learning rate{less}"
    return "learning", ""


def _share(gradients: Array) -> float:
    """The length of the last one as a share of the largest."""
    slopes = np.linalg.norm(np.ldexp(gradients, -exponent(gradients)), axis=1)
    return float(slopes[-1] / (slopes.max() or 1.0))


def _same_everywhere(history: History, record: int) -> bool:
    """Whether the last hidden layer at `record`, or the network where there is none, tells no two inputs apart."""
    outputs = history.network(record).activations(history.X)
    values = outputs[-2] if len(outputs) > 2 else outputs[-1]
    return bool((np.ptp(values, axis=0) <= NOTHING * max(1.0, np.abs(values).max())).all())
