"""The displayed formulas of the lessons and the code that each is tied to: a small file for each lesson.

Such a file has NOTEBOOK, the name of the lesson, and two tables whose keys are a distinctive part of a formula's LaTeX:

TIED: a function that draws random numbers and gives the names of the formula their values, as the lesson's code or
    nbhelpers computes them; what stands left of the sign of equality has a value too. A range makes a letter an index.
UNTIED: why there is nothing that the formula could be held against.
"""

import ast
from functools import cache
from pathlib import Path

import nbformat
import numpy as np

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@cache
def cells(notebook):
    return nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells


def code(notebook):
    """The functions and classes that a lesson defines, by name, with what it imports; nothing else of it has run."""
    names = {}
    for cell in cells(notebook):
        if cell.cell_type == "code":
            kept = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
            body = [node for node in ast.parse(cell.source).body if isinstance(node, kept)]
            exec(compile(ast.Module(body, []), notebook, "exec"), names)
    return names


def slope(function, at):
    """The derivative of `function` at the array or number `at`, by a complex step of the entry: exact to rounding.

    Its shape is that of the result, followed by that of `at`.
    """
    at = np.asarray(at, dtype=np.float64)
    columns = []
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1e-30j
        columns.append(np.imag(function(moved)) / 1e-30)
    return np.stack(columns, axis=-1).reshape((*np.shape(columns[0]), *at.shape))[()]
