"""The two canvases: every call draws the same on both, what lies outside is said, and what the SVG adds to it."""

import re
from base64 import b64decode
from dataclasses import FrozenInstanceError
from inspect import signature
from io import BytesIO
from struct import unpack
from unittest.mock import create_autospec
from xml.etree.ElementTree import tostring

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from nbhelpers.pictures.axes import TITLE, AxesCanvas, stand
from nbhelpers.pictures.colors import BLACK, BLUE, GREEN, LIGHT, VERMILLION
from nbhelpers.pictures.protocols import Canvas, Dots, Key, Line, Still, Words
from nbhelpers.pictures.shapes import SvgCanvas
from nbhelpers.pictures.style import DASHES
from nbhelpers.pictures.svg import _key

from .canvas import drawn_as_svg, pairs, same_on_both_canvases, shapes_in_svg

VALUES = np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 1.0]])


@pytest.fixture(params=[False, True], ids=["linear", "log"])
def still(request):
    """From 1 to 10 across and from 1 to 100 up."""
    return Still("", (1.0, 10.0), (1.0, 100.0), xlog=request.param, ylog=request.param)


@pytest.fixture
def ax(still):
    ax = Figure(figsize=(6, 4), dpi=72).subplots()
    stand(still, ax)
    return ax


def every_call(canvas):
    canvas.surface(VALUES, 2, 9, 3, 80, low=0, high=3)
    canvas.surface(VALUES, 2, 5, 3, 60, low=0, high=3, smooth=False)
    canvas.surface(VALUES, 2, 5, 3, 60, low=0, high=2, shades="classes")
    canvas.contours(VALUES, 2, 9, 3, 80, [0.5, 1.5], halo=True)
    for dashes in ("solid", "dashed", "dotted", "dashdot"):
        canvas.line([1, 4, 9], [2, 90, 3], BLUE, dashes, 1.5)
    canvas.line([2, 3e7], [5, 6], VERMILLION)
    canvas.line([2, 3, np.nan, 5, 6], [5, 6, 7, 8, 9], VERMILLION, halo=True)
    for marker in ("o", "s", "^", "D"):
        canvas.dots([2, 5], [3, 40], GREEN, marker, 5.0, halo=True)
    canvas.dots([7], [8], BLACK)
    canvas.dots([2, 8], [200, 0.1], BLACK)
    canvas.dots([], [], BLACK)
    canvas.text(3, 20, 'a < b & "c"')
    canvas.text(9, 2, "8", 14.0, anchor="end", halo=True)


@pytest.mark.parametrize("before", [False, True])
def test_both_canvases_draw_the_same_shapes_in_the_same_places(before, ax, still):
    assert same_on_both_canvases(every_call, ax, still, before) > 30


@pytest.mark.parametrize("x, y", [(2, 3), (20, 3), ([[2], [5]], [[3.0], [40.0]]), ([[2], [5]], [3, 40])])
def test_a_single_number_and_a_column_are_places_on_both_canvases(x, y, ax, still):
    def draw(canvas, x=x, y=y):
        canvas.dots(x, y, GREEN)
        canvas.line(x, y, GREEN)

    same_on_both_canvases(draw, ax, still)
    flat = np.ravel(x), np.ravel(y)
    found, expected = (tostring(drawn_as_svg(each, still)) for each in (draw, lambda canvas: draw(canvas, *flat)))
    assert found == expected


def test_a_column_of_one_is_a_place_for_words_and_a_list_of_lists_has_contours(ax, still):
    def draw(canvas):
        canvas.text(np.array([3]), [20.0], "a")
        canvas.contours(VALUES.tolist(), 2, 9, 3, 80, [0.5])

    assert same_on_both_canvases(draw, ax, still) > 1


def test_what_gives_keys_marks_or_ticks_only_once_gives_them_to_every_picture():
    made = {"legend": [Key("a", BLUE)], "marks": [Words(0.5, 0.5, "a")], "xticks": [(0.5, "a")], "yticks": [(0.5, "a")]}
    still = Still("", (0.0, 1.0), (0.0, 1.0), **{name: iter(parts) for name, parts in made.items()})
    assert {name: getattr(still, name) for name in made} == {name: tuple(parts) for name, parts in made.items()}


def test_no_kind_of_call_is_left_out_here():
    canvas = create_autospec(Canvas)
    every_call(canvas)
    kinds = {name for name, value in vars(Canvas).items() if callable(value) and not name.startswith("_")}
    assert {name for name, *_ in canvas.method_calls} == kinds


def test_the_run_before_is_gray_and_of_its_own_dashes_and_its_markers_are_hollow(still):
    def two(canvas):
        canvas.line([1, 4], [2, 90], BLUE, "dotted")
        canvas.dots([4], [90], VERMILLION, "D")

    line, outer, inner = shapes_in_svg(drawn_as_svg(two, still, before=True))
    assert line[1] == (LIGHT["gray"], 1.5, "before") and [outer[1], inner[1]] == [LIGHT["gray"], LIGHT["paper"]]
    rim, hole = (polygon.get("points") for polygon in drawn_as_svg(two, still, before=True).iter("polygon"))
    assert np.ptp(pairs(hole)) < np.ptp(pairs(rim))


@pytest.mark.parametrize("marker, corners", [("^", 3), ("D", 4)])
def test_every_marker_is_drawn_in_its_place_and_of_its_size(marker, corners, still):
    svg = drawn_as_svg(lambda canvas: canvas.dots([2, 5], [20, 30], BLUE, marker, size=8), still)
    for shape in svg.iter("polygon"):
        places = pairs(shape.get("points"))
        assert len(places) == corners and 6 < np.ptp(places[:, 0]) < 11 and 6 < np.ptp(places[:, 1]) < 11
        np.testing.assert_allclose(places.mean(axis=0), [0, 0], atol=1)


@pytest.mark.parametrize("marker, cap, width", [("o", "round", 8.0), ("s", "square", 7.2)])
def test_all_round_or_square_dots_are_one_element_with_ends_as_wide_as_they_are(marker, cap, width, still):
    svg = drawn_as_svg(lambda canvas: canvas.dots([2, 5, 7], [20, 30, 40], BLUE, marker, size=8), still)
    (path,) = svg.iter("path")
    assert path.get("stroke-linecap") == cap and float(path.get("stroke-width")) == width
    assert path.get("d").count("M") == 3


@pytest.mark.parametrize("marker", ["o", "s"])
def test_no_dot_is_a_line_without_length_which_a_printed_page_leaves_out(marker, still):
    # ISO 32000-1, 8.5.3.2: of such a line with square ends, nothing is painted.
    (path,) = drawn_as_svg(lambda canvas: canvas.dots([2, 5], [20, 30], BLUE, marker), still).iter("path")
    lengths = re.findall(r"M[-\d]+ [-\d]+h([.\d]+)", path.get("d") + _key(Key("dots", BLUE, marker=marker)))
    assert len(lengths) == 3 and all(0 < float(length) <= 1 for length in lengths)


def test_a_press_on_a_shape_stands_for_a_setting(still):
    def pressed(canvas):
        canvas.line([1, 4], [2, 90], BLUE, sets='w="1"&2')
        canvas.dots([4], [90], BLUE, "D", sets="w=2")
        canvas.dots([4], [90], BLUE, sets="w=3")
        canvas.line([1, 4], [2, 90], BLUE)

    svg = drawn_as_svg(pressed, still)
    assert [shape.get("data-set") for shape in svg.iter() if shape.get("data-set")] == ['w="1"&2', "w=2", "w=3"]


def image_of(svg):
    href = svg.find(".//image").get("href")
    return Image.open(BytesIO(b64decode(href.split(",")[1]))).convert("RGBA")


def test_the_image_of_a_surface_says_what_it_is_as_the_format_asks(still):
    href = drawn_as_svg(lambda canvas: canvas.surface(np.zeros((2, 3)), 2, 9, 10, 80, 0, 3), still).find(".//image")
    data = b64decode(href.get("href").split(",")[1])
    # ISO/IEC 15948: the length, the kind, and what is in it: width, height, 8 bits, a palette, and three zeros for the
    # only compression, the only filters, and rows one after the other.
    assert unpack(">I4s2I5B", data[8:29]) == (13, b"IHDR", 3, 2, 8, 3, 0, 0, 0)


def test_a_surface_has_its_first_row_at_the_bottom_and_more_of_its_hue_where_it_is_high(still):
    values = np.array([[0.0, 1.0], [2.0, 3.0]])
    svg = drawn_as_svg(lambda canvas: canvas.surface(values, 2, 9, 10, 80, 0, 3, "losses"), still)
    (top_left, top_right), (bottom_left, bottom_right) = np.asarray(image_of(svg))[..., 3].tolist()
    assert bottom_left < bottom_right < top_left < top_right


def test_outputs_are_blue_where_they_are_low_and_orange_where_they_are_high_and_paper_between(still):
    values = np.array([[-5.0, 0.25, 0.5, 0.75, 7.0]])
    svg = drawn_as_svg(lambda canvas: canvas.surface(values, 2, 9, 10, 80, 0, 1, "outputs"), still)
    (row,) = np.asarray(image_of(svg)).astype(int)
    red, blue, opacity = row[:, 0], row[:, 2], row[:, 3]
    assert (blue[:2] > red[:2]).all() and (red[3:] > blue[3:]).all()
    assert opacity[2] < 5 < opacity[1] < opacity[0] and 5 < opacity[3] < opacity[4]


def test_what_lies_infinitely_far_away_is_kept_within_what_a_browser_can_draw(still):
    x, y = [1, 2, 3, 4, 5], [np.inf, -np.inf, 5, 1e300, -1e300]
    svg = drawn_as_svg(lambda canvas: canvas.line(x, y, BLUE), still)
    places = pairs(svg.find(".//path").get("d"))
    assert len(places) == 5 and abs(places).max() <= 210_000


@pytest.mark.parametrize("x", [np.inf, -np.inf, np.nan, 1e300])
def test_words_that_are_infinitely_far_away_or_nowhere_are_not_drawn(x, still, ax):
    def draw(canvas):
        canvas.text(x, 20.0, "far")
        canvas.text(3.0, 20.0, "near")

    canvas = AxesCanvas(ax, still)
    draw(canvas)
    shown = [text.text for text in drawn_as_svg(draw, still).iter("text")]
    assert "far" not in shown and "near" in shown and [text.get_text() for text in canvas.artists] == ["near"]


def test_a_place_that_is_not_a_number_is_a_gap(still):
    svg = drawn_as_svg(lambda canvas: canvas.line([1, 2, 3, 4, 5], [1, 2, np.nan, 4, 5], BLUE), still)
    assert [len(pairs(piece)) for piece in svg.find(".//path").get("d").split("M")[1:]] == [2, 2]


def words_of(draw, still):
    return {style[0]: points[0] for kind, style, points in shapes_in_svg(drawn_as_svg(draw, still)) if kind == "text"}


def test_every_dot_outside_has_a_mark_with_its_value_at_the_edge_where_it_left():
    still = Still("", (0.0, 10.0), (0.0, 1.0))
    marks = words_of(lambda canvas: canvas.dots([2, 5, 8, 14, -3], [2.02, -7, 0.5, 0.3, 0.7], BLUE), still)
    assert marks.keys() == {"2.02 ↑", "−7 ↓", "14 →", "← −3"}
    assert marks["2.02 ↑"][0] == pytest.approx(0.2) and marks["2.02 ↑"][1] > 0.9 and marks["−7 ↓"][1] < 0.1
    assert marks["14 →"].tolist() == pytest.approx([0.99, 0.3]) and marks["← −3"].tolist() == pytest.approx([0.01, 0.7])


def test_a_line_that_leaves_has_one_mark_for_the_farthest_it_goes():
    still = Still("", (0.0, 10.0), (1.0, 100.0), ylog=True)
    marks = words_of(lambda canvas: canvas.line([0, 4, 6, 10], [10, 2e5, 3e7, 10], BLUE), still)
    assert marks.keys() == {"3 · 10⁷ ↑"}


def test_nothing_is_said_of_what_lies_inside_or_no_farther_out_than_its_own_width():
    still = Still("", (0.0, 10.0), (0.0, 1.0))
    assert not words_of(lambda canvas: canvas.line([0, 10], [-0.005, 1.005], BLUE), still)
    assert words_of(lambda canvas: canvas.dots([2, 8], [1.005, 7], BLUE), still).keys() == {"7 ↑"}


def test_marks_do_not_lie_on_one_another():
    still = Still("", (0.0, 10.0), (0.0, 1.0))
    marks = words_of(lambda canvas: canvas.dots([5, 5.5, 8], [3, 4, 5], BLUE), still)
    assert marks.keys() == {"3 ↑", "5 ↑"}


def test_marks_of_the_run_before_are_gray_and_give_way(still):
    def both(canvas):
        canvas.before = True
        canvas.dots([2, 8], [300, 400], BLUE)
        canvas.before = False
        canvas.dots([2], [500], BLUE)

    shapes = [style for kind, style, _ in shapes_in_svg(drawn_as_svg(both, still)) if kind == "text"]
    assert {words: color for words, color, _ in shapes} == {"500 ↑": LIGHT["ink"], "400 ↑": LIGHT["gray"]}


def test_a_surface_has_the_same_shades_in_a_figure_as_in_a_page(still, ax):
    values = np.linspace(0, 3, 12).reshape(3, 4)

    def draw(canvas):
        canvas.surface(values, 2, 9, 10, 80, 0, 3, "outputs", smooth=False)

    canvas = AxesCanvas(ax, still)
    draw(canvas)
    (image,) = ax.images
    # The first row of an image in a page is its last one here.
    shades = image.cmap(image.norm(image.get_array()), bytes=True)[::-1].astype(int)
    assert abs(shades - np.asarray(image_of(drawn_as_svg(draw, still))).astype(int)).max() <= 1


def test_words_with_a_halo_have_a_rim_of_paper_and_others_none(still, ax):
    canvas = AxesCanvas(ax, still)
    canvas.text(3, 20, "with", halo=True)
    canvas.text(3, 40, "without")
    assert [len(text.get_path_effects()) for text in ax.texts] == [1, 0]
    # Words in a panel are read after its title.
    assert all(8 <= text.get_fontsize() < TITLE for text in ax.texts)


@pytest.mark.parametrize("labels", [["a"], list("abc"), [20 * letter for letter in "abcd"]], ids=len)
def test_a_title_stands_above_all_rows_of_the_legend(labels):
    figure = Figure(figsize=(8, 4))
    ax = figure.subplots()
    legend = tuple(Key(label, BLUE, "solid") for label in labels)
    title = stand(Still("title", (0.0, 1.0), (0.0, 1.0), legend=legend), ax)
    FigureCanvasAgg(figure).draw()
    box = ax.get_legend().get_window_extent()
    assert box.y0 >= ax.bbox.y1 - 1 and title.get_window_extent().y0 >= box.y1 - 4
    assert title.get_window_extent().y0 < box.y1 + 20


@pytest.mark.parametrize("equal, aspect", [(True, 1.0), (False, "auto")])
def test_a_panel_of_a_plane_has_the_same_unit_across_and_up(equal, aspect):
    ax = Figure().add_subplot()
    stand(Still("a plane", (0.0, 4.0), (0.0, 1.0), equal=equal), ax)
    assert ax.get_aspect() == aspect


def test_a_word_says_how_a_run_ended(still):
    svg = drawn_as_svg(lambda canvas: None, still, mark="diverged")
    assert shapes_in_svg(svg)[0][1][0] == "diverged"
    (word,) = svg.iter("text")
    assert all(0 < float(word.get(place).rstrip("%")) < 100 for place in "xy")
    ax = Figure().add_subplot()
    AxesCanvas(ax, still).finish("diverged")
    (word,) = [word for word in ax.texts if word.get_text() == "diverged"]
    assert all(0 < place < 1 for place in word.get_position())


def test_a_legend_has_the_dashes_and_the_markers_of_what_it_names():
    keys = Key("all", BLUE, "dashed", "s", 1.5), Key("line", GREEN, "dotted"), Key("dots", VERMILLION, marker="D")
    ax = Figure().subplots()
    stand(Still("", (0.0, 1.0), (0.0, 1.0), legend=keys), ax)
    found = [(line.get_linestyle(), line.get_marker(), line.get_color()) for line in ax.get_legend().get_lines()]
    assert found == [("--", "s", LIGHT[BLUE]), (":", "none", LIGHT[GREEN]), ("None", "D", LIGHT[VERMILLION])]
    in_page = [re.findall('stroke-dasharray="([^"]*)"', _key(key)) for key in keys]
    assert in_page == [[DASHES["dashed"]], [DASHES["dotted"]], []]
    shaded = Key("class", BLUE, marker="o", shade=0)
    widths = [re.findall('<svg width="([0-9]+)"', _key(key)) for key in (*keys, shaded)]
    assert widths == [["28"], ["28"], ["12"], ["28"]]
    caps = [re.findall('stroke-linecap="([^"]*)"', _key(Key("dots", BLUE, marker=marker))) for marker in "osD"]
    assert caps == [["round"], ["square"], []] and "<polygon" in _key(keys[2])


@pytest.mark.parametrize("kind", [AxesCanvas, SvgCanvas])
def test_both_canvases_take_what_a_canvas_takes_with_the_same_defaults(kind):
    for name in ("line", "dots", "text", "surface"):
        of_both = [signature(getattr(of, name)).parameters.values() for of in (Canvas, kind)]
        wanted, found = ([(entry.name, entry.default) for entry in entries] for entries in of_both)
        assert found == wanted


def test_a_line_is_as_wide_in_the_legend_as_in_the_picture_and_words_are_as_large_where_they_stand_still():
    assert signature(Canvas.line).parameters["width"].default == Key("", BLUE).width
    assert signature(Canvas.text).parameters["size"].default == Words(0.5, 0.5, "a").size
    assert signature(Canvas.dots).parameters["size"].default == Dots((), ()).size


@pytest.mark.parametrize("part", [
    Line((), ()), Dots((), ()), Words(0.5, 0.5, "a"), Key("a", BLUE), Still("", (0.0, 1.0), (0.0, 1.0)),
], ids=lambda part: type(part).__name__)
def test_what_stands_still_cannot_be_changed(part):
    for name in vars(part):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, None)
