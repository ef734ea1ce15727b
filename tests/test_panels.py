"""What holds for every panel: the same on both canvases, a modest ghost, and nothing kept about a run."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nbhelpers import SGD, Dense, Network, fibonacci, iris, mse, panels, split, ssr, train
from nbhelpers.pictures.plots import lay_out
from nbhelpers.published import and_net, autoencoder, feed_forward, or_net, single_neuron

from .canvas import drawn, drawn_as_svg, moving, same_on_both_canvases

X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = split(*iris())


# Two runs each, which differ where they can: in their data, their networks and the number of their records.
@cache
def neurons():
    X, Y = fibonacci()
    other = train(single_neuron.build(3), 2 * X[:4] - 9, 3 * Y[:4], loss=ssr, optimizer=SGD(0.001), epochs=9)
    return single_neuron.run(epochs=40), other


@cache
def autoencoders():
    return autoencoder.run(seed=1, hidden=3, epochs=200), autoencoder.run(seed=2, hidden=1, epochs=50)


@cache
def gates():
    first = train(and_net.build(0), *and_net.rows(0), loss=mse, optimizer=SGD(1e-3), epochs=20)
    return first, train(or_net.build(1, 8, True), *or_net.data(), loss=mse, optimizer=SGD(0.5), epochs=90)


@cache
def networks():
    deep = Network(1, [Dense(2, "tanh"), Dense(3, "tanh", bias=False), Dense(2, "identity")])
    X, Y = np.zeros((2, 1)), np.zeros((2, 2))
    return gates()[1], train(deep.initialize("normal", 0), X, Y, loss=mse, optimizer=SGD(0.001), epochs=2)


@cache
def flowers():
    X, Y = 3 * X_TRAIN[:60], Y_TRAIN[:60]
    other = train(feed_forward.build(1, (4, 2, 3)), X, Y, loss=mse, optimizer=SGD(0.1), epochs=9)
    return feed_forward.run(hidden=5, epochs=40), other


@cache
def tables():
    table = pd.DataFrame({"learning_rate": [0.1, 0.1, 0.5], "seed": [0, 1, 0], "loss": [0.2, 0.02, 0.001]})
    return table, table[:2].assign(loss=[5.0, np.nan])


# Every panel, and the runs that it is tried with.
PANELS = {
    "Angle": (panels.Angle, neurons),
    "Codes": (panels.Codes, autoencoders),
    "Columns": (lambda: panels.Columns("derivative"), tables),
    "Cube": (panels.Cube, autoencoders),
    "Derivatives": (lambda: panels.Derivatives([0, 1, 2], ["a", "b", "c"]), neurons),
    "Diagram": (panels.Diagram, networks),
    "FinalLosses": (lambda: panels.FinalLosses("MSE", limit=0.06), tables),
    "Fit": (panels.Fit, neurons),
    "HiddenWeights": (lambda: panels.HiddenWeights(2, "petal length"), flowers),
    "Landscape": (lambda: panels.Landscape(0, 1, "ab", (-1.5, 2), (-1.5, 1.5), columns=8, rows=6), neurons),
    "LearningCurves": (lambda: panels.LearningCurves(X_TEST, Y_TEST), flowers),
    "LogLossCurve": (lambda: panels.LogLossCurve(goal=1.0), autoencoders),
    "LossCurve": (panels.LossCurve, neurons),
    "LossCurves": (lambda: panels.LossCurves(dict(zip("ab", neurons()))), neurons),
    "Predictions": (panels.Predictions, gates),
    "Regions": (lambda: panels.Regions(2, 3, ["length", "width"], ["A", "B", "C"], columns=8, rows=6), flowers),
    "Square": (lambda: panels.Square(cells=8), gates),
}
every_panel = pytest.mark.parametrize("name", panels.__all__)

# These would hide the run that is shown, if they drew another one behind it.
WITHOUT_A_GHOST = {"Codes", "Columns", "Diagram", "FinalLosses", "Regions"}


def records(history):
    return [0, len(history) // 2, len(history) - 1]


@every_panel
def test_both_canvases_draw_the_same_shapes_in_the_same_places(name):
    make, runs = PANELS[name]
    for history in runs():
        panel = make()
        figure, (ax,) = lay_out([panel], history)
        for record in records(history):
            shapes = same_on_both_canvases(moving(panel, history, record), figure, ax)
            assert (shapes > 0) == (name not in ("Columns", "FinalLosses"))


@every_panel
def test_a_ghost_stands_pale_behind_the_rest_and_brings_no_surface(name):
    make, runs = PANELS[name]
    panel, history = make(), runs()[0]
    figure, (ax,) = lay_out([panel], history)
    (ghost,) = drawn_as_svg(moving(panel, history, -1), figure, ax, pale=True)
    assert ghost.tag == "g" and (len(ghost) > 0) == (name not in WITHOUT_A_GHOST)


def still_parts(panel, history):
    """The pixels of what `panel` draws on the axes of a figure."""
    figure = Figure(figsize=(4, 3), dpi=50)
    panel.still(figure.subplots(), history)
    screen = FigureCanvasAgg(figure)
    screen.draw()
    return np.asarray(screen.buffer_rgba()).copy()


def moving_parts(panel, history):
    return [vars(drawn(panel, history, record, pale)) for record in records(history) for pale in (False, True)]


def sentences(panel, history):
    return [panel.text(history, record) for record in records(history)]


CALLS = (still_parts, moving_parts, sentences)


@every_panel
def test_a_panel_that_two_runs_share_draws_each_as_if_it_were_alone(name):
    make, runs = PANELS[name]
    a, b = runs()
    alone = {}
    for history in (a, b):
        panel = make()
        alone |= {(call, id(history)): call(panel, history) for call in CALLS}
    shared = make()
    kept = dict(vars(shared))
    for call, history in [*product(CALLS[::-1], (a, b)), *product(CALLS, (b, a))]:
        np.testing.assert_equal(call(shared, history), alone[call, id(history)])
    assert vars(shared).keys() == kept.keys() and all(vars(shared)[key] is value for key, value in kept.items())
