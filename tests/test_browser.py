"""The lessons as a learner uses them: in the real JupyterLab, in a real Chromium, by keyboard.

Lesson 01 is tried in all its parts; of the others, the sliders that they begin with. `pytest --whole` runs those to
their ends too.
"""

import os
import re

import nbformat
import pytest

from .conftest import required
from .environment import PROJECT
from .lab import find_chromium, jupyterlab, open_notebook, restart_and_run

LESSON = "notebooks/01_single_neuron_ssr.ipynb"
OTHERS = sorted(path for path in (PROJECT / "notebooks").glob("0[02-9]*.ipynb") if "Explorer(" in path.read_text())

# How long a change may take on a busy machine; on a quiet one it is there within a tenth of a second.
SECONDS = 30

# What JupyterLab and ipywidgets say in the console when a kernel restarts, and of files that they look for in vain.
NOT_OURS = re.compile("Canceled future|debugger state|Failed to load resource|Comm not found", re.IGNORECASE)


@pytest.fixture(scope="module")
def page():
    """Lesson 01, its kernel restarted and all cells run."""
    required("playwright", "playwright is not installed: pip install -e '.[test]'")
    if find_chromium() is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("there is no Chromium: install chromium, or run `playwright install chromium`")
    with jupyterlab(PROJECT) as page:
        open_notebook(page, LESSON)
        restart_and_run(page)
        page.locator(".noUi-handle").first.wait_for()
        yield page


class Sliders:
    """An explorer, the first one of the page or the one in the output of code cell `cell`."""

    def __init__(self, page, cell=None):
        self.page = page
        self.area = page.locator(".jp-OutputArea-child", has=page.get_by_role("spinbutton", name="learning rate"))
        if cell is not None:
            self.area = self.area.filter(has_text=f"[{cell}]:")
        self.area = self.area.first

    def box(self, name):
        return self.area.get_by_role("spinbutton", name=name)

    def slider(self, name):
        """The handle beside the box `name`; ipywidgets gives it no name of its own."""
        row = self.area.locator(".widget-hbox").filter(has=self.page.get_by_role("spinbutton", name=name)).last
        return row.get_by_role("slider")

    def status(self):
        return self.area.get_by_role("alert").inner_text()

    def picture(self):
        return self.area.locator("svg[role=img]").evaluate("picture => picture.outerHTML")

    def type(self, name, text):
        self.box(name).fill(text)
        self.box(name).press("Enter")

    def wait_for_status(self, pattern):
        self.area.get_by_role("alert").filter(has_text=re.compile(pattern)).wait_for(timeout=SECONDS * 1000)
        return self.status()

    def wait_for_change(self, status, picture):
        self.page.wait_for_function(
            "([area, status, picture]) => area.querySelector('[role=alert]').innerText !== status"
            " && area.querySelector('svg[role=img]').outerHTML !== picture",
            arg=[self.area.element_handle(), status, picture], timeout=SECONDS * 1000,
        )


@pytest.fixture
def first(page):
    """The explorer that opens the lesson, with its settings as they were at the start."""
    sliders = Sliders(page)
    sliders.type("learning rate", "0.01")
    sliders.type("seed", "11")
    sliders.area.get_by_role("radio", name="published").check()
    sliders.slider("record").press("End")
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


def test_the_gradient_can_be_switched_by_keyboard(first):
    first.area.get_by_role("radio", name="corrected").press("Space")
    assert first.wait_for_status("SSR 1.02 after 200 steps")


def test_a_number_typed_into_the_box_is_the_one_that_is_used(first):
    first.type("learning rate", "0.003")
    assert first.wait_for_status("SSR 2.19 after 200 steps")
    # The page must not round the number to a step of the slider.
    first.page.wait_for_timeout(500)
    assert float(first.box("learning rate").input_value()) == 0.003


def test_the_scrubber_goes_back_in_the_training(first):
    first.slider("record").press("Home")
    assert first.wait_for_status("^SSR 39.5 after 0 of 200 steps$")
    first.slider("record").press("End")
    assert first.wait_for_status("^SSR 0.875 after 200 steps$")


def test_play_runs_through_the_records_and_pause_holds(first):
    first.area.get_by_role("button", name="Play").press("Enter")
    first.wait_for_status(r"after [1-9]\d* of 200 steps")
    first.area.get_by_role("button", name="Pause").press("Enter")
    first.area.get_by_role("button", name="Play").wait_for()
    first.page.wait_for_timeout(300)
    held = first.status()
    first.page.wait_for_timeout(500)
    assert first.status() == held and "of 200 steps" in held


def test_divergence_is_a_sentence_in_the_status_line(page):
    cells = nbformat.read(PROJECT / LESSON, as_version=4).cells
    (number,) = [cell.execution_count for cell in cells if "straight = Explorer(" in cell.source]
    straight = Sliders(page, cell=number)
    straight.type("learning rate", "0.05")
    assert straight.wait_for_status(r"SSR diverged at step \d+: try a smaller learning rate")
    straight.type("learning rate", "0.005")
    assert straight.wait_for_status("SSR 1.37 after 1000 steps")


def test_the_picture_has_its_sentences_as_its_name(first):
    sentences = "SSR 0.875 after 200 steps. The prediction misses the data by at most 0.552"
    first.area.get_by_role("img", name=sentences).wait_for(timeout=SECONDS * 1000)


def test_every_picture_of_the_lesson_is_shown_and_has_a_text(page):
    pictures = page.locator(".jp-Notebook img").evaluate_all(
        "all => all.map(picture => [picture.alt, picture.naturalWidth, picture.src.slice(0, 60)])"
    )
    assert pictures and all(alt and width for alt, width, source in pictures), pictures


def test_the_console_has_no_errors_of_ours(page):
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]


@pytest.mark.parametrize("notebook", OTHERS, ids=lambda path: path.stem)
def test_the_sliders_of_every_other_lesson_move_by_keyboard(page, notebook, pytestconfig):
    open_notebook(page, f"notebooks/{notebook.name}")
    restart_and_run(page, through=None if pytestconfig.option.whole else "Explorer(")
    sliders = Sliders(page)
    sliders.area.wait_for()
    status, picture = sliders.status(), sliders.picture()
    sliders.slider("learning rate").press("ArrowLeft")
    sliders.wait_for_change(status, picture)
    assert not [problem for problem in page.problems if not NOT_OURS.search(problem)]
