"""Figures that show an idea and no training: a gradient as an arrow, the half-plane downhill, errors against steps.

Lesson 01 draws them. Like all pictures each has a text, written from the numbers that it shows.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..activations import exponent
from ..arguments import Array, listed, number, scalar, shown
from ..differences import numerical_gradient
from ..edges import spelled
from ..settings import function as callable_of
from ..settings import label as word
from ..settings import labels, named, ordered, pair
from ..words import unlike
from .axes import OURS, as_written
from .colors import BLACK, BLUE, GRAY, GREEN, LIGHT, LINES, VERMILLION
from .plots import Picture

# How far places may be from 0, how small half of a drawing may be, and what a logarithmic axis can have.
FAR, NEAR, HUGE = 1e6, 1e-6, 1e100


@style.context(OURS)
@spelled
def gradient(
    function: Callable[[float, float], float], place: Sequence[float], names: Sequence[str], label: str = "loss",
    reach: float = 1.0,
) -> Picture:
    """A Picture of the contour lines of `function(across, up)` round `place`, and of its gradient there as an arrow.

    The two derivatives are dashed arrows along the axes, which have the `names`; `label` names the function. The
    picture reaches to all four sides as far as `reach`; the long arrow has half that length, whatever the gradient's.
    """
    middle, names, label = np.array(pair("place", place, -FAR, FAR)), labels("names", names, 2, 2), word("label", label)
    reach, asked = number("reach", reach, least=NEAR, most=FAR), callable_of("function", function, "across", "up")

    def height(across: float, up: float) -> float:
        name = "the result of function(across, up)"
        return number(name, scalar(name, asked(across, up)))

    slopes = numerical_gradient(lambda at: height(*at), middle)
    # The squares of a large gradient are infinite.
    scaled = np.ldexp(slopes, -exponent(slopes))
    length = np.linalg.norm(scaled)
    arrow = 0.5 * reach * scaled / length if length else 0 * slopes
    figure, ax = _plane(height, middle, reach)
    for across, up, name in ((arrow[0], 0.0, names[0]), (0.0, arrow[1], names[1])):
        _arrow(ax, middle, (across, up), GREEN, "dashed", f"derivative in the {name}")
    _arrow(ax, middle, arrow, VERMILLION, "solid", "gradient: uphill")
    _arrow(ax, middle, -arrow, BLUE, "dotted", "against it: a step of the training")
    ax.set(title=f"contour lines of the {label}", xlabel=names[0], ylabel=names[1])
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    as_written(ax)
    values = unlike(*(height(*(middle + shift * arrow / 10)) for shift in (-1, 0, 1)), digits=4)
    derivatives = " and ".join(f"{slope:.3g} ({name})" for slope, name in zip(slopes, names))
    return Picture(figure, (
        f"Contour lines of the {label}. The derivatives are {derivatives}; together they are one arrow, the gradient. "
        f"A little along it the {label} is {values[2]}, where it was {values[1]}; against it, {values[0]}."
    ))


@style.context(OURS)
@spelled
def downhill(angles: Sequence[float] = (60, 120), step: float = 0.1) -> Picture:
    """A Picture of steps on the contour lines of a bowl, at `angles` in degrees to the steepest way down.

    The half-plane less than 90 degrees away from that way is shaded. The text says what each step, of the length
    `step`, does to the height.
    """
    angles = [number("each of the angles", turn) for turn in ordered("angles", angles, len(LINES) - 1)]
    if len({0.0, *angles}) <= len(angles):
        raise ValueError(f"angles must be different, and none of them 0, which is drawn anyway; got {shown(angles)}")
    step = number("step", step, above=0, most=FAR)

    def bowl(across: float, up: float) -> float:
        return across**2 + 2 * up**2

    middle = np.array([1.5, 0.6])
    down = -numerical_gradient(lambda at: bowl(*at), middle)
    down /= np.linalg.norm(down)
    figure, ax = _plane(bowl, middle, 1.6)
    sideways = np.array([-down[1], down[0]])
    corners = [middle + 9 * (side * sideways + depth * down) for side, depth in ((1, 0), (1, 1), (-1, 1), (-1, 0))]
    ax.fill(*np.transpose(corners), color=LIGHT[BLUE], alpha=0.15, linewidth=0, label="less than 90°: downhill")
    said = []
    for turn, (color, dashes) in zip((0.0, *angles), LINES):
        way = np.cos(np.radians(turn)) * down + np.sin(np.radians(turn)) * sideways
        _arrow(ax, middle, 0.8 * way, color, dashes, f"{turn:g}° from straight down" if turn else "straight down")
        height, there = bowl(*middle), bowl(*(middle + step * way))
        way_it_goes = "falls to" if there < height else "rises to" if there > height else "stays at"
        said.append(f"at {turn:g} degrees the height {way_it_goes} {unlike(height, there)[1]}")
    ax.set(title="contour lines of a bowl", xlabel="one parameter", ylabel="another parameter")
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    as_written(ax)
    return Picture(figure, (
        f"Steps from one place of a bowl, where the height is {bowl(*middle):.3g}. The half-plane that is less than 90 "
        f"degrees away from straight down is shaded. After a step of length {step:g} {'; '.join(said)}."
    ))


@style.context(OURS)
@spelled
def errors(steps: Sequence[float], curves: Mapping[str, Sequence[float]], limit: float) -> Picture:
    """A Picture of relative errors against the step of a difference, a curve for each name, on logarithmic axes.

    Every curve has an error for each of the `steps`, from the longest to the shortest. `limit` is drawn as a line.
    """
    steps, limit = _positive("steps", steps, above=0), number("limit", limit, above=0, most=HUGE)
    if any(long <= short for long, short in pairwise(steps)):
        raise ValueError(f"steps must fall from the longest to the shortest, got {shown(steps)}")
    found = named("curves", curves, "lists of errors", len(LINES))
    curves = {name: _positive("curves", values, least=0) for name, values in found.items()}
    if not steps or not curves:
        raise ValueError(f"{'curves' if steps else 'steps'} must have at least one entry, got none")
    if any(len(values) != len(steps) for values in curves.values()):
        counts = listed([str(len(values)) for values in curves.values()])
        raise ValueError(f"curves must have an error for each of the {len(steps)} steps, got {counts}")
    figure = Figure(figsize=(7.0, 3.8), dpi=72, layout="constrained")
    ax, said = figure.subplots(), []
    for (name, values), (color, dashes), marker in zip(curves.items(), LINES, "osD^"):
        ax.plot(steps, values, color=LIGHT[color], linestyle=dashes, marker=marker, label=f"{name} difference")
        first = next((place for place, value in enumerate(values) if value < limit), None)
        fall = "never below" if first is None else f"from the step {steps[first]:g} on below"
        over = [] if first is None else [step for step, value in zip(steps[first:], values[first:]) if value > limit]
        there = "the shortest" if over and over[-1] == steps[-1] else f"{over[-1]:g}" if over else ""
        again = f" and above it again at {there}" if over else ""
        said.append(
            f"The error of the {name} difference is {values[0]:.2g} at the step {steps[0]:g}, {fall} {limit:g}{again}."
        )
    ax.axhline(limit, color=LIGHT[GRAY], linestyle="dotted", label=f"limit {limit:g}")
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="relative error")
    ax.invert_xaxis()
    ax.legend(frameon=False)
    as_written(ax)
    return Picture(figure, " ".join(said))


def _positive(name: str, values: Sequence[float], **limits: float) -> list[float]:
    """The numbers that a logarithmic axis can have."""
    return [number(f"each of the {name}", value, most=HUGE, **limits) for value in ordered(name, values, 10_000)]


def _plane(function: Callable[[float, float], float], middle: Array, reach: float) -> tuple[Figure, Axes]:
    """A square of the plane round `middle` with the contour lines of `function`."""
    figure = Figure(figsize=(7.0, 4.0), dpi=72, layout="constrained")
    ax = figure.subplots()
    across, up = (np.linspace(center - reach, center + reach, 61) for center in middle)
    heights = np.array([[function(x, y) for x in across] for y in up])
    if rise := np.ptp(heights):
        # One of the lines goes through the place, where the text says that the gradient stands at a right angle on it.
        levels = function(*middle) + rise / 14 * np.arange(-14, 15)
        ax.contour(across, up, heights, levels=levels, colors=LIGHT[GRAY], linewidths=0.8)
    ax.plot(*middle, color=LIGHT[BLACK], marker="o", zorder=4)
    ax.set(aspect="equal", xlim=across[[0, -1]], ylim=up[[0, -1]])
    return figure, ax


def _arrow(ax: Axes, start: Array, way: Sequence[float] | Array, color: str, dashes: str, label: str) -> None:
    """An arrow, whose shaft alone has dashes; the line is there for the legend too."""
    end = start + way
    (x, y), (x_before, y_before) = end, start + 0.97 * np.asarray(way)
    ax.plot(*np.transpose([start, end]), color=LIGHT[color], linestyle=dashes, linewidth=2.2, label=label, zorder=3)
    head = {"arrowstyle": "-|>", "color": LIGHT[color], "mutation_scale": 18}
    ax.annotate("", (x, y), (x_before, y_before), arrowprops=head)
