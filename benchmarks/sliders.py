"""What a learner feels: from key press to changed picture and status line, in the real JupyterLab and Chromium.

    python benchmarks/sliders.py            the rival, three explorers and the scrubber, all taking turns
    python benchmarks/sliders.py lessons    the first explorer of every lesson, one after the other
    python benchmarks/sliders.py lessons ../other    those of another checkout, with the server of this one

It needs Chromium and the test extra. The rival draws the picture of lesson 01 with `interactive_output` and
`plt.show()`, and trains nothing. A move is one press of an arrow key.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.lab import jupyterlab, open_notebook, restart_and_run  # noqa: E402

MOVES, ROUNDS = 10, 3
# So many milliseconds without a change are the end of a move.
REST = 400

LESSON_01 = """
from nbhelpers import SGD, Explorer, fibonacci, panels, ssr, train
from nbhelpers.published import single_neuron

X, Y = fibonacci()
names = ["input weight", "bias", "output weight"]
views = [panels.Fit(), panels.LossCurve(ylim=(0.3, 300)), panels.Derivatives([0, 1, 2], names, ylim=(-40, 40)),
         panels.Landscape(0, 1, names[:2], xlim=(-1.6, 2.2), ylim=(-2, 2))]

def run(learning_rate):
    return train(single_neuron.build(11), X, Y, loss=ssr, optimizer=SGD(learning_rate), epochs=200, record=201)
"""

CELLS = {
    "rival": """
import matplotlib.pyplot as plt
from ipywidgets import FloatLogSlider, VBox, interactive_output
from nbhelpers.pictures.axes import AxesCanvas, stand
history = run(0.01)

def redraw(learning_rate):
    figure, axes = plt.subplots(2, 2, figsize=(10, 5), layout="constrained")
    for panel, ax in zip(views, axes.flat):
        still = panel.still(history)
        stand(still, ax)
        panel.moving(AxesCanvas(ax, still), history, len(history) - 1)
    figure.suptitle(f"learning rate {learning_rate:.3g}")
    plt.show()
    print(f"SSR {history.loss[-1]:.3g} at {learning_rate:.3g}")

slider = FloatLogSlider(0.01, min=-4, max=0, step=0.05)
VBox([slider, interactive_output(redraw, {"learning_rate": slider})])
""",
    "lesson 01": "Explorer(run, views, learning_rate=(0.0001, 0.01, 1.0))",
    "autoencoder": """
from nbhelpers import Dense, Network, one_hot
eight = one_hot(8)

def run_autoencoder(learning_rate):
    network = Network(8, [Dense(3, "sigmoid"), Dense(8, "sigmoid")]).initialize("uniform", 0)
    settings = {"epochs": 200_000, "batch_size": 1, "stop_below": 0.002}
    return train(network, *eight, loss=ssr, optimizer=SGD(learning_rate), **settings)

Explorer(run_autoencoder, [panels.LossCurve()], learning_rate=(0.1, 0.5, 5.0))
""",
    # Its first slider is the learning rate.
    "bench": """
from nbhelpers import Playground
Playground()
""",
}

# Press the key, then wait until both the picture and the words are new and on the screen.
MEASURE = """async ([area, index, key]) => {
    const handle = area.querySelectorAll('.nbx input[type=range], [role=slider]')[index];
    const picture = () => (area.querySelector('.nbx-picture')?.innerHTML || area.querySelector('img')?.src || '');
    const words = () => (area.querySelector('.nbx-status') || area.querySelector('pre'))?.innerText || '';
    // What the press before has set going is to be over: the picture of its end has stood for a while.
    let last = '', still = performance.now();
    while (performance.now() - still < REST) {
        if (picture() !== last) [last, still] = [picture(), performance.now()];
        await new Promise(requestAnimationFrame);
    }
    const before = [picture(), words()], begun = performance.now();
    if (handle.type === 'range') {
        // What a key does to a native slider; a page cannot press one itself.
        handle.value = handle.valueAsNumber + (key === 'ArrowLeft' ? -1 : 1);
        handle.dispatchEvent(new Event('input', {bubbles: true}));
    } else handle.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    while (!picture() || !words() || picture() === before[0] || words() === before[1]) {
        if (performance.now() - begun > 20000) throw new Error(`nothing has changed after: ${before[1]}`);
        await new Promise(requestAnimationFrame);
    }
    return performance.now() - begun;
}""".replace("REST", str(REST))


def lessons(project):
    """The first explorer of every lesson of the course in the folder `project`, its learning rate moved."""
    times = {}
    with jupyterlab(project, width=1300, height=2600) as page:
        for path in sorted((project / "notebooks").glob("*.ipynb")):
            sources = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
            shown = next((source for source in sources if "Explorer(" in source or "Playground()" in source), None)
            if shown is None:
                continue
            open_notebook(page, f"notebooks/{path.name}")
            restart_and_run(page, through=shown)
            area = page.locator(".jp-CodeCell .jp-OutputArea-output:has([role=slider], .nbx)").first
            area.wait_for()
            page.wait_for_timeout(2000)
            rates = [slider.get_attribute("aria-label") for slider in area.locator("input[type=range]").all()]
            place = rates.index("learning rate") if "learning rate" in rates else 0
            times[path.stem] = [
                page.evaluate(MEASURE, [area.element_handle(), place, key])
                for key in ("ArrowLeft", "ArrowRight") * (ROUNDS * MOVES // 2)
            ]
    for name, values in times.items():
        print(f"{name:22}{statistics.median(values):10.0f}{statistics.quantiles(values, n=20)[-1]:10.0f}")


def main():
    times = {name: [] for name in (*CELLS, "scrubbing lesson 01")}
    with tempfile.TemporaryDirectory() as folder:
        cells = [nbformat.v4.new_code_cell(source.strip()) for source in (LESSON_01, *CELLS.values())]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), Path(folder) / "sliders.ipynb")
        with jupyterlab(folder, width=1300, height=2600) as page:
            open_notebook(page, "sliders.ipynb")
            restart_and_run(page)
            page.locator(".nbx").nth(len(CELLS) - 2).wait_for()
            page.wait_for_timeout(2000)
            outputs = page.locator(".jp-CodeCell .jp-OutputArea-output:has([role=slider], .nbx)")
            areas = {name: outputs.nth(i).element_handle() for i, name in enumerate(CELLS)}
            for turn in range(ROUNDS):
                key = ("ArrowLeft", "ArrowRight")[turn % 2]
                for name in times:
                    # The second slider of an explorer with one control is the scrubber.
                    scrub = name.startswith("scrubbing")
                    area = areas["lesson 01" if scrub else name]
                    pressed = key if not scrub else "ArrowLeft"
                    times[name] += [page.evaluate(MEASURE, [area, int(scrub), pressed]) for _ in range(MOVES)]
    report(times)


def report(times):
    rival = statistics.median(times["rival"])
    print(f"{'':22}{'median ms':>10}{'95 % ms':>10}{'rival / it':>12}")
    for name, values in times.items():
        median, high = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(f"{name:22}{median:10.0f}{high:10.0f}{rival / median:12.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["lessons"]:
        project = Path(*sys.argv[2:3] or [Path(__file__).parents[1]]).resolve()
        if len(sys.argv) > 3 or not (project / "notebooks").is_dir():
            sys.exit(f"{project} has no folder notebooks.\n{__doc__}")
        lessons(project)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        main()
