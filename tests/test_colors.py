"""The colors in use can be told from what they stand on, on a light page and on a dark one (WCAG 2.1)."""

import re
from itertools import combinations

import nbformat
import numpy as np
import pytest

from nbhelpers import panels
from nbhelpers.pictures import colors
from nbhelpers.pictures.colors import BLACK, BLUE, DARK, INK, LIGHT, LINE_COLORS, PAPER, SHADES, SKY, SOFT, YELLOW
from nbhelpers.pictures.png import LEVELS, levels_of, palette
from nbhelpers.pictures.style import STYLE

from .environment import NOTEBOOKS
from .test_panels import PANELS, records

themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def channels(color):
    return np.array(list(bytes.fromhex(color[1:]))) / 255


def luminance(channels):
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def grounds(theme, shades):
    """All colors that a surface has in `theme`."""
    hues, opacity = palette(shades)[:, :3] / 255, palette(shades)[:, 3:] / 255
    return opacity * hues + (1 - opacity) * channels(theme[PAPER])


@themes
def test_every_line_has_three_to_one_on_the_paper_and_so_on_its_halo(theme):
    ratios = {color: contrast(channels(theme[color]), channels(theme[PAPER])) for color in LINE_COLORS}
    assert min(ratios.values()) >= 3, ratios


@themes
def test_words_have_four_and_a_half_to_one_wherever_they_stand(theme):
    paper = channels(theme[PAPER])
    for color in (INK, SOFT, "gray"):
        assert contrast(channels(theme[color]), paper) >= 4.5
    for shades in SHADES:
        assert min(contrast(channels(theme[INK]), ground) for ground in grounds(theme, shades)) >= 4.5, shades
    assert contrast(channels(theme[BLACK]), channels(theme[SKY])) >= 4.5
    assert contrast(channels(theme[BLACK]), channels(theme[YELLOW])) >= 4.5


@themes
def test_contour_lines_have_three_to_one_on_every_shade_of_the_loss(theme):
    assert min(contrast(channels(theme[SOFT]), ground) for ground in grounds(theme, "losses")) >= 3


def test_a_high_loss_is_dark_on_a_light_page_and_light_on_a_dark_one_so_no_words_go_by_that():
    low, high = ([luminance(grounds(theme, "losses")[end]) for theme in (LIGHT, DARK)] for end in (0, -1))
    assert low[0] > high[0] and low[1] < high[1]
    brightness = re.compile(r"\b(dark|light|black|white|pale|bright)(er|est)?\b", re.IGNORECASE)
    for make, runs in PANELS.values():
        still = make().still(runs()[0])
        assert not brightness.search(" ".join([still.title, *(key.label for key in still.legend)]))
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            assert cell.cell_type == "code" or not brightness.search(cell.source), path.name


@themes
def test_the_two_ends_of_a_surface_are_told_apart_from_each_other_and_from_the_paper(theme):
    low, high = grounds(theme, "outputs")[[0, -1]]
    assert abs(low - high).sum() > 0.5
    for end in (low, high, grounds(theme, "losses")[-1]):
        assert abs(end - channels(theme[PAPER])).sum() > 0.3


@themes
def test_the_shades_of_classes_are_told_apart_from_each_other_and_from_the_paper(theme):
    shades = [channels(theme[PAPER]), *grounds(theme, "classes")]
    assert min(abs(one - other).sum() for one, other in combinations(shades, 2)) > 0.15


class HaloCanvas:
    """`bare` holds the colors of what stands on a surface without a halo."""

    def __init__(self, before=False, on_a_surface=False):
        self.before, self.bare, self.on_a_surface = before, set(), on_a_surface

    def surface(self, *arguments, **more):
        self.on_a_surface = True

    def contours(self, values, left, right, bottom, top, levels, color=INK, dashes="solid", width=1.0, halo=False):
        # Those of the loss are tested above.
        if color != SOFT:
            self._add(color, halo)

    def line(self, x, y, color, dashes="solid", width=2.0, halo=False, sets=None):
        self._add(color, halo)

    def dots(self, x, y, color, marker="o", size=7.0, halo=False, sets=None):
        self._add(color, halo)

    def text(self, x, y, words, size=12.0, color=INK, halo=False, anchor="middle"):
        self._add(color, halo)

    def _add(self, color, halo):
        if self.on_a_surface and not halo:
            self.bare.add(color)


@pytest.mark.parametrize("name", panels.__all__)
def test_what_stands_on_a_surface_has_a_halo_or_is_ink_and_the_run_before_has_one(name):
    make, runs = PANELS[name]
    for history in runs():
        canvas = HaloCanvas()
        for record in records(history):
            make().moving(canvas, history, record)
        assert canvas.bare <= {INK}
        behind = HaloCanvas(before=True, on_a_surface=canvas.on_a_surface)
        make().moving(behind, history, 0)
        assert not behind.bare


def test_both_themes_have_all_colors():
    names = {value for name, value in vars(colors).items() if name.isupper() and isinstance(value, str)}
    assert LIGHT.keys() == DARK.keys() == names


@themes
def test_the_page_knows_the_colors_of_both_themes(theme):
    (declared,) = {block for block in re.findall("{([^{}]*)}", STYLE) if theme[BLUE] in block and theme[INK] in block}
    assert declared.split(";") == [f"--nbh-{name}:{color}" for name, color in theme.items()]
    assert "\n" not in STYLE


@pytest.mark.parametrize("shades", ["outputs", "losses"])
def test_a_palette_goes_evenly_from_each_hue_to_the_next(shades):
    stops = [np.array([*bytes.fromhex(hue[1:]), 255 * opacity]) for hue, opacity in SHADES[shades]]
    halves = [stops[:2], stops[2:]] if len(stops) == 4 else [stops]
    for level, found in enumerate(palette(shades)):
        # How far the middle of the level is, from the first stop to the last.
        half, part = divmod((level + 0.5) / LEVELS * len(halves), 1)
        first, second = halves[int(half)]
        assert abs(found - (first + part * (second - first))).max() <= 0.5


def test_levels_rise_with_the_values_and_end_with_the_palette():
    values = np.linspace(-1, 2, 200).reshape(1, -1)
    levels = levels_of(values, 0.0, 1.0, "losses")[0].astype(int)
    assert (np.diff(levels) >= 0).all() and levels[0] == 0 and levels[-1] == LEVELS - 1
    assert levels_of(np.array([[np.nan, np.inf, -np.inf]]), 0.0, 1.0, "losses").max() <= LEVELS - 1
    assert levels_of(np.array([[0, 1, 2]]), 0, 2, "classes").tolist() == [[0, 1, 2]]
    assert levels_of(np.zeros((1, 1)), 3.0, 3.0, "losses").tolist() == [[0]]
