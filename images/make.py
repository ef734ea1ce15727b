"""Makes every picture that the notebooks and the README show: `python images/make.py`.

The screenshots need Chromium, like the browser test.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def film_of_lesson_01():
    from nbhelpers import panels, plots
    from nbhelpers.published import single_neuron

    names = ("input weight", "bias", "output weight")
    five = [panels.Fit(), panels.LossCurve(), *(panels.Derivatives([i], [name]) for i, name in enumerate(names))]
    history = single_neuron.run()
    plots.film(five, history, HERE / "01_single_neuron.gif", arrangement="AAAA;BCDE", size=(12, 5.5))


def screenshot_of_lesson_01():
    from tests.lab import jupyterlab, open_notebook, restart_and_run

    with jupyterlab(HERE.parent / "notebooks", width=1400, height=1000) as page:
        open_notebook(page, "01_single_neuron_ssr.ipynb")
        restart_and_run(page)
        page.keyboard.press("Control+b")
        explorer = page.locator(".jp-OutputArea-child", has=page.get_by_role("spinbutton", name="learning rate")).first
        explorer.evaluate("element => element.scrollIntoView()")
        page.wait_for_timeout(1000)
        page.screenshot(path=HERE / "lesson_01.png")


if __name__ == "__main__":
    film_of_lesson_01()
    screenshot_of_lesson_01()
