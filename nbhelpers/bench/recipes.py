"""The data of the bench by their names: which function of `datasets` gives them, and what is done with them."""

from typing import NamedTuple

from ..datasets import DIGITS, SPECIES
from .tables import Table


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


def names(data: str | Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the features and of the classes."""
    if isinstance(data, Table):
        return data.columns[:-1], data.classes
    return RECIPES[data].features, RECIPES[data].classes


def count(data: str | Table, samples: int) -> int:
    """How many samples there are where `samples` are asked for."""
    if isinstance(data, Table):
        return len(data.rows)
    return RECIPES[data].fixed or min(samples, RECIPES[data].most)
