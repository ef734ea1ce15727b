"""The displayed formulas of the lessons on trial: each is read from its LaTeX and held against the code beside it.

Which code that is stands in tests/formulas, a file for each lesson. Every formula is then changed, a sign or a factor
at a time, and each change has to be noticed.
"""

import importlib
import pkgutil
import re

import numpy as np
import pytest

from . import formulas
from .latex import RELATIONS, after, equations, holds

LESSONS = [
    importlib.import_module(f"{formulas.__name__}.{module.name}") for module in pkgutil.iter_modules(formulas.__path__)
]


def displayed(notebook):
    """The displayed formulas of a notebook, in their order, without a sign alone that is shown to be named."""
    prose = "\n\n".join(cell.source for cell in formulas.cells(notebook) if cell.cell_type == "markdown")
    found = [formula.strip() for formula in re.findall(r"\$\$(.*?)\$\$", prose, re.DOTALL)]
    alone = re.compile(r"\\frac\{\\partial[^=+-]*\}\{\\partial[^=+-]*\}")
    return [formula for formula in found if not alone.fullmatch(formula)]


def plain(latex):
    return re.sub(r"\s+", " ", latex)


def entries(lesson, formula):
    return [part for part in (*lesson.TIED, *lesson.UNTIED) if plain(part) in plain(formula)]


TIED = {
    f"{lesson.NOTEBOOK[:2]} {part}": (formula, names)
    for lesson in LESSONS for part, names in lesson.TIED.items()
    for formula in displayed(lesson.NOTEBOOK) if plain(part) in plain(formula)
}
for_every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.NOTEBOOK[:2])
for_every_formula = pytest.mark.parametrize("formula, names", TIED.values(), ids=TIED)


@for_every_lesson
def test_every_displayed_formula_is_tied_to_code_or_on_the_list_of_those_that_are_not(lesson):
    found = displayed(lesson.NOTEBOOK)
    assert not [formula for formula in found if len(entries(lesson, formula)) != 1]
    # An entry that no formula needs any more goes.
    assert not [part for part in (*lesson.TIED, *lesson.UNTIED) if plain(part) not in plain("\n".join(found))]
    assert all(len(reason) > 20 for reason in lesson.UNTIED.values())


def test_every_lesson_that_displays_formulas_has_its_file():
    files = {lesson.NOTEBOOK for lesson in LESSONS}
    lessons = {path.stem for path in formulas.NOTEBOOKS.glob("*.ipynb")}
    assert {name for name in lessons if displayed(name)} <= files <= lessons


def changed(tokens):
    """The equation with its right side changed in one place: a sign, a number or a factor; and each side as a whole."""
    relations = [n for n, token in enumerate(tokens) if token in RELATIONS and not opened(tokens[:n])]
    for start, end in zip(relations, [*relations[1:], len(tokens)]):
        left, side, right = tokens[: start + 1], tokens[start + 1 : end], tokens[end:]
        yield [*left, "-", "(", *side, ")", *right]
        yield [*left, "2", r"\cdot", "(", *side, ")", *right]
    for n in range(relations[0] + 1, len(tokens)):
        before, token, after = tokens[:n], tokens[n], tokens[n + 1 :]
        if token in "+-":
            yield [*before, "-" if token == "+" else "+", *after]
        elif re.match(r"\d", token) and "_" not in [before[-1], *opened(before)]:
            yield [*before, f"{float(token) + 1:g}", *after]
        elif token == r"\cdot" and (length := factor_length(after)):
            yield [*before, *after[length:]]


def opened(before):
    """What stands before each brace that is still open, and the beginnings that have no end."""
    found = []
    for n, token in enumerate(before):
        if token in ("{", r"\begin"):
            found.append(before[n - 1] if n and token == "{" else token)
        elif token in ("}", r"\end"):
            found.pop()
    return found


def factor_length(after):
    """How many tokens a factor has that is a name with its index, or 0 where it is more than that."""
    if not re.fullmatch(r"[a-zA-Z]", after[0]):
        return 0
    length = 1
    if after[1:2] == ["_"]:
        length = after.index("}") + 1 if after[2] == "{" else 3
    return 0 if after[length : length + 1] in (["("], ["^"]) else length


def told(formula, names):
    """The equations of a formula, each with five random sets of values for its names."""
    drawn = [names(np.random.default_rng(seed)) for seed in range(5)]
    for equation in equations(formula):
        yield equation, drawn
        drawn = [after(equation, given) for given in drawn]


@for_every_formula
def test_a_displayed_formula_gives_what_its_code_computes(formula, names):
    assert equations(formula)
    for equation, drawn in told(formula, names):
        assert all(holds(equation, given) for given in drawn), " ".join(equation)


@for_every_formula
def test_a_formula_with_a_sign_or_a_factor_changed_is_noticed(formula, names):
    for equation, drawn in told(formula, names):
        for wrong in changed(equation):
            noticed = not all(holds(wrong, given) for given in drawn)
            assert noticed, f"{' '.join(equation)} is not told from {' '.join(wrong)}"


def test_an_equation_is_read_as_it_is_written():
    names = {"A": np.array([[1.0, 2.0], [3.0, 4.0]]), "x": np.array([5.0, 7.0]), "i": range(2), "dE/dx": np.ones(2)}
    for text, right in {
        r"A x = A \cdot x": True, r"A^{\mathrm{T}} A = A^\top A": True, r"A A^T = A^T A": False,
        r"2 x_i^2 = x_i x_i + x_i^2": True,
        r"\sum_i x_i = 12": True, r"\frac12 + \frac{1}{2} = 1": True, r"-2^2 = -4": True, r"x_i - 1 = - 1 + x_i": True,
        r"\frac{\partial E}{\partial x_i} = 1": True, r"\sum_i x_i \cdot 2 + 1 = 25": True, r"1 - 2 - 3 = -4": True,
        r"8 / 2 / 2 = 2": True, r"x = \begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}": True, r"e^{0} = 2": False,
        r"\underbrace{1 + 1}_{2} = 2": True, r"\underbrace{1 + 1}_{3} = 2": False, r"2 (1 + 2) = 6": True,
    }.items():
        assert [holds(equation, names) for equation in equations(text)] == [right], text
    with pytest.raises(KeyError, match="b has no value"):
        holds(*equations("b = 1"), names)
    for broken in ("1 + = 2", r"\frac{1}{2 = 3", "(1 = 1"):
        with pytest.raises(SyntaxError):
            holds(*equations(broken), names)
