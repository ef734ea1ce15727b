"""Notebooks as learners save, open and copy them, in the real JupyterLab."""

import json

import nbformat
import pytest

from .lab import jupyterlab, open_notebook
from .test_browser import SECONDS, Sliders, browser_here

SOURCE = """
from nbhelpers import Explorer, panels
from nbhelpers.published import single_neuron
Explorer(single_neuron.run, [panels.Fit(), panels.LossCurve()], learning_rate=(0.001, 0.01, 1.0))
"""
STATES = "application/vnd.jupyter.widget-state+json"


@pytest.fixture
def lesson(tmp_path, whole):
    """A page on a notebook of one cell, which has been run, and the path of its file."""
    if not whole:
        pytest.skip("the weekly run tries it, with --whole")
    browser_here()
    path = tmp_path / "lesson.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)], metadata=kernel), path)
    with jupyterlab(tmp_path, width=1280, height=720) as page:
        open_notebook(page, path.name)
        run_cell(page, 0)
        page.locator(".nbx").wait_for(timeout=SECONDS * 1000)
        yield page, path


def run_cell(page, place):
    page.evaluate("""async place => {
        const {content} = window.jupyterapp.shell.currentWidget;
        content.deselectAll();
        content.activeCellIndex = place;
        await window.jupyterapp.commands.execute('notebook:run-cell');
    }""", place)


def saved_sliders(page, path):
    """The names of the sliders that are saved in the file, once the page has saved it."""
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    return list(json.loads(path.read_text(encoding="utf-8"))["metadata"]["widgets"][STATES]["state"])


def test_sliders_show_what_they_showed_when_their_notebook_is_opened_again(lesson):
    page, path = lesson
    sliders = Sliders(page)
    sliders.type("learning rate", "0.005")
    status = sliders.wait_for_status("^SSR 1[.].* after 200 steps")
    picture, names = sliders.picture(), saved_sliders(page, path)
    assert len(names) == 1
    # A second time, because what is saved of sliders without a kernel has to be saved again.
    for _ in range(2):
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        open_notebook(page, path.name)
        sliders.area.locator(".nbx-advice", has_text="as it was saved: run this cell").wait_for(timeout=SECONDS * 1000)
        assert sliders.box("learning rate").input_value() == "0.005"
        assert sliders.status() == status and sliders.picture() == picture
        assert saved_sliders(page, path) == names
    run_cell(page, 0)
    sliders.wait_for_status("^SSR 0.875 after 200 steps$")
    (name,) = saved_sliders(page, path)
    assert name not in names
    # The kernel has them still, so they go on.
    open_notebook(page, path.name)
    sliders.wait_for_status("^SSR 0.875 after 200 steps$")
    sliders.type("learning rate", "0.005")
    assert sliders.wait_for_status("^SSR 1[.].* after 200 steps") == status


def test_a_page_that_does_not_trust_the_notebook_says_why_its_picture_has_only_words(lesson):
    page, path = lesson
    saved_sliders(page, path)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    # JupyterLab trusts what it has saved itself, and no text that differs from it.
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "  # from elsewhere"
    nbformat.write(notebook, path)
    open_notebook(page, path.name)
    output = page.locator(".jp-Notebook .jp-OutputArea-output")
    # Where it was run the page cannot know: after jupyter-collaboration has saved it here, it is not trusted either.
    why = output.get_by_text("The page does not trust this notebook: of its picture it shows the words alone. Trust")
    # What the saved sliders bring into the page may come after the outputs.
    page.wait_for_function("[...document.querySelectorAll('style')].some(one => /[.]nbx-/.test(one.textContent))",
                           timeout=SECONDS * 1000)
    why.wait_for(timeout=SECONDS * 1000)
    assert output.locator("svg").count() == 0
    # What the command palette runs asks first.
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:trust'); }")
    page.locator(".jp-Dialog button.jp-mod-accept").click(timeout=SECONDS * 1000)
    output.locator("svg.nbh-axes").first.wait_for(timeout=SECONDS * 1000)
    assert not why.is_visible()


def test_the_copy_of_a_cell_keeps_its_picture_when_the_cell_is_run_again(lesson):
    page, _ = lesson
    for command in ("copy-cell", "paste-cell-below"):
        page.evaluate("name => window.jupyterapp.commands.execute(name)", f"notebook:{command}")
    page.locator(".nbx").nth(1).wait_for(timeout=SECONDS * 1000)
    run_cell(page, 0)
    copy = page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".jp-OutputArea")
    copy.get_by_text("Run this cell, and the sliders come alive.").wait_for(timeout=SECONDS * 1000)
    assert copy.locator("svg.nbh-axes").first.bounding_box()["height"] > 100
    assert not copy.get_by_text("does not trust").is_visible()
    assert page.locator(".nbx").count() == 1
    run_cell(page, 1)
    copy.locator(".nbx").wait_for(timeout=SECONDS * 1000)
    assert page.locator(".nbx").count() == 2
