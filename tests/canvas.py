"""What the tests of the pictures share: a canvas that remembers, and shapes read back from the two real ones."""

import re
from xml.etree import ElementTree

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.text import Text

from nbhelpers.pictures.axes import AxesCanvas
from nbhelpers.pictures.colors import LIGHT
from nbhelpers.pictures.protocols import Canvas
from nbhelpers.pictures.shapes import SvgCanvas

# The dashes of an SVG line, as matplotlib calls them.
DASHES = {None: "-", "7 4": "--", "2 3": ":", "7 3 2 3": "-.", "14 5": "before"}


class RememberingCanvas(Canvas):
    """`lines`, `markers`, `words` and `surfaces` hold the arguments of each call, in the order of the calls.

    `halos` are the words that have one.
    """

    def __init__(self, before):
        self.before, self.lines, self.markers, self.words, self.surfaces = before, [], [], [], []
        self.halos = []

    def line(self, x, y, color, dashes="solid", width=2.0, halo=False, sets=None):
        self.lines.append((np.asarray(x), np.asarray(y), color, dashes, width))

    def dots(self, x, y, color, marker="o", size=7.0, halo=False, sets=None):
        self.markers.append((np.asarray(x), np.asarray(y), color, marker, size))

    def text(self, x, y, words, size=12.0, color="ink", halo=False, anchor="middle"):
        self.words.append((x, y, words))
        self.halos += [words] if halo else []

    def surface(self, values, *place, low, high, shades="outputs", smooth=True):
        self.surfaces.append((values, place, low, high, smooth))


def moving(panel, history, record):
    """A function that draws `history` at `record` by `panel` on the canvas that it is given."""
    return lambda canvas: panel.moving(canvas, history, range(len(history))[record])


def drawn(panel, history, record, before=False):
    """The canvas on which `panel` has drawn `history` at `record`."""
    canvas = RememberingCanvas(before)
    moving(panel, history, record)(canvas)
    return canvas


def drawn_as_svg(draw, still, before=False, mark=""):
    """The SVG element of what `draw(canvas)` draws."""
    canvas = SvgCanvas(still)
    canvas.before = before
    draw(canvas)
    return ElementTree.fromstring(canvas.svg(mark))


def shapes_in_svg(svg):
    """(kind, style, points) of each shape: its places as parts of the panel from the bottom left."""
    shapes = []
    for shape in svg:
        if shape.tag == "image":
            x, y, width, height = (float(shape.get(name)[:-1]) / 100 for name in ("x", "y", "width", "height"))
            corners = np.array([[x, 1 - y], [x + width, 1 - y - height]])
            shapes.append(("surface", shape.get("class") == "nbh-smooth", corners))
        elif shape.tag == "text":
            style = shape.text, color_of(shape.get("fill")), shape.get("text-anchor")
            shapes.append(("text", style, percentages(shape)))
        elif shape.get("class") == "nbh-dot":
            (polygon,) = shape
            corners = pairs(polygon.get("points"))
            shapes.append(("^" if len(corners) == 3 else "D", color_of(polygon.get("fill")), percentages(shape)))
        else:
            shapes += [described for path in shape for described in paths(path)]
    return shapes


def paths(path):
    """A line, or dots, as a path in the stretched square has them."""
    color, width = color_of(path.get("stroke")), float(path.get("stroke-width"))
    cap = path.get("stroke-linecap")
    if cap is None:
        places = [pairs(piece) for piece in path.get("d").split("M")[1:]]
        assert path.get("stroke-dasharray") != ""
        yield "line", (color, width, DASHES[path.get("stroke-dasharray")]), in_parts(np.concatenate(places))
    else:
        for place in in_parts(pairs(path.get("d").replace("h1", ""))):
            yield {"round": "o", "square": "s"}[cap], color, place[None]


def shapes_on_axes(draw, ax, still, before=False):
    """The same of what `draw(canvas)` draws by matplotlib, which is then taken away."""
    canvas, children = AxesCanvas(ax, still), ax.get_children()
    canvas.before = before
    draw(canvas)
    canvas.finish()
    shapes, surfaces = [], []

    def parts(places, transform=ax.transData):
        return (transform + ax.transAxes.inverted()).transform(places)

    for artist in canvas.artists:
        if isinstance(artist, AxesImage):
            (left, right, bottom, top), smooth = artist.get_extent(), artist.get_interpolation() == "bilinear"
            surfaces.append(("surface", smooth, parts([[left, top], [right, bottom]])))
        elif isinstance(artist, Text):
            anchor = {"left": "start", "center": "middle", "right": "end"}[artist.get_ha()]
            place = parts([artist.get_position()], artist.get_transform())
            shapes.append(("text", (artist.get_text(), artist.get_color(), anchor), place))
        elif artist.get_linestyle() == "None":
            shapes += [(artist.get_marker(), artist.get_color(), parts([point])) for point in zip(*artist.get_data())]
        else:
            dashes = artist.get_linestyle()
            if artist._unscaled_dash_pattern[1] == (9, 4):
                dashes = "before"
            places = parts(np.column_stack(artist.get_data()))
            style = artist.get_color(), float(f"{artist.get_linewidth():g}"), dashes
            shapes.append(("line", style, places[~np.isnan(places).any(axis=1)]))
    canvas.clear()
    assert ax.get_children() == children
    return surfaces + shapes


def same_on_both_canvases(draw, ax, still, before=False):
    """Assert that `draw(canvas)` draws the same shapes in the same places on both canvases. Returns how many."""
    svg, axes = shapes_in_svg(drawn_as_svg(draw, still, before)), shapes_on_axes(draw, ax, still, before)
    assert [shape[:2] for shape in svg] == [shape[:2] for shape in axes]
    for (_, _, found), (_, _, expected) in zip(svg, axes):
        # Far outside of the picture a place is cut off.
        np.testing.assert_allclose(np.clip(found, -15, 15), np.clip(expected, -15, 15), atol=2e-4)
    return len(svg)


def color_of(paint):
    return LIGHT[paint.removeprefix("var(--nbh-").removesuffix(")")]


def numbers(text):
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", text)]


def pairs(text):
    return np.reshape(numbers(text), (-1, 2))


def in_parts(units):
    return np.column_stack([units[:, 0] / 10_000, 1 - units[:, 1] / 10_000])


def percentages(shape):
    return np.array([[float(shape.get("x")[:-1]) / 100, 1 - float(shape.get("y")[:-1]) / 100]])
