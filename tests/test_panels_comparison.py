"""Several runs in one picture: their losses as curves, or those at the end of a sweep as markers."""

import numpy as np
import pandas as pd
import pytest

from nbhelpers import SGD, mse, plots, sweep, train
from nbhelpers.pictures.panels import Columns, FinalLosses, LossCurves
from nbhelpers.pictures.plots import lay_out
from nbhelpers.published import and_net, or_net

from .canvas import drawn

RESULTS = pd.DataFrame({
    "learning_rate": [0.1, 0.1, 0.1, 0.5, 0.5, 0.5],
    "seed": [0, 1, 2, 0, 1, 2],
    "loss": [0.2, 0.02, 0.05, 0.001, 0.002, np.nan],
})


def test_every_run_has_a_marker_at_its_seed_and_its_loss():
    _, (ax,) = lay_out([FinalLosses("MSE", limit=0.06)], RESULTS)
    limit, first, second = ax.lines
    assert first.get_xdata().tolist() == [0, 1, 2] and first.get_ydata().tolist() == [0.2, 0.02, 0.05]
    assert second.get_xdata().tolist() == [0, 1] and second.get_ydata().tolist() == [0.001, 0.002]
    assert first.get_color() != second.get_color() and first.get_marker() != second.get_marker()
    assert list(limit.get_ydata()) == [0.06, 0.06] and ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["learning rate 0.1", "learning rate 0.5"]


def test_the_axis_of_several_runs_goes_from_the_start_to_the_end_of_the_longest():
    runs = {"short": or_net.run(epochs=10), "long": or_net.run(epochs=100)}
    assert LossCurves(runs).still(runs["short"]).xlim == (-2, 102)


def test_the_sentence_counts_the_runs_below_the_limit_and_those_that_diverged_not():
    text = FinalLosses("MSE", limit=0.06).text(RESULTS, 0)
    assert text == (
        "At learning rate 0.1 the final MSE is 0.02 to 0.2, and below 0.06 for 2 of 3 seeds. "
        "At learning rate 0.5 the final MSE is 0.001 to 0.002, and below 0.06 for 2 of 3 seeds; it is infinite or "
        "missing for 1."
    )
    lost = RESULTS.assign(loss=[np.inf, np.nan, np.inf, 0.1, np.inf, 0.3])
    assert FinalLosses("MSE", limit=0.2).text(lost, 0) == (
        "At learning rate 0.1 the final MSE is infinite or missing for all of 3 seeds. "
        "At learning rate 0.5 the final MSE is 0.1 to 0.3, and below 0.2 for 1 of 3 seeds; it is infinite or missing "
        "for 1."
    )


@pytest.mark.parametrize("kind", [object, "Float64"])
def test_losses_of_the_other_kinds_of_pandas_are_drawn_and_told_as_floats_are(kind):
    lost = RESULTS.assign(loss=RESULTS["loss"].mask(RESULTS["seed"] == RESULTS["seed"].min()))
    other, panel = lost.astype({"loss": kind}), FinalLosses("MSE", limit=0.06)
    assert panel.text(other, 0) == panel.text(lost, 0)
    assert panel.still(other) == panel.still(lost)


def test_a_table_from_sweep_can_be_drawn():
    X, Y = or_net.data()
    results = sweep(or_net.build, X, Y, loss="mse", learning_rates=[0.1, 1.0], seeds=range(3), epochs=100)
    picture = plots.draw([FinalLosses("MSE", limit=1 / 16)], results)
    expected = [
        train(or_net.build(seed), X, Y, loss="mse", optimizer=SGD(1.0), epochs=100).loss[-1] for seed in range(3)
    ]
    assert f"At learning rate 1 the final MSE is {min(expected):.3g} to {max(expected):.3g}" in picture.text
    assert picture.png().startswith(b"\x89PNG")


def test_a_kind_of_marker_for_every_learning_rate_or_a_word():
    many = pd.DataFrame({"learning_rate": np.arange(1, 6) / 10, "seed": 0, "loss": 0.1})
    with pytest.raises(ValueError, match="^results must have 1 to 4 learning rates, .* got 5"):
        lay_out([FinalLosses("MSE", limit=0.06)], many)


def test_the_columns_of_a_table_are_lines_over_its_index_and_their_ends_are_said():
    table = pd.DataFrame({"a": [0.1, 0.01], "b": [2.0, 3e-8]}, index=pd.Index([1, 8], name="depth"))
    _, (ax,) = lay_out([Columns("slope")], table)
    assert [list(line.get_xdata()) for line in ax.lines] == [[1, 8]] * 4
    # The lines, and then the markers on them.
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.1, 0.01], [2.0, 3e-8]] * 2
    lines, markers = ax.lines[:2], ax.lines[2:]
    assert len({line.get_linestyle() for line in lines}) == len({line.get_marker() for line in markers}) == 2
    assert (ax.get_yscale(), ax.get_xlabel(), ax.get_title(loc="left")) == ("log", "depth", "slope")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "8"]
    text = Columns("slope").text(table, 0)
    assert text == "The slope at depth 1 and 8: 1.0e-01 and 1.0e-02 (a), 2.0e+00 and 3.0e-08 (b)."
    three = pd.DataFrame({"a": [0.1, 0.01, 3.0]}, index=pd.Index([1, 8, 9], name="depth"))
    assert Columns("slope").text(three, 0) == "The slope at depth 1 and 9: 1.0e-01 and 3.0e+00 (a)."
    three.index.name = None
    assert Columns("slope").text(three, 0) == "The slope at 1 and 9: 1.0e-01 and 3.0e+00 (a)."
    assert len(Columns("slope").still(three).legend) == 1
    with pytest.raises(ValueError, match="^the table must have 1 to 4 columns, .* got 5"):
        lay_out([Columns("slope")], pd.DataFrame(np.ones((2, 5))))


@pytest.fixture(scope="module")
def history():
    return train(and_net.build(0), *and_net.rows(0), loss=mse, optimizer=SGD(1e-3), epochs=20)


def test_the_losses_of_several_runs_are_drawn_each_over_its_own_steps(history):
    short = train(and_net.build(1), *and_net.rows(1), loss=mse, optimizer=SGD(1e-3), epochs=3)
    panel = LossCurves({"long": history, "short": short})
    canvas = drawn(panel, history, -1)
    assert np.array_equal(canvas.lines[0][1], history.loss) and np.array_equal(canvas.lines[1][1], short.loss)
    assert [x.item() for x, *_ in canvas.markers] == [20, 3]
    assert panel.text(history, 20) == (
        f"The MSE is {history.loss[20]:.3g} at step 20 (long), {short.loss[3]:.3g} at step 3 (short)."
    )


def test_the_limits_hold_all_losses_or_are_those_that_are_given(history):
    _, (ax,) = lay_out([LossCurves({"one": history})], history)
    low, high = ax.get_ylim()
    assert low < history.loss.min() and high > history.loss.max()
    _, (ax,) = lay_out([LossCurves({"one": history}, ylim=(0.1, 1e6))], history)
    assert ax.get_ylim() == (0.1, 1e6)


@pytest.mark.parametrize("number", [0, 5])
def test_more_runs_than_kinds_of_lines_and_none_are_refused(number, history):
    with pytest.raises(ValueError, match=f"^histories must hold 1 to 4 runs, got {number}"):
        LossCurves({str(i): history for i in range(number)})
