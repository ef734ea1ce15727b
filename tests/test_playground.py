"""The explorer of the bench: its controls stand for a bench, and a move changes what was moved and nothing else."""

import asyncio

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from nbhelpers import Bench, Playground
from nbhelpers.bench import Table
from nbhelpers.bench.positions import CONTROLS, FAULTS, GROUPS, moved, positions
from nbhelpers.bench.runs import Run
from nbhelpers.faults import CATALOGUE
from nbhelpers.watching import watching

from .test_bench import benches
from .test_explorer import in_a_loop

LEFT_OUT = "slope: the slope of the activation is left out"


@pytest.fixture
def playground():
    explorer = Playground(Bench(epochs=40))
    yield explorer
    explorer.close()


def ask(explorer, **question):
    """Ask as the page does."""
    number = max(explorer.shown["answers"].values(), default=0) + 1
    explorer._asked(None, {"view": "page", "id": number, **question}, None)


def test_the_playground_starts_with_the_bench_that_it_is_given_and_says_so_in_all_controls(playground):
    assert playground.bench == Bench(epochs=40) and playground.status.startswith("MSE ")
    assert playground.settings["data"] == "spiral" and playground.settings["epochs"] == 40
    assert playground.settings["layer_1"] == playground.settings["layer_2"] == 8
    assert playground.settings["layer_3"] == playground.settings["layer_4"] == 0
    assert {name for names in GROUPS.values() for name in names} < CONTROLS.keys() == playground.controls.keys()


def test_another_bench_is_put_on_it_and_not_assigned(playground):
    with pytest.raises(AttributeError, match=r"^'bench' of Playground cannot be set: write put\(...\)$"):
        playground.bench = Bench()


def test_every_fault_of_the_catalogue_is_an_entry_of_the_choice():
    assert set(FAULTS.values()) - {("", "")} == {(entry.term, entry.phrase) for entry in CATALOGUE}
    assert not [label for label in FAULTS if "{" in label]


@settings(deadline=None, max_examples=60)
@given(benches())
def test_the_controls_of_any_bench_have_a_place_and_moving_none_of_them_changes_nothing(bench):
    there = positions(bench)
    assert there.keys() <= CONTROLS.keys()
    table = bench.data if isinstance(bench.data, Table) else None
    now = {name: value[1] if isinstance(value, tuple) else value[0] for name, value in CONTROLS.items()} | there
    assert moved(bench, now, {}, table) == bench
    # One move changes one setting.
    assert moved(bench, now, {"seed": 7}, table) == bench.but(seed=7)
    assert moved(bench, now, {"weight_decay": 0.1}, table) == bench.but(weight_decay=0.1)


def test_a_choice_stands_at_the_entry_that_is_nearest():
    there = positions(Bench(weight_decay=0.0025, batch_size=20))
    assert (there["weight_decay"], there["batch_size"]) == (3e-3, 10)
    assert positions(Bench(weight_decay=0.05))["weight_decay"] == 1e-2


@pytest.mark.parametrize("share", [0.05, 0.07, 0.6, 0.95])
def test_a_share_stands_at_its_percent(share):
    there = positions(Bench(noise=share, test_share=share))
    assert there["noise_percent"] == there["test_percent"] == round(100 * share)


def test_the_fault_stands_in_its_layer_and_the_data_of_the_plane_come_first():
    fault = (2, "slope", "the slope of {activation} is left out")
    assert positions(Bench(fault=fault))["fault_layer"] == 2
    assert CONTROLS["data"][:4] == ["spiral", "circles", "moons", "xor"]


def test_a_weight_that_is_there_no_more_is_in_hand_no_more(playground):
    playground.set(weight=playground.history.theta.shape[1])
    playground.set(layer_1=1, layer_2=0)
    assert playground.settings["weight"] == playground.history.theta.shape[1] == 5


def test_the_program_of_what_is_shown_takes_no_second_training(playground, monkeypatch):
    program = playground.bench.code()
    monkeypatch.setattr(Bench, "run", None)
    ask(playground, action="code")
    assert program in playground.shown["note"]
    with pytest.raises(TypeError, match="^run must be the Run of this bench or None, got 3"):
        playground.bench.code(3)


@pytest.mark.parametrize("weight", [1, 2])
def test_a_weight_that_is_taken_in_hand_shows_its_value(playground, weight):
    playground.set(weight=weight)
    there = playground.history.theta[playground.record, weight - 1]
    assert playground.history.in_hand == weight - 1 and playground.settings["value"] == pytest.approx(there, abs=5e-4)
    assert playground.settings["value"] == round(playground.settings["value"], 3)


def test_another_bench_is_shown_at_its_end(playground):
    playground.show(3)
    playground.put(Bench(epochs=30))
    assert playground.record == len(playground.history) - 1


def test_moves_change_the_bench_and_the_rest_stays(playground):
    fine = Bench(epochs=40, noise=0.123, weight_decay=0.0007, batch_size=17)
    playground.put(fine)
    ask(playground, values={"seed": 5})
    assert playground.bench == fine.but(seed=5)
    ask(playground, values={"layer_2": 0})
    assert playground.bench.layers == ((8, "tanh"),)
    ask(playground, values={"layer_4": 3})
    assert playground.bench.layers == ((8, "tanh"), (3, "tanh"))
    ask(playground, values={"batch_size": 0, "noise_percent": 20})
    assert playground.bench.batch_size is None and playground.bench.noise == 0.2


def test_what_does_not_fit_any_more_gives_way_and_the_controls_of_the_page_follow(playground):
    playground.set(loss="softmax_cross_entropy", fault=LEFT_OUT, fault_layer=2)
    assert playground.bench.fault == (2, "slope", "the slope of {activation} is left out")
    place = list(CONTROLS["data"]).index("line")
    ask(playground, values={"data": place})
    assert playground.bench.loss == playground.settings["loss"] == "mse"
    assert playground.values["loss"] == 0
    # The fault moves to the layer that is left.
    ask(playground, values={"layer_1": 0, "layer_2": 1})
    playground.set(layer_2=0, layer_1=4)
    assert playground.bench.fault is None or playground.bench.fault[0] <= 2


def test_what_cannot_be_is_said_and_the_control_goes_back(playground):
    playground.set(data="line")
    place = CONTROLS["loss"].index("softmax_cross_entropy")
    with pytest.raises(ValueError, match="^loss must be one of mse, ssr, half_ssr where the targets are numbers"):
        ask(playground, values={"loss": place})
    assert playground.bench.loss == "mse" and playground.values["loss"] == 0
    assert "loss must be one of mse" in playground.status
    with pytest.raises(ValueError, match="^no layer of this network has such a fault"):
        playground.set(fault="slope: the factor a is missing from a (1 - a), the slope of sigmoid")


def test_a_weight_in_hand_is_read_moved_at_the_step_that_is_shown_and_followed_by_the_picture(playground):
    playground.show(10)
    before = playground.history.theta.copy()
    ask(playground, values={"weight": 4})
    assert playground.record == 10 and playground.settings["value"] == pytest.approx(before[10, 3], abs=5e-4)
    picture = playground.shown["picture"]
    ask(playground, values={"value": 2.5})
    assert playground.bench.edits == ((10, 3, 2.5),) and playground.record == 10
    assert playground.history.theta[10, 3] == 2.5 and playground.shown["picture"] != picture
    assert "In hand: weight 4, from input 1 to unit 4 of layer 1, 2.5." in playground.text
    # The same place once more is the same edit, and another step another one.
    ask(playground, values={"value": -1.0})
    assert playground.bench.edits == ((10, 3, -1.0),)
    ask(playground, record=20)
    assert playground.settings["value"] == pytest.approx(playground.history.theta[20, 3], abs=5e-4)
    ask(playground, values={"value": 0.5})
    assert playground.bench.edits == ((10, 3, -1.0), (20, 3, 0.5))
    ask(playground, action="undo edits")
    assert playground.bench.edits == () and np.array_equal(playground.history.theta, before)


def test_the_layers_and_shares_of_the_page_are_those_of_the_bench():
    assert [name for name in CONTROLS if name.startswith("layer_")] == ["layer_1", "layer_2", "layer_3", "layer_4"]
    assert [name for name in CONTROLS if name.startswith("activation_")] == [f"activation_{k}" for k in (1, 2, 3, 4)]
    bench = Bench()
    now = {name: value[1] if isinstance(value, tuple) else value[0] for name, value in CONTROLS.items()}
    assert moved(bench, now | positions(bench), {"test_percent": 50}, None) == bench.but(test_share=0.5)


def test_a_weight_and_its_value_that_are_moved_at_once_leave_the_picture_where_it_was(playground):
    ask(playground, record=20)
    ask(playground, values={"weight": 3, "value": 0.5})
    assert playground.bench.edits == ((20, 2, 0.5),) and playground.record == 20


def test_a_value_that_is_moved_together_with_the_end_stands_at_the_new_end(playground):
    playground.put(Bench(epochs=40))
    playground.set(weight=3)
    ask(playground, values={"epochs": 12, "value": 0.5})
    assert playground.bench.epochs == 12 and playground.bench.edits == ((12, 2, 0.5),)
    assert playground.history.theta[-1, 2] == 0.5


def test_a_value_without_a_weight_in_hand_changes_nothing(playground):
    ask(playground, values={"value": 2.5})
    assert playground.bench.edits == ()


def test_edits_stay_while_other_knobs_move_and_go_with_the_network(playground):
    playground.put(Bench(epochs=40, edits=((10, 3, 2.5), (30, 0, 1.0))))
    ask(playground, values={"learning_rate": 0.01, "epochs": 20})
    assert playground.bench.edits == ((10, 3, 2.5),)
    ask(playground, values={"layer_1": 5})
    assert playground.bench.edits == ()


def test_a_weight_that_was_moved_can_be_moved_again_when_there_are_no_more_edits_to_be_had(playground):
    playground.put(Bench(epochs=100, layers=(), edits=[(epoch, 0, 1.0) for epoch in range(1, 101)]))
    playground.set(weight=1)
    playground.set(value=-2.0)
    assert len(playground.bench.edits) == 100 and playground.bench.edits[-1] == (100, 0, -2.0)


def test_reset_brings_back_what_the_playground_started_with(playground):
    playground.set(seed=3, weight=2)
    playground.set(value=1.0)
    ask(playground, values={name: control.for_page(control.start) for name, control in playground.controls.items()})
    assert playground.bench == Bench(epochs=40) and playground.settings["weight"] == 0
    assert playground.history.in_hand is None


def test_a_move_that_is_made_right_after_a_reset_stays(playground):
    playground.set(seed=3, weight=2)
    start = {name: control.for_page(control.start) for name, control in playground.controls.items()}
    # The page had to wait, and asks for both at once.
    ask(playground, values=start | {"learning_rate": 0.5, "layer_1": 3})
    assert playground.bench == Bench(epochs=40, learning_rate=0.5, layers=((3, "tanh"), (8, "tanh")))
    assert playground.settings["learning_rate"] == 0.5 and playground.settings["weight"] == 0


def test_a_reset_in_the_middle_of_a_training_ends_it():
    # That one takes a second or two: a wrong gradient is trained in NumPy.
    explorer = Playground(Bench(data="xor", samples=40, layers=(), epochs=1))
    start = {name: control.for_page(control.start) for name, control in explorer.controls.items()}
    first = explorer.status

    async def reset(shown):
        ask(explorer, values={"epochs": 5000, "fault": 1})
        while not shown:
            await asyncio.sleep(0.001)
        assert explorer.history.stopped == "running"
        ask(explorer, values=start)
        assert not explorer._worker.busy
        await asyncio.sleep(0.2)

    in_a_loop(explorer, reset)
    assert explorer.status == first and explorer.bench.epochs == len(explorer.history) - 1 == 1


def test_the_scrubber_stays_where_it_is_moved_in_the_middle_of_a_training(playground):
    async def scrub(shown):
        # As above.
        ask(playground, values={"epochs": 5000, "fault": 1})
        while len(playground.history) < 30 or playground.history.stopped != "running":
            await asyncio.sleep(0.001)
        ask(playground, record=20)
        # The weight is moved where the picture stands, and the training that begins anew comes to there.
        for question in ({}, {"weight": 3}, {"value": 1.5}):
            if question:
                ask(playground, values=question)
            place, count = playground.times["epochs"][20], len(shown)
            while len(shown) < count + 3 or (question and playground.record < 20):
                await asyncio.sleep(0.001)
            assert (playground.record, playground.history.epochs[20]) == (20, place)
        assert playground.bench.edits == ((place, 2, 1.5),)
        playground._worker.cancel()

    in_a_loop(playground, scrub)


def test_settings_that_are_set_all_together_are_no_reset(playground):
    playground.put(Bench(epochs=30, learning_rate=0.1, edits=((10, 3, 2.5),)))
    before, kept = playground.bench, playground.settings
    playground.set(learning_rate=0.2)
    playground.set(**kept)
    assert playground.bench == before and playground.settings == kept


def test_one_press_has_the_verdict_the_line_and_the_code(playground):
    playground.set(fault=LEFT_OUT)
    playground.show(5)
    ask(playground, action="judge")
    assert playground.shown["note"] == "At step 5: The gradient is wrong. In layer 1 the slope of tanh is left out."
    ask(playground, action="share")
    assert playground.shown["note"] == playground.bench.share()
    ask(playground, action="code")
    assert playground.shown["note"] == playground.bench.code()


def test_a_pasted_line_is_on_the_bench_and_another_one_gets_a_sentence(playground):
    shared = Bench(data="iris", samples=33, noise=0.1234, layers=((40, "relu"),), epochs=12, edits=((3, 4, 0.1),))
    ask(playground, action="paste a shared line", line=shared.share())
    assert playground.bench == shared and playground.shown["note"].startswith("On the bench as it was shared: MSE ")
    # A control at its end is no less the one that stands on the bench.
    assert playground.settings["layer_1"] == 16 and playground.values["epochs"] == 12
    ask(playground, action="paste a shared line", line="rm -rf")
    assert playground.shown["note"].startswith("a shared line begins with") and playground.bench == shared


def test_data_of_ones_own_are_an_entry_of_their_own():
    frame = pd.DataFrame({"a": range(12), "b": [1, 0] * 6, "kind": list("xyz") * 4})
    explorer = Playground(Bench(data=Table.read(frame, "kind"), epochs=5))
    assert explorer.settings["data"] == "own"
    explorer.set(data="xor")
    explorer.set(data="own")
    assert explorer.bench.data == Table.read(frame, "kind")
    # Another table that is put on the bench takes its place.
    explorer.put(Bench(data=Table.read(frame[["a", "b"]], "b"), epochs=5))
    explorer.set(data="xor")
    explorer.set(data="own")
    assert explorer.bench.data == Table.read(frame[["a", "b"]], "b")
    explorer.close()


@pytest.mark.parametrize("data, rows", [("iris", 150), ("fibonacci", 12), ("own", 12)])
def test_data_of_a_fixed_number_of_samples_show_it_and_cannot_have_another(data, rows):
    own = Table(("a", "b"), [(float(k), float(k % 5)) for k in range(12)])
    explorer = Playground(Bench(data=own if data == "own" else data, epochs=5, samples=300))

    def shown():
        run = explorer.history
        return [explorer.settings["samples"], explorer.values["samples"], len(run.X) + len(run.X_test)]

    assert shown() == 3 * [rows]
    with pytest.raises(ValueError, match=f"^these data have {rows} samples, no more and no less; take other data"):
        explorer.set(samples=100)
    assert shown() == 3 * [rows]
    # Other data have as many as were chosen before.
    explorer.set(data="xor")
    assert shown() == 3 * [300]
    explorer.close()


def test_a_shared_table_comes_onto_any_bench_and_where_there_is_none_that_is_said(playground):
    with pytest.raises(ValueError, match="^no data of your own are here yet: "):
        playground.set(data="own")
    assert playground.bench == Bench(epochs=40) and playground.settings["data"] == "spiral"
    frame = pd.DataFrame({"a": range(12), "b": [1, 0] * 6, "kind": list("xyz") * 4})
    shared = Bench(data=Table.read(frame, "kind"), epochs=5)
    ask(playground, action="paste a shared line", line=shared.share())
    assert playground.shown["note"].startswith("On the bench as it was shared: MSE ")
    assert playground.bench == shared and playground.settings["data"] == "own"
    playground.set(data="xor")
    playground.set(data="own")
    assert playground.bench == shared


def test_a_layer_wider_than_its_control_stays_as_wide_while_others_move(playground):
    playground.put(Bench(epochs=5, layers=[(40, "tanh"), (8, "tanh")]))
    playground.set(layer_2=9)
    assert playground.bench.layers == ((40, "tanh"), (9, "tanh"))
    playground.set(activation_1="relu", layer_4=3)
    assert playground.bench.layers == ((40, "relu"), (9, "tanh"), (3, "tanh"))
    playground.set(layer_1=7)
    assert playground.bench.layers[0] == (7, "relu")


def test_taking_a_weight_in_hand_trains_nothing_anew(playground, monkeypatch):
    runs = []
    monkeypatch.setattr(Bench, "run", lambda bench, run=Bench.run: runs.append(bench) or run(bench))
    ask(playground, values={"weight": 4})
    assert not runs and playground.history.in_hand == 3
    ask(playground, values={"value": 1.5})
    assert len(runs) == 1


def test_what_is_no_bench_is_refused_in_a_sentence():
    with pytest.raises(TypeError, match="^bench must be a Bench, got 'spiral'"):
        Playground("spiral")


def test_who_watches_a_bench_sees_runs_with_their_test_also_between_edits():
    seen = []
    with watching(lambda so_far: seen.append(so_far())):
        run = Bench(epochs=30, edits=((10, 0, 1.0),)).run()
    assert all(isinstance(part, Run) for part in seen) and len(seen) >= 2
    assert seen[-1].epochs.tolist() == run.epochs.tolist() and np.array_equal(seen[-1].theta[:30], run.theta[:30])


def test_the_controls_begin_where_a_bench_does_and_end_where_it_must():
    begin = positions(Bench())
    assert {name: ends[1] for name, ends in CONTROLS.items() if isinstance(ends, tuple) and name in begin} == {
        name: place for name, place in begin.items() if isinstance(CONTROLS[name], tuple)
    }
    # Below these no bench can be made.
    assert [CONTROLS[name][0] for name in ("noise_percent", "data_seed", "seed", "epochs")] == [0, 0, 0, 1]
    for name in ("data_seed", "seed", "epochs"):
        with pytest.raises(ValueError, match=name):
            Bench(**{name: CONTROLS[name][0] - 1})
