"""The panels: the same shapes on both canvases, and sentences with the figures of the run."""

import re
from base64 import b64decode
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from nbhelpers.pictures.explorer import SvgCanvas
from nbhelpers.pictures.panels import Derivatives, Fit, Landscape, LossCurve
from nbhelpers.pictures.plots import BLUE, VERMILLION, AxesCanvas, lay_out
from nbhelpers.published import single_neuron

from .canvas import drawn, laid_out_panels

NAMES = ["input weight", "bias", "output weight"]
PANELS = {
    "fit": Fit,
    "loss": LossCurve,
    "one derivative": lambda: Derivatives([1], NAMES[1:2]),
    "derivatives": lambda: Derivatives([0, 1, 2], NAMES),
    "landscape": lambda: Landscape(0, 1, NAMES[:2], xlim=(-1.5, 2), ylim=(-1.5, 1.5), columns=8, rows=6),
}
RECORDS = [0, 6, 200]


@pytest.fixture(scope="module")
def history():
    return single_neuron.run()


@pytest.fixture(scope="module")
def laid_out(history):
    return laid_out_panels(PANELS, history)


def numbers(text):
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", text)]


def drawn_as_svg(panel, figure, ax, history, record, pale=False):
    """The SVG elements that `panel` draws."""
    canvas = SvgCanvas(ax, figure.bbox.height)
    canvas.pale = pale
    panel.moving(canvas, history, record)
    return ElementTree.fromstring(canvas.svg())


def drawn_by_matplotlib(panel, figure, ax, history, record):
    """Lines, markers and images as matplotlib places them: lists of points in the pixels of an SVG, y downwards."""
    canvas = AxesCanvas(ax)
    panel.moving(canvas, history, record)
    lines, markers, images = [], [], []
    for artist in canvas.artists:
        if hasattr(artist, "get_extent"):
            left, right, bottom, top = artist.get_extent()
            corners = np.array([[left, top], [right, bottom]])
        else:
            corners = np.column_stack(artist.get_data())
        points = ax.transData.transform(corners)
        points[:, 1] = figure.bbox.height - points[:, 1]
        kind = images if hasattr(artist, "get_extent") else lines if artist.get_linestyle() != "None" else markers
        kind.append((points, None if kind is images else artist.get_color()))
    canvas.clear()
    assert not ax.images and not canvas.artists
    return lines, markers, images


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("name", PANELS)
def test_both_canvases_draw_the_same_shapes_in_the_same_places(name, record, history, laid_out):
    svg = drawn_as_svg(*laid_out[name], history, record)
    lines, markers, images = drawn_by_matplotlib(*laid_out[name], history, record)

    polylines = svg.findall(".//polyline")
    assert len(polylines) == len(lines) > 0
    for polyline, (points, color) in zip(polylines, lines):
        # Far outside of the picture a place is cut off.
        expected = np.clip(points, -9000, 9000)
        found = np.clip(np.reshape(numbers(polyline.get("points")), (-1, 2)), -9000, 9000)
        np.testing.assert_allclose(found, expected, atol=0.1)
        assert polyline.get("stroke") == color

    polygons = svg.findall(".//polygon")
    assert len(polygons) == sum(len(points) for points, _ in markers)
    for polygon, (points, color) in zip(polygons, markers):
        center = np.reshape(numbers(polygon.get("points")), (-1, 2)).mean(axis=0)
        np.testing.assert_allclose(center, points[0], atol=0.11)
        assert polygon.get("fill") == color

    pictures = svg.findall(".//image")
    assert len(pictures) == len(images)
    for picture, (points, _) in zip(pictures, images):
        x, y, width, height = (float(picture.get(key)) for key in ("x", "y", "width", "height"))
        np.testing.assert_allclose([[x, y], [x + width, y + height]], points, atol=0.2)


@pytest.mark.parametrize("name", PANELS)
def test_what_is_drawn_is_cut_off_at_the_axes(name, history, laid_out):
    _, figure, ax = laid_out[name]
    svg = drawn_as_svg(*laid_out[name], history, 6)
    left, bottom, width, height = ax.bbox.bounds
    place = [left, figure.bbox.height - bottom - height, width, height]
    np.testing.assert_allclose([float(svg.get(key)) for key in ("x", "y", "width", "height")], place, atol=0.1)
    np.testing.assert_allclose(numbers(svg.get("viewBox")), place, atol=0.1)


@pytest.mark.parametrize("name", PANELS)
def test_a_ghost_stands_pale_behind_the_rest_and_brings_no_surface(name, history, laid_out):
    svg = drawn_as_svg(*laid_out[name], history, 200, pale=True)
    assert svg.find(".//image") is None
    (group,) = svg.findall("g")
    assert float(group.get("opacity")) < 0.6
    assert len(group) > 0 and not svg.findall("polyline") and not svg.findall("polygon")


@pytest.mark.parametrize("marker, corners", [("o", None), ("s", 4), ("^", 3), ("D", 4)])
def test_every_marker_is_drawn_in_its_place(marker, corners, laid_out):
    _, figure, ax = laid_out["loss"]
    canvas = SvgCanvas(ax, figure.bbox.height)
    canvas.dots([100, 150], [20, 30], BLUE, marker, size=8)
    expected = ax.transData.transform([[100, 20], [150, 30]])
    for shape, (x, y) in zip(ElementTree.fromstring(canvas.svg()).iter("circle" if marker == "o" else "polygon"), expected, strict=True):
        if marker == "o":
            places = np.array([[float(shape.get("cx")), float(shape.get("cy"))]])
            assert float(shape.get("r")) == 4
        else:
            places = np.reshape(numbers(shape.get("points")), (-1, 2))
            assert len(places) == corners and 6 < np.ptp(places[:, 0]) < 11 and 6 < np.ptp(places[:, 1]) < 11
        np.testing.assert_allclose(places.mean(axis=0), [x, figure.bbox.height - y], atol=1)


def test_a_surface_has_its_first_row_at_the_bottom_and_is_dark_where_it_is_high(laid_out):
    _, figure, ax = laid_out["loss"]
    canvas = SvgCanvas(ax, figure.bbox.height)
    canvas.surface(np.array([[0.0, 1.0], [2.0, 3.0]]), 0, 100, 10, 100, low=0, high=3)
    href = ElementTree.fromstring(canvas.svg()).find(".//image").get("href")
    shades = np.asarray(Image.open(BytesIO(b64decode(href.split(",")[1]))).convert("L")).tolist()
    (top_left, top_right), (bottom_left, bottom_right) = shades
    assert bottom_left > bottom_right > top_left > top_right


@pytest.mark.filterwarnings("error:::nbhelpers", "error::RuntimeWarning")
def test_what_lies_infinitely_far_away_is_kept_within_what_a_browser_can_draw(laid_out):
    _, figure, ax = laid_out["fit"]
    canvas = SvgCanvas(ax, figure.bbox.height)
    canvas.line([0, 1, 2, 3, 4], [np.inf, -np.inf, np.nan, 1e300, 0], BLUE)
    places = numbers(ElementTree.fromstring(canvas.svg()).find(".//polyline").get("points"))
    assert len(places) == 10 and max(map(abs, places)) < 2e4


def test_the_curve_of_the_fit_is_the_prediction(history, laid_out):
    ((x, y, *_),) = drawn(laid_out["fit"][0], history, 50).lines
    # Step 50 of the recorded trace: input weight, bias, output weight.
    np.testing.assert_allclose(y, np.logaddexp(0, 1.1019242520258374 * x + 0.45026606476615144) * 0.80868783159851, rtol=1e-9)
    assert x[0] < 0 and x[-1] > 5 and len(x) > 30


def test_the_loss_curve_is_the_recorded_loss_with_a_marker_at_the_record(history):
    canvas = drawn(LossCurve(), history, 50)
    ((x, y, *_),), ((at, height, color, *_),) = canvas.lines, canvas.markers
    assert np.array_equal(x, range(201)) and np.array_equal(y, history.loss)
    assert (at[0], height[0], color) == (50, history.loss[50], VERMILLION)


def test_the_derivatives_are_drawn_as_far_as_the_record(history):
    canvas = drawn(Derivatives([0, 2], ["input weight", "output weight"]), history, 50)
    (x, one, blue, *_), (_, other, vermillion, *_) = canvas.lines
    assert np.array_equal(x, range(51)) and (blue, vermillion) == (BLUE, VERMILLION)
    # The derivatives that the document prints for step 50 and 51 are those at records 49 and 50.
    np.testing.assert_allclose(one[49:], [-13.593600809524405, 13.785773028563879], rtol=1e-9)
    np.testing.assert_allclose(other[49:], [-24.496455996008784, 24.366746158948036], rtol=1e-9)


def test_the_landscape_is_the_logarithm_of_the_loss_on_a_grid(history):
    canvas = drawn(PANELS["landscape"](), history, 50)
    ((heights, *_),) = canvas.surfaces
    assert heights.shape == (6, 8)
    # The cell of row 2 and column 5 has its center at input weight -1.5 + 5.5 * 3.5 / 8 and bias -1.5 + 2.5 * 3 / 6.
    input_weight, bias, output_weight = -1.5 + 5.5 * 3.5 / 8, -1.5 + 2.5 * 3 / 6, 0.80868783159851
    misses = np.logaddexp(0, input_weight * history.X + bias) * output_weight - history.Y
    assert heights[2, 5] == pytest.approx(np.log10((misses**2).sum()), rel=1e-9)
    ((x, y, *_),) = canvas.lines
    assert np.array_equal(x, history.theta[:51, 0]) and np.array_equal(y, history.theta[:51, 1])


def test_the_fit_says_where_it_misses_most(history):
    # At the start the prediction is softplus(-1.224 x + 0.995) * 0.3776, which is all but 0 at x = 5, where the truth is 5.
    miss = 5 - np.logaddexp(0, -1.224072675713965 * 5 + 0.9949996276709397) * 0.3775881983015979
    assert Fit().text(history, 0) == f"The prediction misses the data by at most {miss:.3g}, at x = 5."


def test_the_loss_curve_says_whether_the_loss_falls_rises_or_stays(history):
    assert LossCurve().text(history, 200) == "The SSR falls from 39.5 to 0.875 over 200 steps."
    assert LossCurve().text(history, 0).startswith("The SSR stays at 39.5")
    rising = single_neuron.run(learning_rate=0.1)
    assert LossCurve().text(rising, 200) == "The SSR rises from 39.5 to 40 over 200 steps."


def test_the_derivatives_are_said_with_their_names(history):
    # The derivatives that the document prints for step 51 are those at record 50.
    text = Derivatives([0, 1, 2], NAMES).text(history, 50)
    assert re.findall(r"step \d+|[\d.]*\d", text) == ["step 50", "13.8", "6.16", "24.4"]
    assert re.findall("|".join(NAMES), text) == NAMES


def test_the_landscape_says_from_where_to_where_the_path_leads(history):
    text = PANELS["landscape"]().text(history, 50)
    assert text == "The path of (input weight, bias) leads from (-1.22, 0.995) to (1.1, 0.45)."


def test_limits_that_are_given_are_kept(history):
    for panel in (Fit(ylim=(-2, 8)), LossCurve(ylim=(0.1, 1000)), Derivatives([0], NAMES[:1], ylim=(-9, 9))):
        _, (ax,) = lay_out([panel], history)
        assert ax.get_ylim() == panel.ylim
        panel.moving(AxesCanvas(ax), history, 200)
        assert ax.get_ylim() == panel.ylim


def test_more_derivatives_than_there_are_kinds_of_lines_are_not_dropped_in_silence(history):
    try:
        panel = Derivatives([0, 1, 2, 0, 1], ["a", "b", "c", "d", "e"])
    except ValueError as error:
        assert "5" in str(error)
    else:
        assert len(drawn(panel, history, 200).lines) == 5
