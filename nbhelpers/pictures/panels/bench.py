"""Panels of the bench (lesson 07): what the network answers, whatever the data are, and its losses."""

from collections.abc import Callable, Sequence
from itertools import product
from math import ceil

import numpy as np

from ...arguments import Array
from ...bench.runs import Run
from ...words import breadth
from ..colors import BLUE, GREEN, INK, SOFT, VERMILLION
from ..protocols import Canvas, Dots, Key, Line, Panel, Still
from .curves import span
from .learning import LearningCurves

# The markers of three classes, those of the training and those of the test.
MARKERS = ((BLUE, "o", "^"), (VERMILLION, "s", "D"), (GREEN, "^", "o"))
KEYS = Key("training", BLUE, marker="o"), Key("test", VERMILLION, marker="D")
CELLS = 40
# So many letters of a user's own name have room beside a panel and above it.
LETTERS = 15
# So many letters has the name of a class beside a table, where that tells it from the others, and so many have room
# below it.
NAME_LETTERS, ROW_LETTERS = 5, 36


class Answers(Panel[Run]):
    """What the network answers, by what can be seen of it.

    One input: a curve through the data. Two inputs: the output over their plane, or the class where there are three. A
    table of truths and answers for other classes, and the outputs against the truths for other numbers.
    """

    def still(self, run: Run) -> Still:
        return _view(run).still(run)

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        _view(run).moving(canvas, run, record)

    def text(self, run: Run, record: int) -> str:
        if not run.classes:
            misses = abs(run.network(record).predict(run.X_test) - run.Y_test)
            unit = " standard deviations of the target" if "Y" in run.standardized else ""
            return f"The outputs of the test miss by {misses.mean():.3g}{unit} on average, {misses.max():.3g} at most."
        parts = ((run.answers(X, record) == run.truths(Y)) for X, Y in ((run.X, run.Y), (run.X_test, run.Y_test)))
        training, test = (f"{right.sum()} of {len(right)}" for right in parts)
        return f"The right class comes for {training} training samples and for {test} of the test."


class BothLosses(Panel[Run]):
    """The loss per sample over the training, of the training data and of the test."""

    def still(self, run: Run) -> Still:
        return self._curves(run).still(run)

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        self._curves(run).moving(canvas, run, record)

    def text(self, run: Run, record: int) -> str:
        return self._curves(run).text(run, record)

    def _curves(self, run: Run) -> LearningCurves:
        return LearningCurves(run.X_test, run.Y_test)


class Curve:
    """One input and a number, or the probability of the second of two classes."""

    def still(self, run: Run) -> Still:
        x, y = np.vstack([run.X, run.X_test]), np.vstack([run.Y, run.Y_test])[:, -1]
        parts = ((run.X, run.Y, BLUE, "o", 6.0), (run.X_test, run.Y_test, VERMILLION, "D", 6.0))
        return Still(
            "data and output", span(x, 0.05), span(y, 0.2), feature(run, 0), axis(run, "Y", "output"),
            tall=True, legend=(*KEYS, Key("output", INK, "solid")),
            marks=tuple(
                Dots(tuple(X[:, 0].tolist()), tuple(Y[:, -1].tolist()), color, marker, size)
                for X, Y, color, marker, size in parts
            ),
        )

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        grid = np.linspace(*span(np.vstack([run.X, run.X_test]), 0.05), 80).reshape(-1, 1)
        canvas.line(grid[:, 0], outputs(run, record, grid)[:, -1], INK)


class Plane:
    """Two inputs: the output over their plane, blue for low and orange for high, or a shade for each of 3 classes."""

    def still(self, run: Run) -> Still:
        (left, right), (bottom, top) = limits(run)
        names = brief(run.classes, LETTERS) or ["data"]
        keys = [
            Key(f"{name}{suffix}", color, marker=marker, shade=k if len(run.classes) == 3 else None)
            for k, (name, (color, training, test)) in enumerate(zip(names, MARKERS))
            for suffix, marker in (("", training), (" (test)", test))
        ]
        if len(run.classes) < 3:
            # Numbers are standardized: theirs would tell nobody anything.
            keys.append(Key("output 0.5" if run.classes else "halfway from low to high", INK, "dotted", width=1.0))
        return Still(
            "output over the plane" if len(run.classes) < 3 else "classes over the plane", (left, right), (bottom, top),
            feature(run, 0), feature(run, 1), legend=tuple(keys), tall=True,
            before=False,
        )

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        if canvas.before:
            return
        edges, grid = limits(run), grid_of(limits(run), CELLS)
        place = (*edges[0], *edges[1])
        if len(run.classes) == 3:
            winners = run.answers(grid, record).reshape(CELLS, CELLS).astype(np.float64)
            canvas.surface(winners, *place, low=0, high=2, shades="classes", smooth=False)
        else:
            low, high = range_of(run)
            heights = outputs(run, record, grid)[:, -1].reshape(CELLS, CELLS)
            canvas.surface(heights, *place, low=low, high=high)
            canvas.contours(heights, *place, [(low + high) / 2], dashes="dotted")
        for X, Y, which in ((run.X, run.Y, 1), (run.X_test, run.Y_test, 2)):
            kinds = run.truths(Y) if run.classes else np.zeros(len(Y))
            for k, marker in enumerate(MARKERS[: max(1, len(run.classes))]):
                canvas.dots(X[kinds == k, 0], X[kinds == k, 1], marker[0], marker[which], 5.5, halo=True)


class Confusion:
    """A table with a row for each class and a column for each answer: how many samples of the test it has."""

    def still(self, run: Run) -> Still:
        names = tuple((float(k), name) for k, name in enumerate(brief(run.classes, NAME_LETTERS)))
        # The first class stands on top.
        last = len(names) - 1
        # The rows have the names of all, in the same order.
        apart = ceil(sum(min(breadth(name), NAME_LETTERS) for _, name in names) / ROW_LETTERS)
        return Still(
            "test: rows are truths, columns answers", (-0.5, last + 0.5), (-0.5, last + 0.5), tall=True, before=False,
            xticks=names[::apart], yticks=tuple((last - place, name) for place, name in names),
        )

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        if canvas.before:
            return
        kinds = len(run.classes)
        counts = np.zeros((kinds, kinds), dtype=int)
        np.add.at(counts, (run.truths(run.Y_test), run.answers(run.X_test, record)), 1)
        edges = -0.5, kinds - 0.5
        canvas.surface(
            counts[::-1], *edges, *edges, low=0, high=max(1, counts.sum(axis=1).max()), shades="losses", smooth=False
        )
        for truth, answer in product(range(kinds), range(kinds)):
            if counts[truth, answer]:
                color = INK if truth == answer else VERMILLION
                canvas.text(answer, kinds - 1 - truth, str(counts[truth, answer]), color=color)


class Scatter:
    """Numbers from three inputs or more: the outputs against the truths, which a perfect network has on the line."""

    def still(self, run: Run) -> Still:
        edges = span(np.vstack([run.Y, run.Y_test]), 0.1)
        return Still(
            "output and truth", edges, edges, axis(run, "Y", "truth"), axis(run, "Y", "output"), tall=True,
            before=False, marks=(Line(edges, edges, SOFT),),
            legend=KEYS,
        )

    def moving(self, canvas: Canvas, run: Run, record: int) -> None:
        if canvas.before:
            return
        for X, Y, (color, marker) in ((run.X, run.Y, (BLUE, "o")), (run.X_test, run.Y_test, (VERMILLION, "D"))):
            canvas.dots(Y[:, 0], outputs(run, record, X)[:, 0], color, marker, 5.5)


def _view(run: Run) -> Curve | Plane | Confusion | Scatter:
    inputs, kinds = run.X.shape[1], len(run.classes)
    if inputs == 1 and kinds <= 2:
        return Curve()
    if inputs == 2 and kinds <= 3:
        return Plane()
    return Confusion() if kinds else Scatter()


def outputs(run: Run, record: int, X: Array) -> Array:
    """What people read of the outputs for `X`: probabilities where there are classes, shape (samples, outputs)."""
    return run.loss_function.prediction(run.network(record).predict(X))


def brief(names: Sequence[str], most: int) -> list[str]:
    """The names in the room of `most` letters: their beginnings, or their ends too where these would be the same.

    Where both would be, all of them.
    """
    def beginning(name: str, room: int) -> str:
        return name[: room * len(name) // breadth(name)]

    ways: list[Callable[[str], str]] = [
        lambda name: f"{beginning(name, most - 1)}…",
        lambda name: f"{beginning(name, most // 2)}…{beginning(name[::-1], most // 2)[::-1]}", str,
    ]
    found = ([name if breadth(name) <= most else way(name) for name in names] for way in ways)
    return next(short for short in found if len(set(short)) == len(set(names)))


def feature(run: Run, place: int) -> str:
    """The axis of the feature at `place`."""
    return axis(run, "X", brief(run.features, LETTERS)[place])


def axis(run: Run, part: str, name: str) -> str:
    """The `name` of a feature (`part` "X") or of a target or output ("Y"), and whether its numbers are standardized."""
    return f"{name} (standardized)" if part in run.standardized else name


def range_of(run: Run) -> tuple[float, float]:
    """The outputs that are shown in full blue and in full orange."""
    return (0.0, 1.0) if run.classes else (float(run.Y.min()), float(run.Y.max()))


def limits(run: Run) -> tuple[tuple[float, float], tuple[float, float]]:
    """The part of the plane that is shown."""
    X = np.vstack([run.X, run.X_test])
    return span(X[:, 0], 0.08), span(X[:, 1], 0.08)


def grid_of(edges: tuple[tuple[float, float], tuple[float, float]], cells: int) -> Array:
    """The centers of the cells of a surface, row by row from the bottom, shape (cells, 2)."""
    across, up = (low + (np.arange(cells) + 0.5) / cells * (high - low) for low, high in edges)
    x, y = np.meshgrid(across, up)
    return np.column_stack([x.ravel(), y.ravel()])
