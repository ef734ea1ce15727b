"""The two canvases: every call draws the same on both, and what the SVG adds to it."""

from base64 import b64decode
from io import BytesIO
from unittest.mock import create_autospec

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from nbhelpers.pictures.plots import BLACK, BLUE, GREEN, VERMILLION
from nbhelpers.pictures.protocols import Canvas

from .canvas import attributes, drawn_as_svg, numbers, pairs, same_on_both_canvases

VALUES = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 1.0]])


@pytest.fixture(params=["linear", "log"])
def laid_out(request):
    """A figure, and one axes in it, from 1 to 10 across and from 1 to 100 up."""
    figure = Figure(figsize=(6, 4), dpi=72)
    ax = figure.subplots()
    ax.set(xlim=(1, 10), ylim=(1, 100), xscale=request.param, yscale=request.param)
    return figure, ax


def every_call(canvas):
    canvas.surface(VALUES, 2, 9, 3, 80, low=0, high=3)
    canvas.surface(VALUES, 2, 5, 3, 60, low=0, high=3, smooth=False)
    for dashes in ("solid", "dashed", "dotted", "dashdot"):
        canvas.line([1, 4, 9], [2, 90, 3], BLUE, dashes, 1.5)
    canvas.line([2, 3e7], [5, 6], VERMILLION)
    for marker in ("o", "s", "^", "D"):
        canvas.dots([2, 5], [3, 40], GREEN, marker, 5.0)
    canvas.dots([7], [8], BLACK)
    canvas.dots([], [], BLACK)
    canvas.text(3, 20, 'a < b & "c"')
    canvas.text(9, 2, "8", 14.0)


def test_both_canvases_draw_the_same_shapes_in_the_same_places(laid_out):
    # Two surfaces, five lines, nine markers, two words.
    assert same_on_both_canvases(every_call, *laid_out) == 18


def test_no_kind_of_call_is_left_out_here():
    canvas = create_autospec(Canvas)
    every_call(canvas)
    kinds = {name for name, value in vars(Canvas).items() if callable(value) and not name.startswith("_")}
    assert {name for name, *_ in canvas.method_calls} == kinds


def test_what_is_drawn_is_cut_off_at_the_axes(laid_out):
    figure, ax = laid_out
    svg = drawn_as_svg(every_call, figure, ax)
    left, bottom, width, height = ax.bbox.bounds
    place = [left, figure.bbox.height - bottom - height, width, height]
    np.testing.assert_allclose(attributes(svg, "x", "y", "width", "height"), [place], atol=0.1)
    np.testing.assert_allclose(numbers(svg.get("viewBox")), place, atol=0.1)


def test_what_is_drawn_while_the_canvas_is_pale_stands_pale_behind_the_rest(laid_out):
    def ghost_and_run(canvas):
        canvas.line([1, 4], [2, 90], VERMILLION)
        canvas.pale = True
        canvas.line([1, 4], [2, 90], BLUE)
        canvas.pale = False

    pale, line = drawn_as_svg(ghost_and_run, *laid_out)
    assert (pale.tag, line.get("stroke")) == ("g", VERMILLION) and float(pale.get("opacity")) < 0.6
    assert [shape.get("stroke") for shape in pale] == [BLUE]


@pytest.mark.parametrize("marker, corners", [("o", None), ("s", 4), ("^", 3), ("D", 4)])
def test_every_marker_is_drawn_in_its_place_and_of_its_size(marker, corners, laid_out):
    figure, ax = laid_out
    svg = drawn_as_svg(lambda canvas: canvas.dots([2, 5], [20, 30], BLUE, marker, size=8), figure, ax)
    expected = ax.transData.transform([[2, 20], [5, 30]])
    for shape, (x, y) in zip(svg.iter("circle" if marker == "o" else "polygon"), expected, strict=True):
        if marker == "o":
            places = attributes(shape, "cx", "cy")
            assert float(shape.get("r")) == 4
        else:
            places = pairs(shape.get("points"))
            assert len(places) == corners and 6 < np.ptp(places[:, 0]) < 11 and 6 < np.ptp(places[:, 1]) < 11
        np.testing.assert_allclose(places.mean(axis=0), [x, figure.bbox.height - y], atol=1)


def test_a_surface_has_its_first_row_at_the_bottom_and_is_dark_where_it_is_high(laid_out):
    values = np.array([[0.0, 1.0], [2.0, 3.0]])
    svg = drawn_as_svg(lambda canvas: canvas.surface(values, 2, 9, 10, 80, low=0, high=3), *laid_out)
    href = svg.find(".//image").get("href")
    shades = np.asarray(Image.open(BytesIO(b64decode(href.split(",")[1]))).convert("L")).tolist()
    (top_left, top_right), (bottom_left, bottom_right) = shades
    assert bottom_left > bottom_right > top_left > top_right


def test_what_lies_infinitely_far_away_is_kept_within_what_a_browser_can_draw(laid_out):
    x, y = [0, 1, 2, 3, 4], [np.inf, -np.inf, np.nan, 1e300, 0]
    svg = drawn_as_svg(lambda canvas: canvas.line(x, y, BLUE), *laid_out)
    places = numbers(svg.find(".//polyline").get("points"))
    assert len(places) == 10 and max(map(abs, places)) < 2e4
