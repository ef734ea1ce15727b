"""The data of the lessons and of the bench. Every function returns what is shown first.

`X` has the shape (samples, features) and `Y` the shape (samples, outputs), both float64.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .activations import exponent, quiet
from .arguments import Array, choice, matrix, number, refuse_reordered, whole_number
from .edges import spelled
from .settings import affordable

if TYPE_CHECKING:
    import pandas as pd


@spelled
def fibonacci(samples: int = 6) -> tuple[Array, Array]:
    """The first Fibonacci numbers, 0 and 1 first, against their positions 0, 1, 2, ... (lesson 01).

    Returns `X` and `Y`, both of shape (samples, 1). Raises ValueError for fewer than 2 samples, or
    more than 1477.
    """
    # The next number is larger than every float.
    samples = whole_number("samples", samples, least=2, most=1477)
    numbers = [0, 1]
    while len(numbers) < samples:
        numbers.append(numbers[-2] + numbers[-1])
    return np.arange(samples, dtype=np.float64).reshape(-1, 1), np.array(numbers, dtype=np.float64).reshape(-1, 1)


@spelled
def one_hot(units: int = 8) -> tuple[Array, Array]:
    """The `units` patterns in which a single unit is 1: input and target of the autoencoder (lesson 02).

    Returns `X` and `Y`, both of shape (units, units). Raises ValueError for fewer than 1 unit.
    """
    units = whole_number("units", units, least=1)
    affordable("units", units, 2 * units**2)
    return np.eye(units), np.eye(units)


GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}


@spelled
def truth_table(gate: str) -> pd.DataFrame:
    """The four rows of a logic gate, "and", "or" or "xor" (lessons 03 and 05).

    Returns a pandas DataFrame with the columns input1, input2 and output, its rows in the order of counting.
    """
    import pandas as pd

    outputs = choice("gate", gate, GATES)
    return pd.DataFrame({"input1": (0, 0, 1, 1), "input2": (0, 1, 0, 1), "output": outputs})


@spelled
def gate(name: str, samples: int = 200) -> tuple[Array, Array]:
    """The corners of a logic gate, "and", "or" or "xor", in turn until there are `samples` of them (the bench).

    Returns `X`, shape (samples, 2), and `Y`, shape (samples, 1). Raises ValueError for fewer than 4 samples.
    """
    outputs = choice("gate name", name, GATES)
    corner = np.arange(_points(samples)) % 4
    return np.column_stack([corner // 2, corner % 2]).astype(np.float64), _column(np.take(outputs, corner))


@spelled
def spiral(samples: int = 200) -> tuple[Array, Array]:
    """Two arms of one and a quarter turns about the origin, the second one opposite to the first (the bench).

    The point t of the way along the first arm, 0 < t <= 1, is t (sin a, cos a) with a = 2.5 pi t: a spiral of
    Archimedes, as in the two-spirals problem (Lang and Witbrock 1988, "Learning to tell two spirals apart"), which has
    more turns.
    Returns `X`, shape (samples, 2), and `Y`, shape (samples, 1): 1 in the first arm, 0 in the second. Raises ValueError
    for fewer than 4 samples.
    """
    first, second = _halves(samples)
    arms = []
    for points in (first, second):
        t = np.arange(1, points + 1) / points
        arms.append(t * np.stack([np.sin(2.5 * np.pi * t), np.cos(2.5 * np.pi * t)]))
    return np.hstack([arms[0], -arms[1]]).T.copy(), _column([1] * first + [0] * second)


@spelled
def circles(samples: int = 200) -> tuple[Array, Array]:
    """Two circles about the origin, with the radius 1 and 1/2, their points evenly spread (the bench).

    Returns `X`, shape (samples, 2), and `Y`, shape (samples, 1): 0 outside, 1 inside. Raises ValueError for fewer than
    4 samples. (As `make_circles` of scikit-learn, whose inner radius is 0.8.)
    """
    outside, inside = _halves(samples)
    rings = []
    for radius, points in ((1.0, outside), (0.5, inside)):
        angles = 2 * np.pi * np.arange(points) / points
        rings.append(radius * np.stack([np.cos(angles), np.sin(angles)]))
    return np.hstack(rings).T.copy(), _column([0] * outside + [1] * inside)


@spelled
def moons(samples: int = 200) -> tuple[Array, Array]:
    """Two half circles of radius 1 that reach into each other, their points evenly spread (the bench).

    The upper one is about (0, 0), the lower one about (1, 1/2). Returns `X`, shape (samples, 2), and `Y`, shape
    (samples, 1): 0 above, 1 below. Raises ValueError for fewer than 4 samples. (The formula of scikit-learn's
    `make_moons`.)
    """
    above, below = _halves(samples)
    upper, lower = np.linspace(0, np.pi, above), np.linspace(0, np.pi, below)
    X = np.vstack([
        np.column_stack([np.cos(upper), np.sin(upper)]), np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)])
    ])
    return X, _column([0] * above + [1] * below)


@spelled
def line(samples: int = 200) -> tuple[Array, Array]:
    """The line y = x / 2 + 1/4 over evenly spread x from -1 to 1: targets that are numbers (the bench).

    Returns `X` and `Y`, both of shape (samples, 1). Raises ValueError for fewer than 4 samples.
    """
    X = np.linspace(-1, 1, _points(samples)).reshape(-1, 1)
    return X, X / 2 + 0.25


def _points(samples: int) -> int:
    samples = whole_number("samples", samples, least=4)
    affordable("samples", samples, 10 * samples)
    return samples


def _halves(samples: int) -> tuple[int, int]:
    samples = _points(samples)
    return samples - samples // 2, samples // 2


def _column(values: ArrayLike) -> Array:
    return np.array(values, dtype=np.float64).reshape(-1, 1)


SPECIES = ("setosa", "versicolor", "virginica")


@spelled
def iris() -> tuple[Array, Array]:
    """The 150 irises of Fisher (1936): four measurements of each flower, and its species (lesson 04).

    Returns `X`, shape (150, 4): length and width of sepal and petal in centimeters; and `Y`, shape (150, 3): 1 in the
    column of the flower's species, in the order of SPECIES, and 0 in the others.
    """
    # Of a path NumPy would ask where the program stands, and that folder may be there no more.
    with open(Path(__file__).with_name("iris.csv"), encoding="utf-8") as file:
        rows = np.loadtxt(file, delimiter=",", skiprows=3, converters={4: lambda name: SPECIES.index(name)})
    return rows[:, :4].copy(), np.eye(len(SPECIES))[rows[:, 4].astype(int)]


DIGITS = 1797


@spelled
def digits(samples: int = DIGITS) -> tuple[Array, Array]:
    """The first `samples` of 1797 handwritten digits as pictures of 8×8 pixels (the bench).

    They are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak 1998, UCI Machine
    Learning Repository, CC BY 4.0). Returns `X`, shape (samples, 64): ink from 0 to 1, row after row; and `Y`, shape
    (samples, 10): 1 in the column of the digit. Raises ValueError for fewer than 4 samples or more than there are.
    """
    samples = whole_number("samples", samples, least=4, most=DIGITS)
    with gzip.open(Path(__file__).with_name("digits.csv.gz"), "rt", encoding="utf-8") as file:
        rows = np.loadtxt(file, delimiter=",", max_rows=samples, dtype=int)
    return rows[:, :64] / 16, np.eye(10)[rows[:, 64]]


@spelled
def noisy(values: ArrayLike, spread: float, seed: int = 0) -> Array:
    """`values`, shape (samples, features), with normal noise of standard deviation `spread` in every entry.

    `spread` is at least 0, `seed` a whole number. Raises TypeError or ValueError for what does not fit.
    """
    values, spread = matrix("values", values), number("spread", spread, least=0)
    noise = np.random.default_rng(whole_number("seed", seed)).standard_normal(values.shape)
    with quiet():
        found = values + spread * noise
    if not np.isfinite(found).all():
        raise ValueError(f"spread must leave the values below the largest number there is, 1.8e308, got {spread:g}")
    return found


@spelled
def standardized(X: ArrayLike) -> Array:
    """`X`, shape (samples, features), moved and stretched so that each column has mean 0 and standard deviation 1.

    A column without any spread becomes 0. Raises TypeError or ValueError for what does not fit.
    """
    X = matrix("X", X)
    with quiet():
        scaled: Array = np.ldexp(X, -exponent(X, axis=0))
        spread = scaled.std(axis=0)
        # A column of equal numbers may have a spread of some last digits.
        steady = spread <= 1e-12 * abs(scaled).max(axis=0)
        return np.where(steady, 0.0, (scaled - scaled.mean(axis=0)) / np.where(steady, 1.0, spread))


@spelled
def split(X: ArrayLike, Y: ArrayLike, test_share: float = 0.3, seed: int = 0) -> tuple[Array, Array, Array, Array]:
    """Deal the rows of `X` and `Y` out at random: `test_share` of them, rounded, for a test, the others for training.

    Returns (X_train, X_test, Y_train, Y_test). `test_share` lies between 0 and 1, and both parts get a row at least;
    `seed` is a whole number. Raises TypeError or ValueError for what does not fit.
    """
    refuse_reordered(X, Y)
    X = matrix("X", X)
    Y = matrix("Y", Y, rows=(len(X), "as many as X"))
    held_back = round(number("test_share", test_share, above=0, below=1) * len(X))
    if not 0 < held_back < len(X):
        raise ValueError(
            f"test_share must leave a row for each part, got {test_share} of {len(X)} rows; "
            "use more rows or another share"
        )
    order = np.random.default_rng(whole_number("seed", seed)).permutation(len(X))
    test, train = order[:held_back], order[held_back:]
    return X[train], X[test], Y[train], Y[test]
