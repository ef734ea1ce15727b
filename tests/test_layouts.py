"""`layouts`: the chains of dense layers that somebody's arrays can make, held against how they were laid out."""

import numpy as np
import pytest

from nbhelpers.layouts import layouts


def as_lists(layers):
    return [(W.tolist(), None if b is None else b.tolist()) for W, b in layers]


@pytest.mark.parametrize("shapes, layers", [
    # Of each unit its weights and its bias: two hidden units and an output.
    ([(2,), (1,), (2,), (1,), (2,), (1,)], [([[0, 3], [1, 4]], [2, 5]), ([[6], [7]], [8])]),
    # Weights alone, of two hidden units and of one above them; as many parts as if every second one were a bias.
    ([(2,), (2,), (2,), (1,)], [([[0, 2], [1, 3]], None), ([[4], [5]], None), ([[6]], None)]),
    # All weights, and then all biases.
    ([(2, 3), (3, 1), (3,), (1,)], [([[0, 1, 2], [3, 4, 5]], [9, 10, 11]), ([[6], [7], [8]], [12])]),
    # (units, inputs), and the last layer has no bias.
    ([(3, 2), (3,), (1, 3)], [([[0, 2, 4], [1, 3, 5]], [6, 7, 8]), ([[9], [10], [11]], None)]),
    # The biases in the last row.
    ([(3, 3), (4, 1)], [([[0, 1, 2], [3, 4, 5]], [6, 7, 8]), ([[9], [10], [11]], [12])]),
    # Two layers in one array.
    ([(2, 2, 2), (2, 1)], [([[0, 1], [2, 3]], None), ([[4, 5], [6, 7]], None), ([[8], [9]], None)]),
])
def test_arrays_are_read_as_they_were_laid_out(shapes, layers):
    assert layers in [as_lists(found) for found in layouts(shapes, 2, 1)]


def test_of_a_single_input_a_vector_is_the_weights_of_all_units():
    expected = [([[0, 1, 2]], [3, 4, 5]), ([[6], [7], [8]], [9])]
    assert expected in [as_lists(found) for found in layouts([(3,), (3,), (3,), (1,)], 1, 1)]


@pytest.mark.parametrize("shapes", [
    [(2,), (1,), (2,), (1,), (2,), (1,)], [(2,), (2,), (2,), (1,)], [(3, 3), (4, 1)], [(3, 2), (3,), (1, 3)],
])
def test_every_layout_uses_each_number_once_and_leads_from_the_inputs_to_the_outputs(shapes):
    found = list(layouts(shapes, 2, 1))
    assert found
    for layers in found:
        used = np.concatenate([part.ravel() for layer in layers for part in layer if part is not None])
        assert sorted(used) == list(range(sum(int(np.prod(shape)) for shape in shapes)))
        widths = [2, *(W.shape[1] for W, _ in layers)]
        assert [len(W) for W, _ in layers] == widths[:-1] and widths[-1] == 1
