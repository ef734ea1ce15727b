"""The data of the lessons. Every function returns what a lesson shows first.

`X` has the shape (samples, features) and `Y` the shape (samples, outputs), both float64.
"""

import numpy as np

from .arguments import choice, whole_number


def fibonacci(samples=6):
    """The first Fibonacci numbers, 0 and 1 first, against their positions 0, 1, 2, ... (lesson 01).

    Returns `X` and `Y`, both of shape (samples, 1). Raises ValueError for fewer than 2 samples.
    """
    samples = whole_number("samples", samples, least=2)
    numbers = [0.0, 1.0]
    while len(numbers) < samples:
        numbers.append(numbers[-2] + numbers[-1])
    return np.arange(samples, dtype=np.float64).reshape(-1, 1), np.array(numbers).reshape(-1, 1)


def one_hot(units=8):
    """The `units` patterns in which a single unit is 1: input and target of the autoencoder (lesson 02).

    Returns `X` and `Y`, both of shape (units, units). Raises ValueError for fewer than 1 unit.
    """
    units = whole_number("units", units, least=1)
    return np.eye(units), np.eye(units)


GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}


def truth_table(gate):
    """The four rows of a logic gate, "and", "or" or "xor" (lessons 03 and 04).

    Returns a pandas DataFrame with the columns input1, input2 and output, its rows in the order of counting.
    """
    import pandas as pd

    outputs = choice("gate", gate, GATES)
    return pd.DataFrame({"input1": (0, 0, 1, 1), "input2": (0, 1, 0, 1), "output": outputs})
