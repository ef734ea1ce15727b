"""The data of the lessons. Every function returns what a lesson shows first.

`X` has the shape (samples, features) and `Y` the shape (samples, outputs), both float64.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .arguments import Array, choice, matrix, number, whole_number
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
    numbers = [0.0, 1.0]
    while len(numbers) < samples:
        numbers.append(numbers[-2] + numbers[-1])
    return np.arange(samples, dtype=np.float64).reshape(-1, 1), np.array(numbers).reshape(-1, 1)


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


SPECIES = ("setosa", "versicolor", "virginica")


@spelled
def iris() -> tuple[Array, Array]:
    """The 150 irises of Fisher (1936): four measurements of each flower, and its species (lesson 04).

    Returns `X`, shape (150, 4): length and width of sepal and petal in centimeters; and `Y`, shape (150, 3): 1 in the
    column of the flower's species, in the order of SPECIES, and 0 in the others.
    """
    rows = np.loadtxt(
        Path(__file__).with_name("iris.csv"), delimiter=",", skiprows=3, encoding="utf-8",
        converters={4: lambda name: SPECIES.index(name)},
    )
    return rows[:, :4].copy(), np.eye(len(SPECIES))[rows[:, 4].astype(int)]


@spelled
def split(X: ArrayLike, Y: ArrayLike, test_share: float = 0.3, seed: int = 0) -> tuple[Array, Array, Array, Array]:
    """Deal the rows of `X` and `Y` out at random: `test_share` of them, rounded, for a test, the others for training.

    Returns (X_train, X_test, Y_train, Y_test). `test_share` lies between 0 and 1, and both parts get a row at least;
    `seed` is a whole number. Raises TypeError or ValueError for what does not fit.
    """
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
