"""What the judge says of somebody else's program beside its verdict."""

from collections.abc import Iterator, Sequence

import numpy as np

from .arguments import Array, listed
from .evidence import ALL, DIRECTIONS, SAMPLE, SINGLE_TOLERANCE, UNKNOWN, WRONG, Place, same_everywhere
from .strangers import Stranger

# A penalty of this strength, which multiplies the parameters in the gradient, should be seen.
PENALTY = 0.01


def remarks(stranger: Stranger, gradient: Array, numerical: Array, loss: float) -> Iterator[str]:
    """What is to be known of a program, or of the judge, besides the verdict."""
    lost = [p.name for p, row in zip(stranger.places, stranger.rows) if not np.isfinite(gradient[row]).all()]
    if lost:
        yield f"At the given parameters the gradient is not finite: nan or inf in {listed(lost)}."
    if not np.isfinite(loss):
        yield f"The loss is {loss} at the given parameters: start where it is a number."
    if stranger.stretched:
        yield (
            f"The gradient of {listed(stranger.stretched)} has its numbers in another shape: subtracted as it is, it "
            "would stretch the parameter to a larger array."
        )
    if stranger.grain:
        yield (
            f"The loss comes rounded, or it counts, in steps of {stranger.grain:g}: give it as it is, with all of its "
            "digits; a count has no slope."
        )
    elif stranger.coarse:
        kinds = "float16 or bfloat16" if stranger.single else "float32, float16 or bfloat16"
        yield (
            "However near to each other two places are, the loss jumps between them: it is reckoned with coarse "
            f"numbers inside, such as {kinds}, or has steps. Give it with finer numbers for the trial."
        )
    if stranger.step is not None:
        if _all_alike(gradient) and not _all_alike(numerical):
            yield (
                "Every parameter is moved equally far, as Adam and RMSprop do in their first step: give the gradient, "
                "or a step of plain descent."
            )
        if not gradient.any():
            yield (
                "step() moves nothing there: where it puts new arrays in the place of the old ones, name the places "
                "as (object, 'attribute'); where it makes a new list of arrays, give `gradient` in the place of `step`."
            )
    if stranger.single:
        yield f"The numbers are in float32, so an error below {SINGLE_TOLERANCE:g} counts as right."
    if gradient.size > ALL:
        # Measured with faults (0, 1/2, the sign, 1 % or 0.01 % off) in one entry, drawn at random, of networks of tanh
        # and of ReLU with 2880 to 79 510 parameters: 448 of 448 found, and 42 of 108 of the smallest.
        yield (
            f"Of {gradient.size} parameters, {SAMPLE} in each place were tried one by one, and all of a place together "
            f"in {DIRECTIONS} random directions. That finds practically all faults of 1 % or more in a single entry, "
            "and less than half of those of 0.01 %."
        )


def afterthoughts(
    stranger: Stranger, verdict: str, places: Sequence[Place], thetas: Sequence[Array], claims: Sequence[Array],
    numerical: Sequence[Array], tolerance: float,
) -> Iterator[str]:
    """What is to be known beside the `verdict`, of `claims` against the differences `numerical` at all places."""
    if verdict == WRONG:
        if stranger.step is None and (changed := listed(stranger.changed(thetas[-1]))):
            yield f"The loss changes {changed}, as it is computed: give one that leaves the parameters as they are."
        if same_everywhere(claims, thetas):
            yield "The gradient is the same at every place: does it start from the parameters as they are now?"
        wrong = [any(finding.verdict == WRONG for finding in place.findings) for place in places]
        # Away from 0 such a loss rises less than its gradient says, and is flatter; one that is clipped is steeper.
        flatter = [
            off and np.nansum((g - slopes) * theta) > 0 and np.nansum(g**2 - slopes**2) > 0
            for off, g, slopes, theta in zip(wrong, claims, numerical, thetas)
        ]
        if stranger.data[0] is None and not wrong[0] and any(flatter):
            yield (
                "The random starts know nothing of X: where its numbers are large, they saturate the outputs, and a "
                "clipped logarithm is flat there, where p - y goes on. Give X and Y too, and the starts will suit them."
            )
        if flatter[0] and len(wrong) > 1 and not any(wrong[1:]):
            yield (
                "At the random starts nothing is wrong, and at the given parameters the loss is flatter than its "
                "gradient says: so is a clipped logarithm, where an output is next to 0 or 1 and p - y goes on."
            )
    if stranger.step is not None and verdict == "right up to a factor":
        yield f"A step with another learning rate than the {stranger.rate:g} given is off by a factor too."
    if stranger.single and verdict == UNKNOWN:
        yield "In float64 more can be told, as after net.double() and with X.double() in PyTorch."
    if verdict not in (WRONG, UNKNOWN) and not stranger.single:
        # At such places it adds so little that it counts as right to leave it out. Of many slopes some are not taken.
        steep = [np.where(np.isfinite(slopes), abs(slopes), 0.0) for slopes in numerical]
        hidden = [
            place.name for place, row in zip(stranger.places, stranger.rows)
            if all(tolerance * slopes[row].max() > PENALTY * abs(t[row]).max() for slopes, t in zip(steep, thetas))
        ]
        if hidden:
            yield (
                f"Beside the gradient in {listed(hidden)} a penalty of the strength {PENALTY:g} is too small to be "
                "seen, so whether the loss has one is not judged: where the numbers in X are large, scale them."
            )


def _all_alike(gradient: Array) -> bool:
    """Whether all its entries are of one size, and not 0; those that are nan, as not tried, do not count."""
    sizes = abs(gradient[~np.isnan(gradient)])
    return sizes.size > 1 and bool(sizes.all()) and bool(np.ptp(sizes) < 1e-3 * sizes.max())
