"""The lessons as a learner uses them: in the real JupyterLab, in a real Chromium, by keyboard.

Lesson 01 is tried in all its parts, of lesson 07 the sliders. `pytest --whole` tries those of all lessons, and runs
them to their ends too.
"""

import os
import re
from contextlib import contextmanager, nullcontext
from pathlib import Path

import nbformat
import pytest

from .conftest import required
from .environment import PROJECT
from .lab import find_chromium, jupyterlab, open_notebook, restart_and_run

LESSON = "notebooks/01_single_neuron_ssr.ipynb"
# What makes sliders, in the cell that shows them first.
SLIDERS = re.compile(r"(Explorer|Playground)\(")
OTHERS = {path: found[0] for path in sorted((PROJECT / "notebooks").glob("0[02-9]*.ipynb"))
          if (found := SLIDERS.search(path.read_text(encoding="utf-8")))}

# Its sliders are like no others.
SAMPLE = ["07_playground"]

# How long a change may take on a busy machine; on a quiet one it is there within a tenth of a second.
SECONDS = 30

# What JupyterLab and ipywidgets say in the console when a kernel restarts or goes down, which may cut one of its
# messages off, and of files that they look for in vain.
NOT_OURS = re.compile(
    "Canceled future|debugger state|Failed to load resource|Comm not found|Kernel message validation", re.IGNORECASE,
)

# Presses a key so many times, so many milliseconds apart, as a held key does, and says where the slider stood.
HOLD = """async ([slider, by, count, apart]) => {
    const stood = [];
    for (let i = 0; i < count; i += 1) {
        slider.value = slider.valueAsNumber + by;
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        stood.push(slider.valueAsNumber);
        const end = performance.now() + apart;
        while (performance.now() < end) await new Promise(requestAnimationFrame);
    }
    return stood;
}"""
# Three seconds in which no other thread of Python runs, for JupyterLab may have the sliders answered beside a cell.
SLOW = """import sys, time
before, end = sys.getswitchinterval(), time.monotonic() + 3
sys.setswitchinterval(60)
while time.monotonic() < end:
    pass
sys.setswitchinterval(before)"""
MODELS = """async () => {
    const manager = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    return new Promise(done => manager.requestCommInfo({target_name: 'jupyter.widget'})
        .then(reply => done(Object.keys(reply.content.comms).length)));
}"""


def browser_here():
    """Skips the test, or on a CI machine fails it, where there is no browser."""
    required("playwright", "playwright is not installed: pip install -e '.[test]'")
    if find_chromium() is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("there is no Chromium: install chromium, or run `playwright install chromium`")


@pytest.fixture(scope="module")
def page():
    """Lesson 01, its kernel restarted and all cells run."""
    browser_here()
    with jupyterlab(PROJECT, width=1280, height=720) as page:
        open_notebook(page, LESSON)
        restart_and_run(page)
        page.locator(".nbx").first.wait_for()
        yield page


class Sliders:
    """An explorer, the first one of the page or the one in the output of code cell `cell`."""

    def __init__(self, page, cell=None):
        self.page = page
        self.area = page.locator(".jp-OutputArea-child", has=page.locator(".nbx"))
        if cell is not None:
            self.area = self.area.filter(has_text=f"[{cell}]:")
        self.area = self.area.first

    def box(self, name):
        return self.area.get_by_role("textbox", name=name)

    def slider(self, name):
        return self.area.get_by_role("slider", name=name, exact=True)

    def status(self):
        return " ".join(self.area.locator(".nbx-loss, .nbx-rest").all_inner_texts())

    def chip(self):
        return self.area.locator(".nbx-chip").get_attribute("data-word")

    def picture(self):
        return self.area.locator(".nbx-picture").inner_html()

    def type(self, name, text):
        self.box(name).fill(text)
        self.box(name).press("Enter")

    def wait_for_status(self, pattern):
        self.page.wait_for_function(
            "([area, pattern]) => new RegExp(pattern).test([...area.querySelectorAll('.nbx-loss, .nbx-rest')]"
            ".map(part => part.innerText).join(' '))",
            arg=[self.area.element_handle(), pattern], timeout=SECONDS * 1000,
        )
        return self.status()

    def wait_for_change(self, status, picture):
        self.page.wait_for_function(
            "([area, status, picture]) => [...area.querySelectorAll('.nbx-loss, .nbx-rest')]"
            ".map(part => part.innerText).join(' ') !== status"
            " && area.querySelector('.nbx-picture').innerHTML !== picture",
            arg=[self.area.element_handle(), status, picture], timeout=SECONDS * 1000,
        )


def page_explorers(page):
    """The first explorer of the lesson and the straight line's, the latter with its settings of the start."""
    cells = nbformat.read(PROJECT / LESSON, as_version=4).cells
    (number,) = [cell.execution_count for cell in cells if "straight = Explorer(" in cell.source]
    straight = Sliders(page, cell=number)
    straight.area.get_by_role("button", name="Reset").click()
    straight.wait_for_status("SSR 1.37 after 1000 steps")
    return [Sliders(page), straight]


@pytest.fixture
def first(page):
    """The explorer that opens the lesson, with its settings as they were at the start."""
    sliders = Sliders(page)
    sliders.area.get_by_role("button", name="Reset").click()
    sliders.wait_for_status("^SSR 0.875 after 200 steps$")
    return sliders


def test_no_cell_of_the_lesson_fails(page):
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert page.locator(".jp-RenderedText .ansi-red-fg").count() == 0


@pytest.mark.parametrize("name", ["learning rate", "seed"])
def test_an_arrow_key_on_a_slider_changes_number_status_and_picture(first, name):
    number, status, picture = first.box(name).input_value(), first.status(), first.picture()
    first.slider(name).press("ArrowLeft")
    first.wait_for_change(status, picture)
    assert float(first.box(name).input_value()) < float(number)
    assert first.slider(name).get_attribute("aria-valuetext") == f"{name} {first.box(name).input_value()}"


@pytest.mark.parametrize("apart", [15, 30, 60])
def test_a_held_key_loses_no_step_and_is_never_pulled_back(first, apart):
    slider = first.slider("learning rate")
    start = int(slider.input_value())
    stood = first.page.evaluate(HOLD, [slider.element_handle(), -1, 20, apart])
    assert stood == list(range(start - 1, start - 21, -1))
    first.wait_for_status("^SSR 3.64 after 200 steps$")
    assert first.box("learning rate").input_value() == "0.001" and int(slider.input_value()) == start - 20


def test_twenty_real_key_presses_end_twenty_steps_away(first):
    first.slider("learning rate").focus()
    for _ in range(20):
        first.page.keyboard.press("ArrowLeft")
        first.page.wait_for_timeout(30)
    first.wait_for_status("^SSR 3.64 after 200 steps$")
    assert first.box("learning rate").input_value() == "0.001"


@contextmanager
def shortcuts_first(page):
    """Shortcuts where the application of Notebook 7 has them; JupyterLab's come when a key has passed the sliders."""
    page.evaluate("""() => {
        window.early = event => window.jupyterapp.commands.processKeydownEvent(event);
        document.addEventListener('keydown', window.early, true);
    }""")
    try:
        yield
    finally:
        page.evaluate("document.removeEventListener('keydown', window.early, true)")


def test_the_arrow_keys_move_a_slider_where_shortcuts_come_first_as_in_notebook_7(first):
    slider, page = first.slider("learning rate"), first.page
    start = int(slider.input_value())
    with shortcuts_first(page):
        for key in ("ArrowLeft", "Control+ArrowLeft", "ArrowLeft"):
            slider.press(key)
            # All of the notebook's shortcuts with Ctrl are its own still.
            assert (slider.get_attribute("data-lm-suppress-shortcuts") is None) == key.startswith("Control")
        assert int(slider.input_value()) <= start - 2


def test_every_step_of_the_slider_gives_two_digits_from_end_to_end(first):
    numbers = first.page.evaluate("""slider => {
        const box = slider.parentElement.querySelector('input[type=text]'), seen = [];
        for (let step = 0; step <= slider.max; step += 1) {
            slider.value = step;
            slider.dispatchEvent(new Event('input', {bubbles: true}));
            seen.push(box.value);
            if (box.scrollWidth > box.clientWidth) throw new Error(`${box.value} is cut`);
        }
        return seen;
    }""", first.slider("learning rate").element_handle())
    values = [float(number) for number in numbers]
    assert values[0] == 0.0001 and values[-1] == 1 and values == sorted(set(values)) and len(values) == 81
    for step, value in enumerate(values):
        assert value == float(f"{1e-4 * 10 ** (step * 0.05):.2g}")


def heap(page):
    """The bytes that the page's JavaScript holds when all that can be freed is."""
    session = page.context.new_cdp_session(page)
    try:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"]
    finally:
        session.detach()


def test_a_storm_of_moves_ends_at_the_last_and_costs_no_memory(first, whole):
    slider, page = first.slider("seed"), first.page
    page.evaluate(HOLD, [slider.element_handle(), 1, 50, 10])
    before = heap(page)
    for by in (-1, 1) * (10 if whole else 3):
        # 500 moves in 5 seconds, and once more as many; in a sample 300.
        page.evaluate(HOLD, [slider.element_handle(), by, 50, 10])
    last = slider.input_value()
    first.wait_for_status("after 200 steps")
    page.wait_for_timeout(1000)
    assert first.box("seed").input_value() == last == slider.input_value()
    # The lesson's own run with that seed, once more.
    status = first.status()
    first.slider("seed").press("ArrowLeft")
    first.slider("seed").press("ArrowRight")
    page.wait_for_timeout(1000)
    assert first.status() == status
    assert heap(page) - before < 5e6


def test_the_gradient_can_be_switched_by_keyboard(first):
    first.area.get_by_role("group", name="gradient").get_by_role("radio", name="published").press("ArrowRight")
    assert first.wait_for_status("SSR 1.02 after 200 steps")


def test_a_number_typed_into_the_box_is_the_one_that_is_used(first):
    first.type("learning rate", "0,003")
    assert first.wait_for_status("SSR 2.19 after 200 steps")
    # The page must not round the number to a step of the slider.
    first.page.wait_for_timeout(500)
    assert float(first.box("learning rate").input_value()) == 0.003


@pytest.mark.parametrize("name, typed, says, value", [
    ("learning rate", "5", "5 is too large: 1 is the most", "1"),
    ("learning rate", "0", "0 is too small: 0.0001 is the least", "0.0001"),
    ("seed", "7.5", "7.5 is not a whole number: 8 is taken", "8"),
    ("seed", "1.000", "1000 is too large: 99 is the most", "99"),
    ("seed", "1,234.567", "1,234.567 is not a number: seed stays 11", "11"),
    ("seed", "fast", "fast is not a number: seed stays 11", "11"),
])
def test_a_typed_number_that_does_not_fit_is_said(first, name, typed, says, value):
    first.type(name, typed)
    first.area.locator(".nbx-advice", has_text=says).wait_for()
    assert first.box(name).input_value() == value


def test_the_scrubber_counts_in_the_units_of_the_lesson(first):
    first.slider("step").press("Home")
    assert first.wait_for_status("^SSR 39.5 after 0 of 200 steps$")
    first.area.get_by_role("button", name="one step forward").press("Enter")
    assert first.wait_for_status("^SSR 39.3 after 1 of 200 steps$|after 1 of 200 steps$")
    assert first.slider("step").get_attribute("aria-valuetext") == "step 1"
    first.slider("step").press("End")
    assert first.wait_for_status("^SSR 0.875 after 200 steps$")


def test_play_runs_through_the_records_in_silence_and_pause_holds(first):
    first.page.wait_for_timeout(700)
    spoken = first.area.get_by_role("status").inner_text()
    first.area.get_by_role("button", name="Play").press("Enter")
    first.wait_for_status(r"after [1-9]\d* of 200 steps")
    first.page.wait_for_timeout(800)
    assert first.area.get_by_role("status").inner_text() == spoken
    first.area.get_by_role("button", name="Pause").press("Enter")
    first.area.get_by_role("button", name="Play").wait_for()
    first.page.wait_for_timeout(300)
    held = first.status()
    first.page.wait_for_timeout(800)
    assert first.status() == held and "of 200 steps" in held
    assert held in first.area.get_by_role("status").inner_text()


def test_a_move_ends_the_film(first):
    first.area.get_by_role("button", name="Play").press("Enter")
    first.wait_for_status(r"after [1-9]\d* of 200 steps")
    first.slider("seed").press("ArrowRight")
    first.wait_for_status("after 200 steps$")
    assert first.area.get_by_role("button", name="Play").count() == 1


def test_play_pressed_during_a_drag_leaves_the_drag_its_last_word(first):
    slider, page = first.slider("seed"), first.page
    play = first.area.get_by_role("button", name="Play")
    # Play and Pause between moves, and Play once more just before the last of them.
    page.evaluate("""async ([slider, play]) => {
        for (let i = 0; i < 60; i += 1) {
            if ([10, 11, 30, 45, 59].includes(i)) play.click();
            slider.value = slider.valueAsNumber + (i % 3 === 2 ? -1 : 1);
            slider.dispatchEvent(new Event('input', {bubbles: true}));
            await new Promise(done => setTimeout(done, 20));
        }
    }""", [slider.element_handle(), play.element_handle()])
    first.wait_for_status("after 200 steps$")
    page.wait_for_timeout(1500)
    status = first.status()
    assert status.endswith("after 200 steps") and play.count() == 1
    assert first.box("seed").input_value() == slider.input_value() == "31"
    # The same seed by itself.
    first.area.get_by_role("button", name="Reset").click()
    first.wait_for_status("^SSR 0.875 after 200 steps$")
    start = first.status(), first.picture()
    first.type("seed", "31")
    first.wait_for_change(*start)
    first.wait_for_status("after 200 steps$")
    assert first.status() == status
    # And the film that ended can begin anew.
    play.click()
    first.wait_for_status(r"after [1-9]\d* of 200 steps")


def test_a_run_that_is_kept_stays_in_the_picture(first):
    first.area.get_by_role("button", name="Keep this run").click()
    first.area.locator("button[aria-pressed=true]").wait_for()
    first.type("learning rate", "0.02")
    first.type("learning rate", "0.003")
    first.wait_for_status("SSR 2.19")
    first.area.get_by_role("button", name="Keep this run").click()
    first.area.locator("button[aria-pressed=false]").wait_for()


def test_a_dead_neuron_looks_like_one(first):
    first.type("learning rate", "1")
    first.wait_for_status("SSR 40 after 200 steps, more than 39.5 at the start")
    assert first.chip() == "dead"
    assert first.area.locator(".nbx-picture").get_by_text("dead", exact=True).count() >= 1


def test_divergence_is_a_sentence_in_the_status_line(page):
    _, straight = page_explorers(page)
    straight.type("learning rate", "0.05")
    assert straight.wait_for_status(r"SSR diverged at step \d+")
    assert straight.area.locator(".nbx-advice").inner_text() == "try a smaller learning rate, and check the gradient"
    straight.type("learning rate", "0.005")
    assert straight.wait_for_status("SSR 1.37 after 1000 steps")


def test_the_picture_has_its_sentences_as_its_name(first):
    sentences = "SSR 0.875 after 200 steps. The prediction misses the data by at most 0.552"
    first.area.get_by_role("img", name=sentences).wait_for(timeout=SECONDS * 1000)


def test_every_picture_of_the_lesson_is_shown_and_has_a_text(page):
    pictures = page.locator(".jp-Notebook img").evaluate_all(
        "all => all.map(picture => [picture.alt, picture.naturalWidth, picture.src.slice(0, 60)])"
    )
    assert all(alt and width for alt, width, source in pictures), pictures


def findings(page, selector):
    """What axe-core has to say about the elements of `selector`."""
    axe = required("axe_playwright_python", "axe is not installed: pip install -e '.[test]'")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("selector => axe.run({include: [[selector]]})", selector)
    return [(rule["id"], node["html"][:200]) for rule in found["violations"] for node in rule["nodes"]]


def test_axe_finds_nothing_in_the_sliders(first):
    assert findings(first.page, ".nbx") == []
    assert first.page.locator(".nbx [title=null]").count() == 0


def test_no_label_and_no_radio_button_belongs_to_two_explorers(page):
    ids, names = page.evaluate("""() => [...document.querySelectorAll('.nbx')].map(area => [
        [...area.querySelectorAll('[id]')].map(part => part.id),
        [...area.querySelectorAll('input[type=radio]')].map(part => part.name)]).reduce(
            ([ids, names], more) => [[...ids, ...more[0]], [...names, ...new Set(more[1])]], [[], []])""")
    assert ids and names and len(ids) == len(set(ids)) and len(names) == len(set(names))


def test_the_console_has_no_errors_of_ours(page):
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]


def test_the_explorer_fits_a_small_window(first):
    assert first.area.locator(".nbx").bounding_box()["height"] <= 560


# Zoom of 200 % halves the window in CSS pixels, and doubles each of them.
@pytest.mark.parametrize("width, height, zoom", [(1280, 720, 1), (1024, 768, 1), (640, 360, 2), (600, 800, 1),
                                                 (360, 640, 1), (250, 640, 1)])
def test_words_stay_readable_and_nothing_is_cut_off_in_a_window_of(first, width, height, zoom):
    first.page.set_viewport_size({"width": width, "height": height})
    try:
        # Beside an open file browser nothing of the notebook would be left in the narrowest.
        first.page.evaluate(f"window.jupyterapp.shell.{'collapse' if width < 600 else 'expand'}Left()")
        first.page.wait_for_timeout(500)
        sizes, cut = first.area.locator(".nbx").evaluate("""area => [
            [...area.querySelectorAll('text')].map(
                words => parseFloat(getComputedStyle(words).fontSize)
                    * Math.hypot(words.getScreenCTM().a, words.getScreenCTM().b)),
            [area, ...area.querySelectorAll('.nbx-controls > *, .nbx-bar, .nbx-player')].filter(
                part => part.scrollWidth > part.clientWidth + 1).map(part => part.className),
        ]""")
    finally:
        first.page.set_viewport_size({"width": 1280, "height": 720})
        first.page.evaluate("window.jupyterapp.shell.expandLeft()")
    assert zoom * min(sizes) >= 11 and not cut


def make_busy(page):
    page.evaluate("""code => {
        window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code, silent: true});
    }""", SLOW)


def test_a_busy_kernel_is_said_and_the_move_follows(first):
    make_busy(first.page)
    first.type("learning rate", "0.003")
    first.area.locator(".nbx-advice", has_text="the kernel is busy, or there is none; the sliders follow").wait_for()
    first.wait_for_status("SSR 2.19 after 200 steps")
    assert first.area.locator(".nbx-advice").inner_text() == ""


def test_two_explorers_that_are_dragged_at_once_do_not_wait_for_each_other(first):
    page, both = first.page, page_explorers(first.page)
    page.evaluate("""async sliders => Promise.all(sliders.map(async slider => {
        for (let i = 0; i < 50; i += 1) {
            slider.value = slider.valueAsNumber + 1;
            slider.dispatchEvent(new Event('input', {bubbles: true}));
            await new Promise(done => setTimeout(done, 20));
        }
    }))""", [one.slider("seed").element_handle() for one in both])
    page.wait_for_timeout(1500)
    for one in both:
        status = one.status()
        assert one.box("seed").input_value() == one.slider("seed").input_value() == "61"
        one.type("seed", "60")
        one.type("seed", "61")
        page.wait_for_timeout(1000)
        assert one.status() == status


def run_again(page):
    """Run the cell of the straight line's explorer."""
    page.evaluate("""async () => {
        const {content} = window.jupyterapp.shell.currentWidget;
        content.activeCellIndex = content.widgets.findIndex(
            ({model}) => model.type === 'code' && model.sharedModel.source.includes('straight = Explorer('));
        await window.jupyterapp.commands.execute('notebook:run-cell');
    }""")
    page.wait_for_timeout(300)


def test_what_is_half_typed_stays_while_the_kernel_moves_the_controls(page):
    _, straight = page_explorers(page)
    box = straight.box("seed")

    def set_seed(seed):
        page.evaluate("""async code => {
            const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
            await kernel.requestExecute({code, silent: true}).done;
        }""", f"straight.set(seed={seed})")
        page.wait_for_function("([slider, seed]) => slider.value === seed", timeout=SECONDS * 1000,
                               arg=[straight.slider("seed").element_handle(), str(seed)])

    box.fill("1")
    set_seed(30)
    assert box.input_value() == "1"
    box.press("End")
    box.press("2")
    box.press("Enter")
    assert straight.slider("seed").input_value() == box.input_value() == "12"
    # The number that stood there before is a move like any other.
    set_seed(30)
    assert box.input_value() == "30"
    straight.type("seed", "12")
    assert straight.slider("seed").input_value() == "12"


def test_a_cell_that_is_run_again_leaves_no_widgets_behind(page):
    run_again(page)
    before = page.evaluate(MODELS)
    for _ in range(5):
        run_again(page)
    assert page.evaluate(MODELS) == before


def test_a_cell_that_is_run_again_while_its_film_plays_begins_at_its_end_and_can_play(page):
    run_again(page)
    before = page.evaluate(MODELS)
    for _ in range(3):
        area = page.locator(".jp-Cell", has_text="straight = Explorer(").locator(".nbx")
        area.get_by_role("button", name="Play").click()
        page.wait_for_function("area => / of 1\\D?000 steps/.test(area.querySelector('.nbx-rest').innerText)",
                               arg=area.element_handle(), timeout=SECONDS * 1000)
        run_again(page)
        page.wait_for_timeout(500)
        # The film of the explorer before does not go on in the new one.
        assert area.locator(".nbx-loss").inner_text() == "SSR 1.37" and area.get_by_role("button", name="Play").count()
        assert " of " not in area.locator(".nbx-rest").inner_text()
    assert page.evaluate(MODELS) == before
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]


MARKUP = """
import numpy as np
import pandas as pd
from IPython.display import display
from nbhelpers import SGD, Bench, Dense, Explorer, Loss, Network, Playground, audit, panels, train
from nbhelpers.bench.tables import Table

evil = "<img src=x onerror=hacked=1><i>"
table = pd.DataFrame({evil: [1, 2, 3, 4], f"{evil}2": [2, 1, 4, 3], "kind": [evil, evil, "b", "b"]})
place, inputs, truth = np.ones(2), np.eye(2), np.ones((2, 1))
display(audit({evil: place}, lambda: float(place @ place), lambda: place))
display(Playground(Bench(data=Table.read(table, "kind"), layers=[(4, "tanh")], epochs=20)))
own = Loss(evil, evil, lambda A, Y: ((A - Y) ** 2).sum(), lambda A, Y, out: np.multiply(2, A - Y, out), False)
display(Explorer(
    lambda gradient: train(
        Network(2, [Dense(1, "tanh")]).initialize("normal", 0), inputs, truth, loss=own, optimizer=SGD(0.01),
        epochs=20,
    ),
    [panels.LossCurve(), panels.Derivatives([0], [evil])], gradient=[evil, "other"],
))
"""


def add_cell(page, source):
    """Run `source` in a new cell at the end. Returns where its outputs are."""
    page.evaluate("""async source => {
        const {content} = window.jupyterapp.shell.currentWidget;
        content.model.sharedModel.addCell({cell_type: 'code', source});
        content.activeCellIndex = content.widgets.length - 1;
        await window.jupyterapp.commands.execute('notebook:run-cell');
    }""", source)
    return page.locator(".jp-Notebook .jp-CodeCell").last.locator(".jp-OutputArea")


def test_markup_in_a_users_names_is_shown_as_text(page):
    outputs = add_cell(page, MARKUP)
    outputs.locator(".nbx").nth(1).wait_for(timeout=SECONDS * 1000)
    page.wait_for_timeout(1000)
    shown = outputs.inner_text()
    # The trial, the columns and the kind on the bench, the setting, the status and the axis.
    assert shown.count("<img src=x") > 5, shown
    assert page.locator("img[src=x]").count() == 0 and page.evaluate("window.hacked") is None


NUMBERS = """
from nbhelpers import SGD, Dense, Explorer, Network, panels, train

def run(shift, count, place):
    return train(Network(1, [Dense(1, "identity")]), [[1.0]], [[shift]], loss="ssr", optimizer=SGD(0.01), epochs=2)

numbers = Explorer(run, [panels.LossCurve()], shift=(-200.0, 0.0, 200.0), count=(0, 10**13, 2 * 10**13),
    place=(-5000, 0, 5000))
numbers
"""


def test_a_fraction_is_a_number_of_an_even_scale_and_a_large_whole_number_has_a_next_one(page):
    area = add_cell(page, NUMBERS).locator(".nbx")
    area.wait_for(timeout=SECONDS * 1000)
    # 400 steps lead from one end to the other, each of them 1.0 wide.
    area.get_by_role("textbox", name="shift").fill("0.25")
    area.get_by_role("textbox", name="shift").press("Enter")
    area.get_by_role("textbox", name="count").press("ArrowUp")
    area.locator(".nbx-loss", has_text="0.0").wait_for(timeout=SECONDS * 1000)
    assert area.get_by_role("textbox", name="shift").input_value() == "0.25"
    assert area.get_by_role("textbox", name="count").input_value() == str(10**13 + 1)
    assert "whole" not in area.locator(".nbx-advice").inner_text()


@pytest.mark.parametrize("typed, value, says", [
    ("-1,000", "-1000", ""), ("-1.234", "-1234", ""), ("0.500", "1", "0.5 is not a whole number: 1 is taken"),
])
def test_a_comma_stands_between_thousands_of_a_negative_number_too_and_never_after_a_0(page, typed, value, says):
    area = page.locator(".jp-Notebook .jp-CodeCell").last.locator(".nbx")
    if area.get_by_role("textbox", name="place").count() == 0:
        area = add_cell(page, NUMBERS).locator(".nbx")
        area.wait_for(timeout=SECONDS * 1000)
    area.get_by_role("textbox", name="place").fill(typed)
    area.get_by_role("textbox", name="place").press("Enter")
    page.wait_for_timeout(300)
    assert area.get_by_role("textbox", name="place").input_value() == value
    assert area.locator(".nbx-advice").inner_text() == says


PRESSES = """
from nbhelpers import Bench, Playground
Playground(Bench(data="xor", layers=[], epochs=5))
"""


def moved_while_busy(page, area, name):
    """The slider `name`, after two moves: the first is asked at once, what follows it when the kernel is free."""
    make_busy(page)
    slider = area.get_by_role("slider", name=name, exact=True)
    for _ in range(2):
        slider.press("ArrowRight")
        page.wait_for_timeout(50)
    return slider


def test_what_is_pressed_while_the_kernel_is_busy_is_answered_after_the_moves_before_it(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.wait_for(timeout=SECONDS * 1000)
    moved_while_busy(page, area, "learning rate")
    line = area.get_by_role("textbox", name="paste a shared line")
    line.fill("no line")
    line.press("Enter")
    # It takes no line, also not the one before.
    area.get_by_role("button", name="share").click()
    shared = f'"learning_rate":{float(area.get_by_role("textbox", name="learning rate").input_value())}'
    area.locator(".nbx-note", has_text=shared).wait_for(timeout=SECONDS * 1000)


def test_the_run_that_is_kept_is_the_one_of_the_moves_before_it_however_busy_the_kernel(page):
    source = PRESSES.replace("Playground(", "kept = Playground(") + "display(kept)"
    area = add_cell(page, source).locator(".nbx")
    area.wait_for(timeout=SECONDS * 1000)
    seed = moved_while_busy(page, area, "seed")
    area.get_by_role("button", name="Keep this run").click()
    seed.press("ArrowRight")
    area.locator("button[aria-pressed=true]").wait_for(timeout=SECONDS * 1000)
    page.wait_for_timeout(1000)
    said = add_cell(page, """runs = [Bench(data="xor", layers=[], epochs=5, seed=seed).run() for seed in range(5)]
for found in (kept.before, kept.history):
    print([seed for seed, run in enumerate(runs) if (run.theta == found.theta).all()])""")
    for seed in ("[2]", "[3]"):
        said.get_by_text(seed).wait_for(timeout=SECONDS * 1000)


def test_what_a_move_sets_elsewhere_is_seen_though_the_next_move_is_made_before_its_picture(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.get_by_role("button", name="samples").click(timeout=SECONDS * 1000)
    make_busy(page)
    area.get_by_label("data", exact=True).select_option("iris")
    rate = area.get_by_role("slider", name="learning rate", exact=True)
    rate.press("ArrowRight")
    moved = rate.get_attribute("aria-valuetext")
    area.locator(".nbx-picture").get_by_text("sepal length").first.wait_for(timeout=SECONDS * 1000)
    # There are 150 flowers.
    page.wait_for_function("box => box.value === '150'", timeout=SECONDS * 1000,
                           arg=area.get_by_role("textbox", name="samples").element_handle())
    assert rate.get_attribute("aria-valuetext") == moved != "learning rate 0.03"


@pytest.mark.parametrize("early", [False, True])
def test_all_of_an_answer_can_be_selected_by_keyboard_and_no_cell_is(page, early):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.get_by_role("button", name="code").click(timeout=SECONDS * 1000)
    note = area.locator(".nbx-note", has_text="from nbhelpers import")
    with shortcuts_first(page) if early else nullcontext():
        note.press("ControlOrMeta+a")
    assert page.evaluate("getSelection().toString()").strip() == note.inner_text().strip()
    assert page.evaluate("""() => {
        const {content} = window.jupyterapp.shell.currentWidget;
        return content.widgets.filter(cell => content.isSelectedOrActive(cell)).length;
    }""") == 1


@pytest.mark.parametrize("early", [False, True])
def test_ctrl_z_at_the_sliders_takes_back_no_edit_of_their_cell(page, early):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.wait_for(timeout=SECONDS * 1000)
    cell = page.locator(".jp-Notebook .jp-CodeCell").last.locator(".cm-content")
    cell.press("ControlOrMeta+End")
    cell.press_sequentially("# mine")
    with shortcuts_first(page) if early else nullcontext():
        for role in ("textbox", "slider"):
            area.get_by_role(role, name="learning rate", exact=True).press("ControlOrMeta+z")
    page.wait_for_timeout(300)
    assert "# mine" in cell.inner_text()


def test_a_box_shows_all_digits_of_its_number(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    rate, value = (area.get_by_role("textbox", name=name, exact=True) for name in ("learning rate", "value"))
    # As many digits as a rate of the slider has, and the value of a weight in hand.
    for box, number in ((rate, "0.0001"), (rate, "0.00063"), (value, "-9.875")):
        box.fill(number, timeout=SECONDS * 1000)
        box.press("Enter")
        assert box.input_value() == number and box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_one_weight_is_on_the_way_of_the_tab_key_and_the_arrow_keys_lead_to_the_others(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.get_by_role("button", name="Keep this run").focus(timeout=SECONDS * 1000)
    name = "document.activeElement.ariaLabel || document.activeElement.textContent"
    ways = ["Tab", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Enter", "Tab", "Shift+Tab"]
    seen = []
    for key in ways:
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        seen.append(page.evaluate(name))
    # xor has two inputs, so a single unit has two weights and a bias.
    assert seen == [*(f"weight {number}" for number in (1, 2, 3, 3, 2, 2)), "judge", "weight 2"]


def test_what_the_judge_answers_is_heard_and_of_a_program_where_it_stands(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    for press, heard in (("judge", "The gradient is right."), ("code", "the answer stands below the picture")):
        area.get_by_role("button", name=press, exact=True).click(timeout=SECONDS * 1000)
        area.get_by_role("status").filter(has_text=heard).wait_for(state="attached", timeout=SECONDS * 1000)


TWICE = """
from IPython.display import display
from nbhelpers import Bench, Playground
twice = Playground(Bench(data="xor", layers=[], epochs=5))
display(twice, twice)
"""


def test_a_weight_is_one_button_and_keeps_the_focus_beside_another_view_of_its_sliders(page):
    views = add_cell(page, TWICE).locator(".nbx")
    views.nth(1).wait_for(timeout=SECONDS * 1000)
    for view in (views.nth(0), views.nth(1)):
        # Two weights and a bias, which has a halo.
        names = [one.get_attribute("aria-label") for one in view.locator(".nbx-picture").get_by_role("button").all()]
        assert sorted(names) == ["weight 1", "weight 2", "weight 3"]
    for place, weight in ((0, 3), (1, 2)):
        views.nth(place).get_by_role("button", name=f"weight {weight}").press("Enter")
        for view in (views.nth(0), views.nth(1)):
            page.wait_for_function(
                "([view, words]) => view.querySelector('.nbh').getAttribute('aria-label').includes(words)",
                arg=[view.element_handle(), f"In hand: weight {weight},"], timeout=SECONDS * 1000,
            )
        assert views.nth(place).get_by_role("button", name=f"weight {weight}").evaluate(
            "mark => mark === document.activeElement"
        )


def test_a_move_in_another_view_of_the_same_sliders_ends_the_film(page):
    views = add_cell(page, TWICE.replace("epochs=5", "epochs=2000")).locator(".nbx")
    first, second = views.nth(0), views.nth(1)
    first.get_by_role("button", name="Play").click(timeout=SECONDS * 1000)
    first.get_by_role("button", name="Pause").wait_for()
    second.get_by_role("slider", name="learning rate").press("ArrowRight")
    # The film has 201 pictures and takes 10 seconds and more.
    first.get_by_role("button", name="Play").wait_for(timeout=6000)
    page.wait_for_timeout(1000)
    held = first.locator(".nbx-rest").inner_text()
    page.wait_for_timeout(1000)
    assert first.locator(".nbx-rest").inner_text() == second.locator(".nbx-rest").inner_text() == held


HEAVY = """
from time import sleep
from nbhelpers import SGD, Dense, Explorer, Network, panels, train

class Slow(panels.LossCurve):
    def moving(self, *given):
        sleep(0.7)
        super().moving(*given)

def run(seed):
    def downhill(theta, X, Y):
        sleep(0.01 if seed else 0.0)
        return theta
    network = Network(1, [Dense(1, "identity")]).initialize("normal", seed)
    return train(network, [[1.0]], [[0.0]], loss="ssr", optimizer=SGD(0.001), epochs=500, gradient=downhill)

Explorer(run, [Slow()], seed=(0, 0, 9))
"""


def test_a_long_training_with_a_heavy_picture_is_heard_once_and_then_its_end(page):
    area = add_cell(page, HEAVY).locator(".nbx")
    area.locator(".nbx-rest").filter(has_text="after 500 steps").wait_for(timeout=SECONDS * 1000)
    page.wait_for_timeout(1000)
    area.get_by_role("status").evaluate("""spoken => {
        window.heard = [];
        new MutationObserver(() => window.heard.push(spoken.textContent)).observe(spoken, {childList: true});
    }""")
    area.get_by_role("slider", name="seed").press("ArrowRight")
    area.locator(".nbx-rest").filter(has_text="so far").wait_for(timeout=SECONDS * 1000)
    area.locator(".nbx-rest").filter(has_text=re.compile("after 500 steps$")).wait_for(timeout=SECONDS * 1000)
    page.wait_for_timeout(1000)
    # The kernel may be busy with the picture, which is said too.
    heard = [sentence for sentence in page.evaluate("window.heard") if "busy" not in sentence]
    assert ["so far" in sentence for sentence in heard] == [True, False], heard


def test_a_weight_that_is_pressed_while_the_film_plays_is_taken_in_hand(page):
    film = "from nbhelpers import Bench, Playground\nPlayground(Bench(layers=[], epochs=2000))"
    area = add_cell(page, film).locator(".nbx")
    area.get_by_role("button", name="Play").click(timeout=SECONDS * 1000)
    before = area.locator(".nbx-picture svg").first.element_handle()
    page.wait_for_function("old => !old.isConnected", arg=before, timeout=SECONDS * 1000)
    # Where it is once the film plays: the first picture may move what stands below it.
    x, y = area.locator(".nbx-picture").evaluate("""picture => {
        const box = picture.querySelector('[aria-label="weight 1"]').getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    }""")
    page.mouse.move(x, y)
    before = area.locator(".nbx-picture svg").first.element_handle()
    page.mouse.down()
    # The next picture of the film is drawn while the button is down.
    page.wait_for_function("old => !old.isConnected", arg=before, timeout=SECONDS * 1000)
    page.mouse.up()
    page.wait_for_function("box => box.value === '1'", timeout=SECONDS * 1000,
                           arg=area.get_by_role("textbox", name="weight").element_handle())
    area.get_by_role("button", name="Play").wait_for()


def test_what_is_open_and_what_is_kept_is_seen_in_high_contrast(page):
    area = add_cell(page, PRESSES).locator(".nbx")
    area.get_by_role("button", name="Keep this run").click(timeout=SECONDS * 1000)
    area.locator("button[aria-pressed=true]").wait_for()
    page.emulate_media(forced_colors="active")
    try:
        on, off = area.locator("button").evaluate_all("""buttons => [true, false].map(on => buttons.filter(
            one => on === (one.ariaPressed === 'true' || one.ariaExpanded === 'true')).map(
                one => getComputedStyle(one).backgroundColor + getComputedStyle(one).color))""")
    finally:
        page.emulate_media(forced_colors="none")
    # The network's controls are open.
    assert len(on) == 2 and len({*on}) == 1 and not {*on} & {*off}


@pytest.mark.parametrize("notebook", OTHERS, ids=lambda path: path.stem)
def test_the_sliders_of_every_other_lesson_move_by_keyboard(page, notebook, whole):
    if not whole and notebook.stem not in SAMPLE:
        pytest.skip("the weekly run tries it, with --whole")
    open_notebook(page, f"notebooks/{notebook.name}")
    restart_and_run(page, through=None if whole else OTHERS[notebook])
    sliders = Sliders(page)
    sliders.area.wait_for()
    status, picture = sliders.status(), sliders.picture()
    assert sliders.area.locator(".nbx").bounding_box()["height"] <= 560
    assert findings(page, ".nbx") == []
    # What 1280 pixels are at 200 percent.
    page.set_viewport_size({"width": 640, "height": 360})
    page.wait_for_timeout(300)
    assert sliders.area.locator(".nbx").evaluate("box => box.scrollWidth <= box.clientWidth + 1")
    page.set_viewport_size({"width": 1280, "height": 720})
    sliders.slider("learning rate").press("ArrowLeft")
    sliders.wait_for_change(status, picture)
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]


def test_a_kernel_that_was_restarted_is_said(page):
    open_notebook(page, LESSON)
    restart_and_run(page, through="Explorer(")
    sliders = Sliders(page)
    sliders.area.get_by_role("button", name="Play").click()
    sliders.wait_for_status(r"after [1-9]\d* of 200 steps")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    sliders.area.locator(".nbx-advice", has_text="the kernel was restarted: run this cell again").wait_for()
    # Keys move nothing either, so that the controls stay where the picture has them.
    assert sliders.slider("learning rate").is_disabled() and sliders.box("seed").is_disabled()
    # Nor does the clock of the film stand at a picture that never came.
    assert f"after {sliders.slider('step').input_value()} " in sliders.status()


def test_a_kernel_that_another_window_restarted_is_said(page):
    open_notebook(page, LESSON)
    restart_and_run(page, through="Explorer(")
    Sliders(page).area.wait_for()
    with page.context.browser.new_page() as other:
        other.address = page.address
        open_notebook(other, LESSON)
        other.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        Sliders(page).area.locator(".nbx-advice", has_text="the kernel was restarted: run this cell again").wait_for()


def test_a_move_that_was_lost_with_the_connection_is_made_when_it_is_back(page):
    open_notebook(page, LESSON)
    restart_and_run(page, through="Explorer(")
    sliders = Sliders(page)
    sliders.area.wait_for()
    # As after a sleep of the computer, the page takes the connection for a good one until it breaks.
    page.evaluate("""() => {
        const {send} = WebSocket.prototype;
        WebSocket.prototype.send = function () { window.broken = this; };
        window.mend = () => { WebSocket.prototype.send = send; window.broken.close(4000); };
    }""")
    sliders.type("seed", "12")
    sliders.area.locator(".nbx-advice", has_text="the kernel is busy").wait_for()
    sliders.type("learning rate", "0.003")
    page.evaluate("() => window.mend()")
    page.wait_for_function("area => !area.querySelector('.nbx-advice').innerText", timeout=SECONDS * 1000,
                           arg=sliders.area.element_handle())
    page.wait_for_timeout(500)
    moved = sliders.status()
    assert sliders.box("seed").input_value() == "12" and sliders.box("learning rate").input_value() == "0.003"
    sliders.area.get_by_role("button", name="Reset").click()
    sliders.wait_for_status("^SSR 0.875 after 200 steps$")
    # The same moves, with the connection.
    sliders.type("seed", "12")
    sliders.type("learning rate", "0.003")
    sliders.wait_for_status(f"^{re.escape(moved)}$")
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]


@pytest.mark.parametrize("end", ["shutdown()", "changeKernel({name: 'python3'})"])
def test_a_kernel_that_is_gone_is_said_though_it_never_answers_the_last_move(page, end):
    open_notebook(page, LESSON)
    restart_and_run(page, through="Explorer(")
    sliders = Sliders(page)
    sliders.area.wait_for()
    rate = sliders.box("learning rate").input_value()
    make_busy(page)
    sliders.slider("learning rate").press("ArrowRight")
    sliders.area.locator(".nbx-advice", has_text="the kernel is busy").wait_for()
    page.evaluate(f"() => window.jupyterapp.shell.currentWidget.sessionContext.{end}")
    sliders.area.locator(".nbx-advice", has_text="no kernel answers any more: run this cell again").wait_for()
    assert sliders.slider("learning rate").is_disabled()
    # The picture is of the rate before the move.
    assert sliders.box("learning rate").input_value() == rate
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]
