"""The data of the bench by their names: which function of `datasets` gives them, and what is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import datasets
from ..arguments import Array
from ..datasets import DIGITS, SPECIES, noisy, split, standardized
from .tables import Table

if TYPE_CHECKING:
    from .settings import Bench


class Recipe(NamedTuple):
    """A function of `datasets` with its arguments; the number of samples follows, unless it is `fixed`.

    `standardize` says which of "X" and "Y" are standardized, `features` and `classes` name the columns and the classes
    (none where the targets are numbers), `most` is the largest number of samples.
    """

    function: str
    arguments: tuple = ()
    fixed: int = 0
    standardize: str = ""
    features: tuple[str, ...] = ("x1", "x2")
    classes: tuple[str, ...] = ("0", "1")
    most: int = 2000


FLOWER = ("sepal length", "sepal width", "petal length", "petal width")
RECIPES = {
    "and": Recipe("gate", ("and",)),
    "or": Recipe("gate", ("or",)),
    "xor": Recipe("gate", ("xor",)),
    "circles": Recipe("circles"),
    "moons": Recipe("moons"),
    "spiral": Recipe("spiral"),
    "line": Recipe("line", features=("x",), classes=()),
    "fibonacci": Recipe("fibonacci", (12,), fixed=12, standardize="XY", features=("position",), classes=()),
    "iris": Recipe("iris", fixed=150, standardize="X", features=FLOWER, classes=SPECIES),
    "digits": Recipe(
        "digits", features=tuple(f"pixel {place}" for place in range(64)), classes=tuple("0123456789"), most=DIGITS
    ),
}


class Data(NamedTuple):
    """The rows for training and those held back for a test, with the names of the features and of the classes."""

    X: Array
    X_test: Array
    Y: Array
    Y_test: Array
    features: tuple[str, ...]
    classes: tuple[str, ...]


def names(data: str | Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the features and of the classes."""
    if isinstance(data, Table):
        return data.columns[:-1], data.classes
    return RECIPES[data].features, RECIPES[data].classes


def rows(bench: Bench) -> int:
    """How many samples there are, the test's included."""
    if isinstance(bench.data, Table):
        return len(bench.data.rows)
    recipe = RECIPES[bench.data]
    return recipe.fixed or min(bench.samples, recipe.most)


def one_hot_wanted(bench: Bench) -> bool:
    """Whether the two classes of a single column must become two columns: the softmax has an output for each."""
    return bench.loss == "softmax_cross_entropy" and len(names(bench.data)[1]) == 2


def data_of(bench: Bench) -> Data:
    """The data of a bench, noise and split included: what `program` writes in lines of code."""
    if isinstance(bench.data, Table):
        X, Y = bench.data.arrays()
    else:
        recipe = RECIPES[bench.data]
        X, Y = getattr(datasets, recipe.function)(*recipe.arguments, *([] if recipe.fixed else [rows(bench)]))
        X = standardized(X) if "X" in recipe.standardize else X
        Y = standardized(Y) if "Y" in recipe.standardize else Y
    features, classes = names(bench.data)
    if bench.noise and classes:
        X = noisy(X, bench.noise, bench.data_seed)
    elif bench.noise:
        Y = noisy(Y, bench.noise, bench.data_seed)
    if one_hot_wanted(bench):
        Y = np.hstack([1 - Y, Y])
    X, X_test, Y, Y_test = split(X, Y, bench.test_share, bench.data_seed)
    return Data(X, X_test, Y, Y_test, features, classes)
