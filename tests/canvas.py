"""What the tests of the pictures share: a canvas that remembers, and shapes read back from the two real ones."""

import re
from xml.etree import ElementTree

import numpy as np

from nbhelpers.pictures.plots import AxesCanvas
from nbhelpers.pictures.protocols import Canvas
from nbhelpers.pictures.svg import SvgCanvas

# The dashes of an SVG line, as matplotlib calls them.
DASHES = {"": "-", "7 4": "--", "2 3": ":", "7 3 2 3": "-."}


class RememberingCanvas(Canvas):
    """`lines`, `markers`, `words` and `surfaces` hold the arguments of each call, in the order of the calls."""

    def __init__(self, pale):
        self.pale, self.lines, self.markers, self.words, self.surfaces = pale, [], [], [], []

    def line(self, x, y, color, dashes="solid", width=2.0):
        self.lines.append((np.asarray(x), np.asarray(y), color, dashes, width))

    def dots(self, x, y, color, marker="o", size=7.0):
        self.markers.append((np.asarray(x), np.asarray(y), color, marker, size))

    def text(self, x, y, words, size=9.0):
        self.words.append((x, y, words))

    def surface(self, values, *place, low, high, smooth=True):
        self.surfaces.append((values, place, low, high, smooth))


def moving(panel, history, record):
    """A function that draws `history` at `record` by `panel` on the canvas that it is given."""
    return lambda canvas: panel.moving(canvas, history, range(len(history))[record])


def drawn(panel, history, record, pale=False):
    """The canvas on which `panel` has drawn `history` at `record`."""
    canvas = RememberingCanvas(pale)
    moving(panel, history, record)(canvas)
    return canvas


def drawn_as_svg(draw, figure, ax, pale=False):
    """The SVG element of what `draw(canvas)` draws."""
    canvas = SvgCanvas(ax, figure.bbox.height)
    canvas.pale = pale
    draw(canvas)
    return ElementTree.fromstring(canvas.svg())


def shapes_in_svg(svg):
    """(kind, style, points) of each shape: its places in pixels from the top left; a marker is its center."""
    shapes = []
    for shape in svg.iter():
        if shape.tag == "polyline":
            style = shape.get("stroke"), float(shape.get("stroke-width")), DASHES[shape.get("stroke-dasharray")]
            shapes.append(("line", style, pairs(shape.get("points"))))
        elif shape.tag == "polygon":
            corners = pairs(shape.get("points"))
            center = corners.mean(axis=0)
            four = "D" if abs(corners - center)[0].min() < 0.1 else "s"
            shapes.append(("^" if len(corners) == 3 else four, shape.get("fill"), center[None]))
        elif shape.tag == "circle":
            shapes.append(("o", shape.get("fill"), attributes(shape, "cx", "cy")))
        elif shape.tag == "text":
            style = shape.text, shape.get("fill"), float(shape.get("font-size"))
            shapes.append(("text", style, attributes(shape, "x", "y")))
        elif shape.tag == "image":
            corner, size = attributes(shape, "x", "y"), attributes(shape, "width", "height")
            shapes.append(("surface", "pixelated" not in shape.get("style"), np.concatenate([corner, corner + size])))
    return shapes


def shapes_on_axes(draw, figure, ax):
    """The same of what `draw(canvas)` draws by matplotlib, which is then taken away."""
    canvas, children = AxesCanvas(ax), ax.get_children()
    draw(canvas)
    shapes, surfaces = [], []
    for artist in canvas.artists:
        if hasattr(artist, "get_extent"):
            left, right, bottom, top = artist.get_extent()
            surfaces.append(("surface", artist.get_interpolation() == "bilinear", [[left, top], [right, bottom]]))
        elif hasattr(artist, "get_text"):
            style = artist.get_text(), artist.get_color(), artist.get_fontsize()
            shapes.append(("text", style, [artist.get_position()]))
        elif artist.get_linestyle() == "None":
            shapes += [(artist.get_marker(), artist.get_color(), [point]) for point in zip(*artist.get_data())]
        else:
            style = artist.get_color(), artist.get_linewidth(), artist.get_linestyle()
            shapes.append(("line", style, np.column_stack(artist.get_data())))
    canvas.clear()
    assert ax.get_children() == children

    def in_the_page(places):
        return ax.transData.transform(places) * [1, -1] + [0, figure.bbox.height]

    return [(kind, style, in_the_page(places)) for kind, style, places in surfaces + shapes]


def same_on_both_canvases(draw, figure, ax):
    """Assert that `draw(canvas)` draws the same shapes in the same places on both canvases. Returns how many."""
    svg, axes = shapes_in_svg(drawn_as_svg(draw, figure, ax)), shapes_on_axes(draw, figure, ax)
    assert [shape[:2] for shape in svg] == [shape[:2] for shape in axes]
    for (kind, _, found), (_, _, expected) in zip(svg, axes):
        # Far outside of the picture a place is cut off. The center of a triangle is not the mean of its corners.
        tolerance = 1 if kind == "^" else 0.12
        np.testing.assert_allclose(np.clip(found, -9000, 9000), np.clip(expected, -9000, 9000), atol=tolerance)
    return len(svg)


def numbers(text):
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", text)]


def pairs(text):
    return np.reshape(numbers(text), (-1, 2))


def attributes(shape, *names):
    return np.array([[float(shape.get(name)) for name in names]])
