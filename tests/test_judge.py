"""The judge of the exercises: which forms of an answer it takes, and what it says of those that it does not take."""

import sys

import numpy as np
import pytest

from nbhelpers.exercises.judge import judge


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def of_number(answer):
    return judge(answer, right=sigmoid, mistakes=[], cases=[(0.5,), (-1.0,), (2.0,)], praise="so it is.")


def of_vector(answer):
    cases = [(np.array([0.4, 0.9, 0.2]),), (np.array([0.3, 0.6, 0.8, 0.1]),)]
    return judge(answer, right=lambda f: 2 / len(f) * f, mistakes=[], cases=cases, praise="so it is.")


def of_matrix(answer):
    cases = [(np.array([[0.5, 2.0]]), np.array([[1.0, 3.0, -1.0]])), (np.eye(3, 2), np.ones((3, 4)))]
    return judge(answer, right=lambda H, D: H.T @ D, mistakes=[], cases=cases, praise="so it is.")


def slope(z):
    return float(sigmoid(z))


@pytest.mark.parametrize("dress, kind", [
    (lambda number: [number], "a list of 1 number"), (lambda number: np.array([number]), "an array of shape (1,)"),
    (lambda number: np.array([[number]]), "an array of shape (1, 1)"),
])
def test_one_number_in_a_list_or_an_array_is_right_and_said_as_such(dress, kind):
    verdict = of_number(lambda z: dress(slope(z)))
    assert verdict.passed and verdict.message.endswith(f" It came as {kind}, and the number itself is enough.")
    assert of_number(lambda z: dress(2 * slope(z))).message.endswith("gives 1.24492, but 0.622459 is right.")


def test_a_tuple_or_a_ragged_list_is_described_and_not_printed():
    many = np.arange(300.0)
    for answer, kind in (
        (lambda *given: (many, many[1:]), "a tuple of 2 arrays"), (lambda *given: [[1, 2], [3]], "a list of 2 lists"),
        (lambda *given: "0.6224593312018546", "a text"), (lambda *given: {1: many}, "a dictionary"),
    ):
        message = of_number(answer).message
        assert message.endswith(f" returns {kind}, and a number is wanted.") and len(message) < 120
    message = of_matrix(lambda H, D: (H, D)).message
    assert "returns a tuple of 2 arrays, and an array of shape" in message


@pytest.mark.parametrize("dress, came", [
    (lambda right: right + 0j, "an array of shape (2, 3) of complex numbers"),
    (lambda right: right.astype(str), "an array of shape (2, 3) of texts"),
    # As np.empty(shape, dtype=object) is where a loop has not filled all of it.
    (lambda right: np.where(right > 1, right, None), "an array of shape (2, 3) of objects"),
    (lambda right: np.ma.masked_less(right, 1), "an array of shape (2, 3) with masked entries"),
    (lambda right: right[0].astype(str).tolist(), "a list of 3 texts"),
    (lambda right: (right[0] + 0j).tolist(), "a list of 3 complex numbers"),
])
def test_of_the_right_shape_it_is_said_what_else_is_wrong(dress, came):
    message = of_matrix(lambda H, D: dress(H.T @ D)).message
    assert message.endswith(f" returns {came}, and an array of shape (2, 3) is wanted.")


def test_the_value_of_a_call_in_the_place_of_the_function_is_described():
    for given, kind in ((0.5, "a number"), (np.ones(3), "an array of shape (3,)"), (None, "nothing")):
        message = of_number(given).message
        assert message == f"The checker needs your function itself, got {kind}: write its name alone."


def test_an_exception_is_told_with_the_line_of_the_answer():
    def forgotten(z):
        e = np.exp(z)
        return e / (1 + ee)  # noqa: F821

    message = of_number(forgotten).message
    line = forgotten.__code__.co_firstlineno + 2
    assert "raised NameError: name 'ee' is not defined" in message
    assert f", in line {line}: return e / (1 + ee)" in message
    message = of_matrix(lambda H, D: H @ D.T @ H).message
    assert "gufunc" not in message and "two shapes do not fit each other" in message
    for product in (lambda H, D: H.T @ len(H), lambda H, D: len(H) @ H, lambda H, D: H.T @ None):
        message = of_matrix(product).message
        assert "gufunc" not in message and "one side is no array; for a number write `*`" in message


def test_an_answer_that_is_interrupted_or_asks_python_to_end_gets_a_sentence():
    def endless(z):
        raise KeyboardInterrupt

    stopped, ended = of_number(endless), of_number(lambda z: sys.exit())
    assert stopped.message == "Not yet: stopped: endless did not come to an end."
    assert "raised SystemExit: it asks Python to end" in ended.message
    assert not stopped.passed and not ended.passed


def test_a_tensor_that_requires_a_gradient_is_read(torch):
    assert of_matrix(
        lambda H, D: torch.tensor(H.T, requires_grad=True) @ torch.tensor(D)
    ).passed


@pytest.mark.parametrize("checker, right", [
    (of_number, sigmoid), (of_vector, lambda f: 2 / len(f) * f), (of_matrix, lambda H, D: H.T @ D),
])
def test_a_right_answer_in_float32_or_as_a_list_or_with_an_axis_more_passes(checker, right):
    assert checker(lambda *given: np.asarray(right(*given), dtype=np.float32)[()]).passed
    assert checker(lambda *given: right(*given).tolist()).passed
    assert not checker(lambda *given: np.asarray(1.01 * right(*given), dtype=np.float32)[()]).passed
    assert checker is of_number or checker(lambda *given: right(*given)[None]).passed


def test_an_answer_that_numpy_would_stretch_to_the_right_one_passes():
    def ones(A):
        return np.ones((3, 2))

    verdict = judge(lambda A: np.ones(2), right=ones, mistakes=[], cases=[(0.0,)], praise="so it is.")
    assert verdict.passed


def test_a_column_that_numpy_would_stretch_to_a_matrix_beside_a_vector_is_not_taken():
    assert not of_vector(lambda f: (2 * f / len(f))[:, None]).passed


@pytest.mark.parametrize("argument, text", [
    ("abc", "'abc'"), ({"a": 1}, "{'a': 1}"), (None, "None"), ([1, [2, 3]], "[1, [2, 3]]"),
    ((np.eye(2), np.eye(3)), "a tuple whose text is no short line"),
])
def test_an_argument_of_a_case_may_be_anything(argument, text):
    def answer(x):
        return 1

    told = judge(answer, right=lambda x: 2, mistakes=[], cases=[(argument,)], praise="2.")
    assert told.message == f"Not yet: answer({text}) gives 1, but 2 is right."


def test_two_numbers_that_look_alike_are_shown_with_more_digits():
    message = of_number(lambda z: sigmoid(z) * (1 - 1.1e-6)).message
    assert "gives 0.622459, but 0.622459 is right" not in message and "gives 0.62245864" in message


def test_an_answer_that_returns_nothing_for_some_arguments_is_told_for_which():
    message = of_number(lambda z: slope(z) if z > 0 else None).message
    assert message == "Not yet: <lambda>(-1) returns nothing. Does every way through it end in a `return`?"
    # The first of the cases is no other than the rest.
    assert "<lambda>(0.5) returns nothing." in of_number(lambda z: None if z == 0.5 else slope(z)).message
    assert of_number(lambda z: None).message.startswith("Not answered yet: <lambda> returns nothing.")


@pytest.mark.parametrize("options", [
    {"formatter": {"float": "{:.2f}".format}}, {"suppress": True, "precision": 2}, {"threshold": 2},
    {"floatmode": "fixed"}, {"sign": "+"}, {"legacy": "1.13"},
], ids=" ".join)
def test_two_vectors_are_told_apart_whatever_was_set_for_print(options):
    def nearly(f):
        return 2 / len(f) * f + np.array([1e-8, *0 * f[1:]])

    def tiny(f):
        return nearly(1e-4 * f)

    plain = of_vector(nearly).message, of_vector(tiny).message
    with np.printoptions(**options):
        assert (of_vector(nearly).message, of_vector(tiny).message) == plain
    shown, right = plain[1].partition("gives ")[2].rstrip(".").removesuffix(" is right").split(", but ")
    assert shown != right
