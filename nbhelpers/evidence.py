"""The judge: what is evidence for or against a gradient, and what is none (used by `gradcheck` and `trial`).

It has three verdicts: right, wrong, and cannot be judged. The last one is for places where neither side can be told
from rounding, as where units are saturated or dead, or all weights above are zero.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple

import numpy as np

from .activations import exponent, quiet
from .arguments import RESULT, Array, listed, numbers, plain
from .differences import EPSILON, SINGLE_EPSILON, Line, Slope
from .network import Network
from .settings import progress_bar

RIGHT, WRONG, UNKNOWN = "right", "wrong", "cannot be judged"
TOLERANCE = 1e-6
# A gradient in float32 has 7 digits, of which a sum over many samples loses some.
SINGLE_TOLERANCE = 1e-3
# What the differences may be off by, times this, is not yet an error of the gradient.
SAFETY = 10.0
# An entry too small to be seen beside the largest is wrong where it is off by more than this part of its own size.
OWN = 0.1
# Of more parameters than this, a sample of each row is tried, and some random directions.
ALL, SAMPLE, DIRECTIONS = 2000, 20, 4
# Places beyond this say nothing new.
MOST_POINTS = 1000


class Finding(NamedTuple):
    """What was found of one row, a group of parameters, at one place.

    largest: the largest entry of the differences. error: the largest difference to them. relative: that error,
    relative to the largest entry of the row on either side, or to an entry's own size where only small ones are off.
    factor: the number that the differences have to be multiplied with to give the row, nan where no number will do.
    told: whether it can be told from noise. arrives: whether the row has an entry that is not 0. kinked: whether the
    slope of the loss jumps there. seen: whether most differences are larger than what they may be off by, if not by
    far. small: whether only entries are off that are nothing beside the largest.
    """

    verdict: str
    largest: float
    error: float
    relative: float
    factor: float
    told: bool
    arrives: bool
    kinked: bool
    seen: bool
    small: bool


def find(claimed: Array, slopes: Sequence[Slope], tolerance: float, rounding: Array | float = 0.0) -> Finding:
    """The verdict on one row: the `claimed` derivatives, off by `rounding`, against the `slopes` measured."""
    values = np.array([slope.value for slope in slopes])
    uncertainty = np.array([slope.uncertainty for slope in slopes]) + rounding
    with quiet():
        sizes = np.maximum(abs(claimed), abs(np.where(np.isfinite(uncertainty), values, 0.0)))
        scale = sizes.max()

        def off(errors: Array, uncertainty: Array) -> tuple[Array, Array]:
            """Which entries are off beside the largest, and which only by their own size, by far and without doubt."""
            by_the_largest = errors > tolerance * scale + SAFETY * uncertainty
            return by_the_largest, errors > tolerance**2 * scale + OWN * sizes + SAFETY**2 * uncertainty

        errors, told = abs(claimed - values), uncertainty <= SAFETY * tolerance * scale
        factor = claimed[told] @ values[told] / (values[told] @ values[told]) if told.any() else np.nan
        # A kink here and there is no matter; but where nothing stands out of the noise, there is no evidence.
        evidence = scale > 0 and told.mean() > 0.9
        large, small = off(abs(claimed - factor * values), abs(factor) * uncertainty)
        if not np.isfinite(factor) or large[told].any() or small.any():
            factor = np.nan
        # Where the loss is no number, its gradient need not be one either.
        lost = not np.isfinite(claimed).all() and np.isfinite(values).any()
        large, small = off(errors, uncertainty)
        verdict = WRONG if lost or large.any() or small.any() else RIGHT if evidence else UNKNOWN
        error = errors[np.isfinite(uncertainty)].max(initial=0.0)
        alone = bool(small.any()) and not lost and not large.any()
        relative = (errors[small] / sizes[small]).max() if alone else error / scale if error else 0.0
    return Finding(
        verdict, float(abs(values).max()), float(error), float(relative), float(factor), bool(evidence),
        bool(claimed.any()), bool(np.isinf(uncertainty).any()), bool(np.median(uncertainty) < scale), alone,
    )


class Place(NamedTuple):
    """A place that was looked at: its name, and what was found there, a Finding for each row."""

    name: str
    findings: list[Finding]
    angle_degrees: float


def look(
    name: str, loss_at: Callable[[Array], float], theta: Array, claimed: Array, rows: Sequence[slice], *, floor: float,
    tolerance: float, noise: float, reach: float, seed: int = 0,
    stored: Callable[[Array], Array] = lambda theta: theta, rounding: Array | None = None,
    each: Callable[[list[Array]], Iterable[Array]] = iter,
) -> tuple[Place, Array]:
    """Look at the place `theta`: hold `claimed`, the gradient there, against differences of `loss_at`, row by row.

    `rows` are the groups of parameters, `floor` is the rounding of a loss of usual size, `noise` what a loss here may
    be off by, `reach` the longest step to be believed against `claimed`, `stored` what is left of parameters where the
    program keeps them, and `rounding` what `claimed` itself may be off by. `each` goes through the directions that are
    tried. Returns what was found, and the differences (nan where none was taken).
    """
    random, numerical, value = np.random.default_rng(seed), np.full(theta.size, np.nan), loss_at(theta)

    def along(direction: Array) -> Line:
        def at(t: float) -> tuple[float, float]:
            moved = stored(theta + t * direction)
            return float((moved - theta) @ direction / (direction @ direction)), loss_at(moved)

        return Line(at, max(1.0, float(abs(theta[direction != 0]).max())), value, floor, noise)

    findings = []
    for row in rows:
        places = np.arange(row.start, row.stop)
        places = random.choice(places, SAMPLE, replace=False) if theta.size > ALL and places.size > SAMPLE else places
        enough = tolerance * float(abs(claimed[row]).max())
        directions = [np.eye(1, theta.size, place)[0] for place in places]
        if places.size < row.stop - row.start:
            directions += list(_signs(random, row, theta.size))
        lines = [along(direction) for direction in directions]
        slopes = [line.slope(enough) for _, line in zip(each(directions), lines)]
        lost = 0.0 if rounding is None else np.array([rounding @ abs(direction) for direction in directions])
        # Only what is moved: nan in another row is not this one's fault.
        told = np.array([np.where(direction, claimed, 0.0) @ direction for direction in directions])
        finding = find(told, slopes, tolerance, lost)
        if finding.verdict == WRONG:
            # Kinks may cancel: those that a long step passes over, as on XOR, and along each axis where sums are 0.
            near = [line.slope(enough, reach) for line in lines]
            ways = _signs(np.random.default_rng(seed), row, theta.size)
            off = np.inf if np.isinf([along(way).slope(0.0, reach).uncertainty for way in ways]).any() else lost
            if (doubted := find(told, near, tolerance, off)).verdict != WRONG:
                slopes, finding = near, doubted
        numerical[places] = [slope.value for slope in slopes[: places.size]]
        findings.append(finding)
    return Place(name, findings, angle(claimed, numerical)), numerical


def _signs(random: np.random.Generator, row: slice, size: int) -> Iterator[Array]:
    """Directions in which every parameter of the row is moved, up or down at random; of length 1."""
    for _ in range(DIRECTIONS):
        direction = np.zeros(size)
        direction[row] = random.choice([-1.0, 1.0], row.stop - row.start) / np.sqrt(row.stop - row.start)
        yield direction


@contextmanager
def shown_on_a_bar(name: str, sizes: Sequence[int] = (), points: int = 1) -> Iterator[Callable[[list], Iterator]]:
    """The `each` of `look`, for rows of those sizes at all points, or of a search: a bar, shown after two seconds."""
    tried = [min(size, SAMPLE + DIRECTIONS) if sum(sizes) > ALL else size for size in sizes]
    begun, done = monotonic(), 0
    bar: Any = None

    def each(things: list) -> Iterator:
        nonlocal done, bar
        for thing in things:
            yield thing
            done += 1
            if bar is not None:
                bar.update()
            elif monotonic() - begun > 2:
                # Not before: in a notebook a bar takes a fiftieth of a second and leaves widgets, seen or unseen.
                unit, total = ("slope", points * sum(tried)) if sizes else ("step", None)
                bar = progress_bar(total, unit, desc=name, leave=False, initial=done)

    try:
        yield each
    finally:
        if bar is not None:
            bar.close()


def same_everywhere(claims: Sequence[Array], thetas: Sequence[Array]) -> bool:
    """Whether the gradients `claims`, not 0, are the same at all places that differ from the first of `thetas`."""
    others = [claimed for claimed, theta in zip(claims, thetas) if not np.array_equal(theta, thetas[0])]
    return bool(others) and bool(claims[0].any()) and all(np.array_equal(claims[0], claimed) for claimed in others)


def repeated(first: Array, second: Array, loss: float, single: bool) -> bool:
    """Whether a gradient is the same the second time, but for its last digits: some programs add up in any order.

    What is 0 but for its rounding may be another one then. Beside the `loss` or the largest entry it is nothing.
    """
    sizes = abs(np.append(first, loss))
    noise = 30 * (SINGLE_EPSILON if single else EPSILON) * sizes[np.isfinite(sizes)].max(initial=0.0)
    return np.allclose(first, second, rtol=1e-5 if single else 1e-9, atol=noise, equal_nan=True)


def angle(a: Array, b: Array) -> float:
    """The angle between two vectors in degrees; entries that are nan do not count."""
    a, b = a[~np.isnan(b)], b[~np.isnan(b)]
    with quiet():
        a, b = (np.ldexp(vector, -exponent(vector)) for vector in (a, b))
        lengths = np.linalg.norm(a), np.linalg.norm(b)
        if not np.isfinite(lengths).all() or not a.size:
            return float("nan")
        if not all(lengths):
            return 0.0 if np.array_equal(a, b) else 90.0
        a, b = a / lengths[0], b / lengths[1]
        # Kahan's formula: exact for small angles, where the arc cosine is not.
        return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def size_of(X: Array) -> float:
    """How large the numbers in `X` usually are, 1 at least."""
    with quiet():
        return max(1.0, float(np.sqrt(np.mean(X**2))))


def places(network: Network, X: Array, points: int, seed: int) -> list[Array]:
    """The network's own theta, and `points` - 1 random starts, at which the sums of every layer are of size 1."""
    random, thetas = np.random.default_rng(seed), [network.theta.copy()]
    for _ in range(points - 1):
        start, size = network.copy(), size_of(X)
        for W, b in zip(start.weights, start.biases):
            W[:] = random.normal(size=W.shape) / (np.sqrt(len(W)) * size)
            size = 1.0
            if b is not None:
                b[:] = 0.5 * random.normal(size=b.shape)
        thetas.append(start.theta)
    return thetas


def given_at(theta: Array, network: Network, gradient: Callable, X: Array, Y: Array) -> Array:
    """What `gradient` returns at `theta`, `laid_out`. The network is there meanwhile, and then where it was."""
    before = network.theta.copy()
    try:
        # It may read the network that is trained in place of its argument.
        network.theta[:] = theta
        # Copies, because a function may use what it is given as its own working memory.
        with quiet():
            return laid_out(network, gradient(theta.copy(), X.copy(), Y.copy()))
    finally:
        # It may move that network, to measure finite differences, and leave it at the last of them.
        network.theta[:] = before


def laid_out(network: Network, answer: Any) -> Array:
    """What a gradient on trial has returned, an array or a list of arrays, as a new vector laid out like theta.

    It may hold nan and inf. Raises TypeError or ValueError where it does not fit, as arrays in another order or turned
    as PyTorch has them, (outputs, inputs), but for a single row, which is the same numbers as a column.
    """
    answer, theta = plain(answer), network.theta
    # Numbers are read at once: one by one that takes several times as long, in each step of a training.
    several = isinstance(answer, (list, tuple)) and not all(isinstance(part, float) for part in answer)
    parts = [numbers(RESULT, plain(part)) for part in (answer if several else [answer])]
    shapes = [part.shape for pair in zip(*network.split(theta)) for part in pair if part is not None]
    came = [part.shape for part in parts]
    if came != shapes and len(came) == len(shapes):
        thick, turned = ([tuple(n for n in shape if n > 1) for shape in some] for some in (shapes, came))
        if sorted(came) == sorted(shapes) or any(a != b == a[::-1] for a, b in zip(thick, turned)):
            expected, got = (listed([str(shape) for shape in some]) for some in (shapes, came))
            raise ValueError(f"{RESULT} must have the shapes {expected}, in this order; got {got}")
    array = np.concatenate([np.empty(0), *map(np.ravel, parts)])
    if array.size != theta.size:
        raise ValueError(f"{RESULT} must hold {theta.size} numbers, one for each parameter; got {array.size}")
    return array
