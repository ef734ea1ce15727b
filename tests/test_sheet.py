"""The sliders' picture: one string of HTML that fits into any window, and draws without matplotlib."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from nbhelpers import SGD, Bench, fibonacci, mse, panels, ssr, train
from nbhelpers.bench.playground import PANELS
from nbhelpers.bench.tables import Table
from nbhelpers.pictures import svg
from nbhelpers.pictures.grid import rows_of
from nbhelpers.pictures.protocols import Still
from nbhelpers.pictures.svg import STYLE, Sheet
from nbhelpers.published import autoencoder, or_net, single_neuron

from .conftest import required
from .environment import PROJECT
from .lab import FLAGS, find_chromium
from .test_colors import contrast

NAMES = ["input weight", "bias", "output weight"]


@pytest.fixture(scope="module")
def history():
    return single_neuron.run(epochs=40)


def views():
    landscape = panels.Landscape(0, 1, NAMES, xlim=(-1.5, 2), ylim=(-1.5, 1.5), columns=8, rows=6)
    return [panels.Fit(), panels.LossCurve(), panels.Derivatives([0, 1, 2], NAMES), landscape]


def parsed(html):
    return ElementTree.fromstring(html)


def moving_parts(picture):
    return [part for part in picture.iter("svg") if part.get("class") == "nbh-moving"]


def test_the_picture_is_one_image_with_its_text_as_its_name(history):
    picture = parsed(Sheet(views(), history).html(history, 40, text='a < b & "c"'))
    assert (picture.get("role"), picture.get("aria-label")) == ("img", 'a < b & "c"')
    assert len(moving_parts(picture)) == 4
    titles = [title.text for title in picture.iter("b")]
    assert titles == ["data and prediction", "SSR over the steps", "derivatives", "path over the SSR (purple: high)"]


def test_a_page_that_has_the_style_sheet_gets_no_second_one(history):
    sheet = Sheet(views(), history)
    assert STYLE in sheet.html(history, 40) and "<style>" not in sheet.html(history, 40, style=False)


def test_the_run_before_is_drawn_behind_the_run_and_named_in_every_legend_that_it_is_in(history):
    sheet, other = Sheet([panels.LossCurve(), panels.Diagram()], history), single_neuron.run(epochs=20)
    alone, both = (parsed(sheet.html(history, 40, before)) for before in (None, other))
    (loss, diagram), (loss_both, diagram_both) = moving_parts(alone), moving_parts(both)
    lines = [path.get("d") for path in loss_both.iter("path")]
    assert len(lines) == 1 + len(list(loss.iter("path"))) and lines[1:] == [path.get("d") for path in loss.iter("path")]
    assert "gray" in next(loss_both.iter("path")).get("stroke")
    assert ElementTree.tostring(diagram) == ElementTree.tostring(diagram_both)
    keys = [[key.text or key[0].tail for key in head.iter("span")] for head in both.iter("div")
            if head.get("class") == "nbh-head"]
    # Its place is kept where there is none yet, so that nothing jumps.
    assert keys == [["before"], ["positive", "negative"]]


@pytest.mark.parametrize("panel, run", [
    # The codes of one unit lie on a line and those of three in a cube; and a number of one loss is none of another.
    (panels.Cube(), lambda units: autoencoder.run(hidden=units, epochs=10)),
    (panels.LossCurve(), lambda units: train(
        single_neuron.build(0), *fibonacci(), loss=mse if units == 1 else ssr, optimizer=SGD(0.01), epochs=10)),
])
def test_the_run_before_is_left_out_where_the_axes_meant_something_else_for_it(panel, run):
    history, other = run(1), run(3)
    sheet = Sheet([panel], history)
    assert sheet.html(history, 5, other) == sheet.html(history, 5) != sheet.html(history, 5, history)


def test_faint_lines_lead_from_every_tick_of_a_panel_that_has_a_grid_and_of_no_other(history):
    with_grid, without = (parsed(Sheet([panel], history).html(history, 40)) for panel in views()[1::-1])
    ticks = [len([text for text in picture.iter("text") if "nbh-tick" in text.get("class", "")])
             for picture in (with_grid, without)]
    lines = [[line for line in picture.iter("line") if line.get("class") == "nbh-grid-line"]
             for picture in (with_grid, without)]
    assert [len(found) for found in lines] == [ticks[0], 0] and min(ticks) > 3
    upright = [line.get("x1") == line.get("x2") is not None for line in lines[0]]
    assert 1 < sum(upright) < ticks[0] - 1


def test_a_diagram_has_no_axes(history):
    page = Sheet([panels.Diagram()], history).html(history, 40, style=False)
    assert "nbh-bare" in page and "nbh-frame" not in page and "nbh-tick" not in page


def test_that_a_run_has_failed_is_written_into_every_panel(history):
    picture = parsed(Sheet(views(), history).html(history, 40, mark="diverged"))
    for part in moving_parts(picture):
        (word,) = [text for text in part.iter("text") if text.text == "diverged"]
        # It can be read on lines too, as every word there: what is behind its letters is drawn round in white.
        assert word.get("class") == "nbh-halo" and word.get("font-weight") == "bold"
    well = Sheet(views(), history).html(history, 40, mark="learning")
    assert "learning" not in well.replace(STYLE, "")


def test_what_stands_still_follows_the_run_and_is_made_anew_only_where_it_differs(history, monkeypatch):
    made, axes = [], svg._axes
    monkeypatch.setattr(svg, "_axes", lambda still: made.append(still) or axes(still))
    sheet, (X, Y) = Sheet([panels.Fit()], history), fibonacci()
    far = train(single_neuron.build(3), 100 * X, Y, loss=ssr, optimizer=SGD(1e-6), epochs=3)
    first, second, third = (sheet.html(run, 3) for run in (history, far, history))
    assert first == third != second and ">400<" in second and len(made) == 3
    sheet.html(history, 20)
    assert len(made) == 3


def test_what_is_no_history_is_refused_by_its_name():
    for shown in ([1], 3):
        with pytest.raises(TypeError, match="^history must be a History, which the panel Fit shows, got "):
            Sheet([panels.Fit()], shown)


def test_what_a_panel_cannot_show_is_refused_at_once(history):
    with pytest.raises(ValueError, match="^this panel shows a network with 2 inputs and 1 output, got 1 and 1"):
        Sheet([panels.Square()], history)


SMALL, TALL = Still("", (0, 1), (0, 1)), Still("", (0, 1), (0, 1), tall=True)


@pytest.mark.parametrize("kinds, rows", [
    ("s", ["A"]), ("ss", ["AB"]), ("sss", ["ABC"]), ("ssss", ["AB", "CD"]), ("sssss", ["ABC", "DEE"]),
    ("sssssss", ["ABC", "DEF", "GGG"]), ("t", ["A"]), ("st", ["AB"]), ("sst", ["AC", "BC"]), ("tss", ["BA", "CA"]),
    ("ssst", ["ABD", "CCD"]), ("stst", ["ABD", "CBD"]),
])
def test_without_an_arrangement_tall_panels_have_a_column_each_and_no_cell_is_empty(kinds, rows):
    assert rows_of([TALL if kind == "t" else SMALL for kind in kinds], None) == rows


@pytest.mark.parametrize("arrangement, words", [
    ("A", "place the panels AB, got 'A'"), ("ABC", "place the panels AB, got 'ABC'"),
    ("AB;BA", "a rectangle for each panel"), ("AAB;AB", "rows of the same length"),
])
def test_an_arrangement_that_does_not_fit_is_refused_in_a_sentence(arrangement, words):
    with pytest.raises(ValueError, match=f"^arrangement must .*{words}"):
        rows_of([SMALL, SMALL], arrangement)


def test_an_arrangement_is_read_as_matplotlib_reads_it():
    assert rows_of([SMALL] * 3, "\nAB\nA.\nCC\n") == ["AB", "A.", "CC"]


SLIDERS = """
import sys
from nbhelpers import SGD, Explorer, fibonacci, panels, ssr, train
from nbhelpers.published import single_neuron
names = ["input weight", "bias", "output weight"]
views = [panels.Fit(), panels.LossCurve(), panels.Derivatives([0, 1, 2], names),
         panels.Landscape(0, 1, names, xlim=(-1.6, 2.2), ylim=(-2, 2))]
explorer = Explorer(lambda rate: single_neuron.run(learning_rate=rate), views, rate=(0.0001, 0.01, 1.0))
explorer.set(rate=0.02)
print(sorted({"matplotlib", "pandas", "PIL"} & set(sys.modules)))
"""


def test_the_first_sliders_of_a_lesson_load_neither_matplotlib_nor_pandas():
    done = subprocess.run([sys.executable, "-c", SLIDERS], capture_output=True, text=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.fixture(scope="module")
def chromium():
    required("playwright", "playwright is not installed: pip install -e '.[test]'")
    if find_chromium() is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("there is no Chromium: install chromium, or run `playwright install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *sandbox])
        yield browser
        browser.close()


def lesson_02():
    return [panels.LogLossCurve(), panels.Codes(), panels.Cube()], autoencoder.run(seed=1, epochs=50), "AC;BC"


def lesson_03():
    history = train(or_net.build(1, 8, True), *or_net.data(), loss=mse, optimizer=SGD(0.5), epochs=20)
    return [panels.Square(), panels.Diagram("xap"), panels.LossCurve()], history, "AB;AC"


def lesson_01():
    return views(), single_neuron.run(epochs=40), None


# For every text: its size, and how far it reaches over the edges of the picture and of its own panel.
MEASURE = """() => {
    const picture = document.querySelector('.nbh').getBoundingClientRect();
    const over = (inner, outer) => Math.max(outer.left - inner.left, inner.right - outer.right,
                                            outer.top - inner.top, inner.bottom - outer.bottom);
    const words = [...document.querySelectorAll('.nbh text, .nbh b, .nbh span')].filter(text => text.textContent);
    const box = text => text.getBoundingClientRect();
    const panels = [...document.querySelectorAll('.nbh-panel')].map(box);
    const moving = [...document.querySelectorAll('.nbh-axes')].map(box);
    return {
        sizes: words.map(text => parseFloat(getComputedStyle(text).fontSize) * (text.getScreenCTM?.().d || 1) || 12),
        over: Math.max(...words.map(text => over(box(text), box(text.closest('.nbh-panel'))))),
        width: picture.width, height: picture.height, columns: new Set(panels.map(panel => panel.left)).size,
        scroll: document.documentElement.scrollWidth - window.innerWidth,
        least: Math.min(...moving.map(axes => axes.height)), ratio: moving.at(-1).width / moving.at(-1).height,
    };
}"""


# What JupyterLab says of pictures in an output.
LAB = "<style>.lab svg { max-width: 100%; height: auto; }</style>"


@pytest.mark.parametrize("lesson", [lesson_01, lesson_02, lesson_03])
@pytest.mark.parametrize("width, columns", [(360, 1), (640, 2), (820, None), (900, None), (1100, None), (2000, None)])
def test_words_keep_their_size_in_every_window_and_stay_in_their_panel(lesson, width, columns, chromium):
    shown, history, arrangement = lesson()
    html = Sheet(shown, history, arrangement).html(history, len(history) - 1, history, "text")
    page = chromium.new_page(viewport={"width": width, "height": 720})
    page.set_content(f"<!doctype html>{LAB}<body style='margin: 8px'><div class='lab'>{html}</div>")
    found = page.evaluate(MEASURE)
    page.close()
    assert min(found["sizes"]) >= 11 and found["over"] <= 1 and found["scroll"] <= 0
    assert found["width"] <= 1100 and found["least"] >= 90
    assert found["columns"] == (columns or (3 if lesson is lesson_01 else 2))
    if width >= 820:
        assert found["height"] <= 380
    if lesson is lesson_02:
        still = shown[-1].still(history)
        (left, right), (bottom, top) = still.xlim, still.ylim
        assert found["ratio"] == pytest.approx((right - left) / (top - bottom), abs=0.01)


@pytest.mark.parametrize("width", [360, 640, 820, 1100])
@pytest.mark.parametrize("kinds", [2, 3])
def test_long_names_of_columns_and_classes_stay_in_their_panel(width, kinds, chromium):
    columns = ["average daily temperature (°C), least", "average daily temperature (°C), most"]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)), columns=columns)
    table["kind"] = [f"a name of a class of forty letters, as {'abc'[row % kinds]}" for row in range(30)]
    run = Bench(data=Table.read(table, "kind"), layers=[(4, "tanh")], epochs=1).run()
    html = Sheet(PANELS, run, "ABC").html(run, 1)
    page = chromium.new_page(viewport={"width": width, "height": 720})
    page.set_content(f"<!doctype html>{LAB}<body style='margin: 8px'><div class='lab'>{html}</div>")
    found, said = page.evaluate(MEASURE), parsed(html.replace("°", "")).itertext()
    page.close()
    assert found["over"] <= 1
    assert len({words for words in said if words.endswith("(standardized)")}) == 2


# How far the ticks of the first panel reach over its edge, and over its label.
TICKS = """() => {
    const panel = document.querySelector('.nbh-panel'), box = part => part.getBoundingClientRect();
    const left = Math.min(...[...panel.querySelectorAll('.nbh-up')].map(tick => box(tick).left));
    const label = [...panel.querySelectorAll('.nbh-label')].map(box).find(({width, height}) => height > width);
    return [box(panel).left - left, label ? label.right - left : 0];
}"""


@pytest.mark.parametrize("size", [1, 1e4, 1e6, 1e12, 1e300, 1e-5, 1e-9])
def test_no_tick_loses_its_first_digits_or_its_sign(size, chromium):
    run = train(single_neuron.build(), *fibonacci(), loss=ssr, optimizer=SGD(1e-3), epochs=40)
    vars(run)["gradient"] = run.gradient * size
    page = chromium.new_page(viewport={"width": 360, "height": 720})
    for indices in ([0], [0, 1]):
        html = Sheet([panels.Derivatives(indices, NAMES[: len(indices)])], run).html(run, len(run) - 1)
        page.set_content(f"<!doctype html>{LAB}<body style='margin: 8px'><div class='lab'>{html}</div>")
        over, on_label = page.evaluate(TICKS)
        # An empty line of a pixel belongs to the label.
        assert over <= 0 and on_label <= 2
    page.close()


def test_numbers_and_places_are_the_same_in_a_page_that_is_read_from_the_right(chromium):
    shown, history, arrangement = lesson_01()
    html = Sheet(shown, history, arrangement).html(history, len(history) - 1)
    page, found = chromium.new_page(viewport={"width": 1100, "height": 720}), []
    for direction in ("ltr", "rtl"):
        page.set_content(f"<!doctype html><html dir='{direction}'><body style='margin: 0'>{html}")
        found.append(page.evaluate("""() => [...document.querySelectorAll('.nbh text, .nbh b')].map(
            words => [words.textContent, Math.round(words.getBoundingClientRect().left)])"""))
    page.close()
    assert found[0] == found[1] and len(found[0]) > 10


def parts(color):
    return np.array([int(part) for part in re.findall(r"\d+", color)[:3]]) / 255


def test_words_can_be_read_where_the_system_forces_other_colors_upon_a_dark_page(chromium):
    shown, history, arrangement = lesson_01()
    html = Sheet(shown, history, arrangement).html(history, len(history) - 1)
    page = chromium.new_page(forced_colors="active")
    page.set_content(f"<!doctype html><body data-jp-theme-light='false'>{html}")
    paper, *inks = page.evaluate("""() => [getComputedStyle(document.querySelector('.nbh')).backgroundColor,
        ...[...document.querySelectorAll('.nbh text')].map(text => getComputedStyle(text).fill),
        ...[...document.querySelectorAll('.nbh-head')].map(text => getComputedStyle(text).color)]""")
    page.close()
    # WCAG 2.2 asks for 4.5 to 1.
    assert len(inks) > 10 and min(contrast(parts(paper), parts(ink)) for ink in {*inks}) >= 4.5


def test_the_dark_theme_has_its_own_colors_and_the_same_shapes(chromium):
    shown, history, arrangement = lesson_02()
    html = Sheet(shown, history, arrangement).html(history, len(history) - 1)
    page = chromium.new_page()
    colors = []
    for light in ("true", "false"):
        page.set_content(f"<!doctype html><body data-jp-theme-light='{light}'>{html}")
        colors.append(page.evaluate("""() => ['.nbh', '.nbh-moving path'].map(name => {
            const style = getComputedStyle(document.querySelector(name));
            return name === '.nbh' ? style.backgroundColor : style.stroke;
        })"""))
    page.close()
    assert colors == [["rgb(255, 255, 255)", "rgb(0, 114, 178)"], ["rgb(17, 17, 17)", "rgb(86, 180, 233)"]]
