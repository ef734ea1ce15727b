"""The bench without its pictures: what it trains, what it refuses, its line to share and its program."""

import json
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from nbhelpers import Bench, Dense, Network, check_gradient, own_data, train
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.bench import shares
from nbhelpers.bench.recipes import RECIPES, count, names
from nbhelpers.bench.runs import data_of
from nbhelpers.bench.settings import MOST_UNITS, OF_NUMBERS, OPTIMIZERS, SCHEDULES, fits
from nbhelpers.bench.shares import BEGINNING, LONGEST
from nbhelpers.bench.tables import MOST_ROWS, Table
from nbhelpers.faults import CATALOGUE
from nbhelpers.layers import DRAWS
from nbhelpers.losses import LOSSES
from nbhelpers.network import LossAt

FAULTS = list(dict.fromkeys((entry.term, entry.phrase) for entry in CATALOGUE))
RUN = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw):
    features, rows = draw(st.integers(1, 3)), draw(st.integers(6, 12))
    cells = st.floats(-100, 100) | st.integers(-5, 5)
    target = draw(st.sampled_from([st.sampled_from("ab"), st.sampled_from("abc"), st.integers(0, 3), cells]))
    names = draw(st.lists(st.text(min_size=1, max_size=8), min_size=features + 1, max_size=features + 1, unique=True))
    table = [(*(draw(cells) for _ in range(features)), draw(target)) for _ in range(rows)]
    # At least two classes, or two numbers.
    table[0] = (*table[0][:-1], "a" if isinstance(table[1][-1], str) else 0)
    table[1] = (*table[1][:-1], "b" if isinstance(table[1][-1], str) else 1)
    return Table(tuple(names), tuple(table))


@st.composite
def benches(draw, faulty=True):
    """A bench of any kind that trains in no time."""
    data = draw(st.one_of(st.sampled_from([*RECIPES]), tables()))
    losses = [*LOSSES] if names(data)[1] else OF_NUMBERS
    layer = st.tuples(st.integers(1, 5), st.sampled_from([*ACTIVATIONS]))
    epochs = draw(st.integers(1, 12))
    bench = Bench(
        data=data, samples=draw(st.integers(10, 40)), noise=draw(st.sampled_from([0.0, 0.125, 0.3])),
        test_share=draw(st.sampled_from([0.2, 0.3, 0.5])), data_seed=draw(st.integers(0, 999_999)),
        batch_size=draw(st.sampled_from([None, 1, 7, 2000])), layers=tuple(draw(st.lists(layer, max_size=4))),
        loss=draw(st.sampled_from(losses)), optimizer=draw(st.sampled_from([*OPTIMIZERS])),
        learning_rate=draw(st.floats(1e-5, 0.05)), schedule=draw(st.sampled_from([*SCHEDULES])),
        weight_decay=draw(st.sampled_from([0.0, 0.01])), start=draw(st.sampled_from([*DRAWS])),
        seed=draw(st.integers(0, 999_999)), epochs=epochs,
    )
    edit = st.tuples(st.integers(0, epochs), st.integers(0, bench.network().theta.size - 1), st.floats(-5, 5))
    bench = bench.but(edits=tuple(draw(st.lists(edit, max_size=3))))
    fault = draw(st.integers(1, len(bench.layers) + 1)), *draw(st.sampled_from(FAULTS))
    return bench.but(fault=fault) if faulty and draw(st.booleans()) and fits(bench, fault) else bench


def run_of(bench):
    """Its run, where the gradient of its fault is a number at the start: if not, that is said."""
    try:
        return bench.run()
    except ValueError as error:
        assert str(error).startswith("the gradient with this fault must be finite where a training begins, got nan")
        reject()


@RUN
@given(benches())
def test_a_shared_line_gives_the_same_bench_with_the_same_bits(bench):
    line = bench.share()
    assert line.isprintable() and Bench.from_share(line) == Bench.from_share(f"  {line}\n") == bench
    # As from a page or a file of Windows.
    assert Bench.from_share("\ufeff" + line.replace(" ", "\u00a0", 3) + "\u00a0") == bench
    again = Bench.from_share(line)
    assert all(a.hex() == b.hex() for (*_, a), (*_, b) in zip(bench.edits, again.edits))
    assert np.array_equal(run_of(bench).theta, again.run().theta)


def test_a_fault_whose_gradient_is_no_number_where_a_training_begins_is_refused_in_words_of_the_bench():
    # The derivative of a cross-entropy is divided by a (1 - a), and at the row of zeros the first sum is 0.
    fault = 1, "loss", "the place of {loss} is taken by binary cross-entropy"
    bench = Bench(data="and", noise=0, layers=(), loss="sigmoid_cross_entropy", fault=fault, epochs=5)
    sentence = "^the gradient with this fault must be finite where a training begins, got nan or inf at epoch {}; take"
    with pytest.raises(ValueError, match=sentence.format(0)):
        bench.run()
    # A bias of another start, and then one that is set to 0 again.
    with pytest.raises(ValueError, match=sentence.format(3)):
        bench.but(start="uniform", edits=((3, 2, 0.0),)).run()


def test_a_program_with_edits_says_once_how_it_is_trained():
    for edits in ((), ((10, 0, 1.0),), ((10, 0, 1.0), (20, 0, 1.0))):
        code = Bench(epochs=30, edits=edits).code()
        assert code.count("train(") == len(edits) + 1 and code.count("optimizer=") == 1


@pytest.mark.parametrize("data", RECIPES)
def test_there_are_as_many_samples_as_are_counted(data):
    for samples in (40, 2000):
        found = data_of(Bench(data=data, samples=samples))
        assert len(found.X) + len(found.X_test) == count(data, samples)


@RUN
@given(benches())
def test_the_program_of_a_bench_ends_at_the_same_bits(bench):
    run, words = run_of(bench), {}
    exec(bench.code().replace("print(", "losses = ("), words)
    assert run.stopped == words["history"].stopped
    assert np.array_equal(words["network"].theta, run.theta[-1])
    np.testing.assert_allclose(words["losses"], (run.loss[-1], run.test_loss[-1]), rtol=1e-12)
    assert len(bench.code().splitlines()) <= 20 + 2 * len(bench.edits)


@pytest.mark.parametrize("edits", [(), ((0, 0, 1.0), (900, 0, 0.0))])
@pytest.mark.parametrize("schedule", ["off", "cosine"])
def test_the_program_of_a_bench_that_diverges_ends_where_the_bench_does(edits, schedule):
    plain = Bench(data="line", layers=[], optimizer="sgd", learning_rate=10.0, epochs=1000)
    bench, words = plain.but(schedule=schedule, edits=edits), {}
    exec(bench.code().replace("print(", "losses = ("), words)
    run = bench.run()
    assert run.stopped == words["history"].stopped == "diverged" and words["history"].ended_at == run.ended_at
    assert words["losses"] == (run.loss[-1], run.test_loss[-1])


def test_the_program_of_the_default_bench_has_about_ten_lines():
    assert len(Bench().code().splitlines()) <= 10


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_line_with_mistakes_in_it_gives_a_bench_or_one_sentence(data):
    line = list(data.draw(st.sampled_from(LINES)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(line)))
        letters = data.draw(st.text("0123456789eE.+-[]{}\",:atruefalsenull\n\x00é", max_size=4))
        line[place : place + data.draw(st.integers(0, 5))] = letters
    assert_a_bench_or_one_sentence("".join(line))


LINES = [
    Bench(edits=((10, 3, 0.1),), fault=(1, "biases", "the last row alone is counted")).share(),
    Bench(data=Table(("a", "b"), ((0.1, "x"), (1, "y"), (2, "x"), (3, "y")))).share(),
]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, 1e300, -1, "xor"]),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from([*Bench.__dataclass_fields__]), VALUES, min_size=1, max_size=3))
def test_any_value_for_any_setting_gives_a_bench_or_one_sentence(changes):
    assert_a_bench_or_one_sentence(BEGINNING + json.dumps({"data": "xor"} | changes))


def assert_a_bench_or_one_sentence(line):
    try:
        assert isinstance(Bench.from_share(line), Bench)
    except ValueError as error:
        assert 0 < len(str(error)) < 500 and "\n" not in str(error)


@pytest.mark.parametrize("line", [
    None, 3, b"nbhelpers bench 1 {}", "", "nbhelpers bench 2 {}", "__import__('os').system('ls')", BEGINNING,
    BEGINNING + "[]", BEGINNING + '{"data":' + "[" * 100_000, BEGINNING + '{"seed":' + "9" * 100_000 + "}",
    BEGINNING + '{"learning_rate":NaN}', BEGINNING + '{"learning_rate":1e999}', BEGINNING + '{"epochs":1000000000}',
    BEGINNING + '{"samples":1000000000}', BEGINNING + '{"layers":[[1000000,"tanh"]]}', BEGINNING + '{"data":"../x"}',
    BEGINNING + '{"layers":[[64,"tanh"],[64,"tanh"]],"samples":2000,"epochs":50000,"batch_size":1}',
    BEGINNING + '{"data":"' + "spiral" * 30_000 + '"}', BEGINNING + '{"fault":[1,"slope","' + "a" * 190_000 + '"]}',
    BEGINNING + '{"batch_size":1,"epochs":50000,"fault":[1,"biases","all is 0: they are never updated"]}',
    BEGINNING + '{"__class__":"os"}', BEGINNING + '{"edits":[[0,1000000000,1]]}', BEGINNING + "{}" + " " * LONGEST,
], ids=range(23))
def test_a_hostile_line_gets_one_sentence_at_once(line):
    began = perf_counter()
    with pytest.raises(ValueError) as refusal:
        Bench.from_share(line)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 500
    # Nothing large is tried. On a slow machine this takes a hundredth of a second.
    assert perf_counter() - began < 2


def test_a_line_may_have_two_hundred_thousand_letters_and_no_more(monkeypatch):
    line = Bench(epochs=7).share()
    assert Bench.from_share(line.ljust(200_000)) == Bench(epochs=7)
    with pytest.raises(ValueError, match="^a shared line is a text of at most 200000 letters; copy one from a bench"):
        Bench.from_share(line.ljust(200_001))
    monkeypatch.setattr(shares, "LONGEST", len(line))
    assert Bench(epochs=7).share() == line
    with pytest.raises(ValueError, match=f"^a shared line has at most {len(line)} letters, and this table would make"):
        Bench(epochs=70).share()


def test_a_seed_has_six_digits_at_the_most():
    assert Bench(seed=999_999, data_seed=999_999).seed == 999_999
    for name in ("seed", "data_seed"):
        with pytest.raises(ValueError, match=f"^{name} must be"):
            Bench(**{name: 1_000_000})


def test_a_run_that_diverges_is_over_and_later_edits_do_not_revive_it():
    plain = Bench(data="line", layers=[], optimizer="sgd", learning_rate=10.0, epochs=1000)
    run, alone = plain.but(edits=[(900, 0, 0.0)]).run(), plain.run()
    assert run.stopped == alone.stopped == "diverged" and run.ended_at == alone.ended_at < 900
    assert run.epochs.tolist() == alone.epochs.tolist() and run.theta.tolist() == alone.theta.tolist()


def test_a_line_of_a_newer_bench_is_told_by_the_setting_that_is_not_known():
    with pytest.raises(ValueError, match="^the shared line has a setting that is not known, 'dropout'; is it a newer"):
        Bench.from_share(BEGINNING + json.dumps({"seed": 3, "dropout": 0.5}))


def test_a_program_has_no_words_of_a_table_but_as_literals():
    words = '"); raise SystemExit #', "'''; raise SystemExit", "a\nraise SystemExit"
    table = Table(words, tuple((n, n % 3, n % 2) for n in range(8)))
    exec(Bench(data=table, epochs=1).code(), {})


def test_words_of_numpy_are_plain_texts_in_a_program_and_in_a_sentence():
    rows = tuple((np.float64(n), np.str_("ab"[n % 2])) for n in range(4))
    code = Bench(data=Table((np.str_("x"), np.str_("t")), rows), epochs=1).code()
    assert "np." not in code and "(3.0, 'b')], columns=['x', 't'])" in code
    with pytest.raises(ValueError, match="^the target 't' must have 2 to 20 classes"):
        Table((np.str_("x"), np.str_("t")), rows[::2] * 2)


def test_names_out_of_an_array_make_the_bench_that_texts_make():
    names = {"data": "moons", "loss": "ssr", "optimizer": "sgd", "schedule": "cosine", "start": "uniform", "epochs": 2}
    fault = (1, "slope", next(entry.phrase for entry in CATALOGUE if entry.term == "slope"))
    texts = Bench(**names, fault=fault)
    words = {name: np.str_(value) if isinstance(value, str) else value for name, value in names.items()}
    found = Bench(**words, fault=(1, *map(np.str_, fault[1:])))
    assert found.code() == texts.code() and repr(found) == repr(texts)



def test_every_fault_of_the_catalogue_is_found_by_its_words_and_fits_somewhere():
    bench = Bench(layers=((3, "sigmoid"), (3, "relu"), (3, "softplus"), (3, "tanh")), epochs=1)
    places, missing = [(loss, layer) for loss in LOSSES for layer in range(1, 6)], []
    for term, words in FAULTS:
        if not any(fits(bench.but(loss=loss), (layer, term, words)) for loss, layer in places):
            missing.append(words)
    assert not missing
    assert Bench(fault=(3, "loss", "the last row alone is counted")).gradient(Bench().network()) is not None


def test_the_judge_calls_the_right_gradient_right_and_names_a_fault_at_the_record_shown():
    right = Bench(epochs=20, learning_rate=0.01)
    assert right.judge(right.run()).startswith("At step 20: The gradient is right.")
    wrong = right.but(fault=(2, "slope", "the slope of {activation} is left out"))
    run = wrong.run()
    assert wrong.judge(run, 3) == "At step 3: The gradient is wrong. In layer 2 the slope of tanh is left out."
    with pytest.raises(TypeError, match="^history must be a History of the network on this bench, got "):
        wrong.but(layers=[(3, "tanh")]).judge(run)
    # What the judge says is what finite differences say.
    assert not check_gradient(run.network(3), run.X, run.Y, wrong.loss, wrong.gradient(run.network(3)))


def test_the_judge_says_where_a_faulty_gradient_is_not_finite():
    fault = 1, "slope", "exp(z), where the slope of softplus divides it by 1 + exp(z), stands in its place"
    how = dict(optimizer="sgd", learning_rate=10, start="normal", seed=3)
    bench = Bench(data="line", layers=[(4, "softplus")], epochs=20, fault=fault, **how)
    run = bench.run()
    # exp(z) overflows where z is beyond 709.8, the logarithm of the largest float; softplus(z) is z there.
    assert run.stopped == "diverged" and run.network(-1).activations(run.X)[1].max() > 710 and np.isfinite(run.loss[-1])
    end = "The gradient cannot be judged: it has nan or inf there. Take an earlier record."
    assert bench.judge(run) == f"At step {len(run) - 1}: {end}"
    assert bench.judge(run, -2).startswith(f"At step {len(run) - 2}: The gradient is wrong. In layer 1 exp(z), where")


def test_an_edited_weight_stands_at_its_record_and_training_goes_on_from_there():
    bench = Bench(epochs=40, optimizer="sgd", learning_rate=0.1)
    plain, edited = bench.run(), bench.but(edits=((20, 5, 2.5),)).run()
    assert edited.epochs.tolist() == plain.epochs.tolist() == list(range(41))
    assert np.array_equal(edited.theta[:20], plain.theta[:20])
    assert edited.theta[20, 5] == 2.5 and np.array_equal(np.delete(edited.theta[20], 5), np.delete(plain.theta[20], 5))
    # One step of gradient descent from there, by its formula.
    expected = edited.theta[20] - 0.1 * edited.right_gradient[20]
    np.testing.assert_allclose(edited.theta[21], expected, rtol=1e-12)
    assert np.array_equal(edited.network(-1).theta, edited.theta[-1])


@pytest.mark.parametrize("epoch, record", [(0, 0), (40, -1)])
def test_an_edit_of_the_start_or_of_the_end_is_seen_there(epoch, record):
    run = Bench(epochs=40).but(edits=((epoch, 0, -3.0), (epoch, 1, 3.0))).run()
    assert run.theta[record, :2].tolist() == [-3, 3] and len(run) == 41


def test_the_loss_of_the_test_is_that_of_the_rows_held_back():
    bench = Bench(data="iris", loss="softmax_cross_entropy", epochs=30)
    run, data = bench.run(), data_of(bench)
    loss_at = LossAt(run.network(0), data.X_test, data.Y_test, LOSSES["softmax_cross_entropy"])
    np.testing.assert_allclose(run.test_loss, [loss_at(theta) for theta in run.theta])
    assert len(run.X_test) == 45 and len(run.X) == 105 and len(run.answers(run.X, -1)) == 105
    assert (run.truths(run.Y) == run.Y.argmax(axis=1)).all()


@pytest.mark.parametrize("data", [*RECIPES])
def test_every_kind_of_data_is_learned_by_the_default_bench(data):
    bench = Bench(data=data, loss="softmax_cross_entropy" if names(data)[1] else "mse")
    run = bench.run()
    assert run.stopped == "epochs" and run.loss[-1] < 0.1 * run.loss[0] and run.loss[-1] < 0.05


@pytest.mark.parametrize("loss", ["mse", "softmax_cross_entropy"])
def test_an_answer_is_the_class_whose_output_is_larger_or_1_beyond_a_half(loss):
    run = Bench(data="moons", loss=loss, epochs=20).run()
    outputs = run.network(3).predict(run.X_test)
    expected = outputs[:, 1] > outputs[:, 0] if outputs.shape[1] == 2 else outputs[:, 0] > 0.5
    assert 0 < expected.sum() < len(expected)
    assert np.array_equal(run.answers(run.X_test, 3), expected)
    truths = run.truths(run.Y_test)
    assert np.array_equal(truths, run.Y_test[:, -1])


def test_numbers_have_no_right_answers():
    """Numbers that were cut to whole ones said that 40 of 60 were right."""
    run = Bench(data="line", epochs=1).run()
    for ask in (lambda: run.answers(run.X_test, -1), lambda: run.truths(run.Y_test)):
        with pytest.raises(ValueError, match="must be classes .*, got numbers; look at the loss"):
            ask()


def test_a_network_without_hidden_layers_draws_a_line_and_cannot_learn_xor():
    straight = Bench(data="xor", layers=(), epochs=300)
    assert straight.network().sizes == (2, 1)
    # The best that a line can say is one half everywhere, and its mean squared error is a quarter.
    assert straight.run().loss[-1] > 0.22
    assert Bench(data="or", layers=(), epochs=300).run().loss[-1] < 0.1


@pytest.mark.parametrize("changes, sentence", [
    ({"data": "spirals"}, "data is not known: got 'spirals'; did you mean spiral?"),
    ({"data": "line", "loss": "softmax_cross_entropy"}, "loss must be one of mse, ssr, half_ssr where the targets are"),
    ({"samples": 3}, "samples must be a whole number from 4 to 2000, got 3"),
    ({"noise": -1}, "noise must be a number at least 0 and at most 2, got -1"),
    ({"test_share": 1}, "test_share must be a number at least 0.05 and at most 0.95, got 1"),
    ({"samples": 4, "test_share": 0.05}, "test_share must leave a row for each part, got 0.05 of 4 rows"),
    ({"batch_size": 0}, "batch_size must be a whole number from 1 to 2000, got 0"),
    ({"layers": ((8, "tanh"),) * 5}, "layers must be a list of at most 4 hidden layers"),
    ({"layers": ((MOST_UNITS + 1, "tanh"),)}, "the units of a layer must be a whole number from 1 to 64, got 65"),
    ({"layers": ((8, "tan"),)}, "activation is not known: got 'tan'; did you mean tanh?"),
    ({"layers": (8,)}, r"a layer must be \(units, activation\), got 8"),
    ({"loss": "mae"}, "loss is not known: got 'mae'"),
    ({"learning_rate": 0}, "learning_rate must be a number greater than 0 and at most 100, got 0"),
    ({"schedule": "linear"}, "schedule is not known: got 'linear'"),
    ({"epochs": 50_000, "samples": 2000, "batch_size": 1}, "this bench would train for about"),
    ({"fault": (1, "chain", "the weights are not transposed")}, "in layer 1 there is no such fault"),
    ({"fault": (1, "loss", "the last row alone is counted")}, "in layer 1 there is no such fault"),
    ({"fault": (4, "slope", "")}, "the layer of a fault must be a whole number from 1 to 3, got 4"),
    ({"fault": (1, "slopes", "")}, "the term of a fault is not known: got 'slopes'; did you mean slope"),
    ({"edits": ((1001, 0, 1.0),)}, "the epoch of an edit must be a whole number from 0 to 1000, got 1001"),
    ({"edits": ((0, 105, 1.0),)}, "the place of an edit must be a whole number from 0 to 104, got 105"),
    ({"edits": 7}, "edits must be a list, each .epoch, place in theta, value., got 7"),
    ({"edits": [(epoch, 0, 1.0) for epoch in range(101)]}, "edits must be at most 100, got 101; undo them"),
    ({"edits": ((0, 0, float("nan")),)}, "the value of an edit must be a number at least -1000000.0"),
])
def test_settings_that_do_not_fit_are_refused_in_a_sentence(changes, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        Bench(**changes)


def test_a_setting_that_is_not_there_is_refused_in_a_sentence():
    for name in ("lr", "learning_rat"):
        with pytest.raises(TypeError, match=f"^Bench has no argument '{name}': did you mean learning_rate?"):
            Bench().but(**{name: 3})


def flowers():
    return pd.DataFrame({"kind": list("ababca"), "size": [1.0, 2, 3, 4, 5, 7], "age": [3, 1, 2, 3, 1, 2]})


def test_a_table_of_ones_own_comes_from_a_frame_or_from_a_file(tmp_path):
    flowers().to_csv(tmp_path / "flowers.csv", index=False)
    table = Table.read(flowers(), "kind")
    assert table == Table.read(tmp_path / "flowers.csv", "kind") == Table.read(str(tmp_path / "flowers.csv"), "kind")
    assert table.columns == ("size", "age", "kind") and table.classes == ("a", "b", "c")
    X, Y = own_data(flowers(), "kind")
    assert Y.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    np.testing.assert_allclose(np.corrcoef(X[:, 0], flowers()["size"])[0, 1], 1)
    np.testing.assert_allclose(X.std(axis=0), 1)


@pytest.mark.parametrize("target, classes, columns", [
    ([0, 1, 1, 0], ("0", "1"), 1), ([5, 6, 7, 5], ("5", "6", "7"), 3), (["n", "y", "y", "n"], ("n", "y"), 1),
    ([0.5, 1, 1.5, 2], (), 1), ([10, 20, 30, 40.5], (), 1),
])
def test_few_whole_numbers_and_words_are_classes_and_other_targets_are_numbers(target, classes, columns):
    table = Table(("x", "y"), tuple(zip([1, 2, 3, 4], target)))
    assert table.classes == classes and table.arrays()[1].shape == (4, columns)


@pytest.mark.parametrize("changes, sentence", [
    ({"size": [1, 2, 3, 4, 5, None]}, "a number must be between -1e.09 and 1e.09, got nan in column 'size', row 5"),
    ({"size": [1, 2, 3, 4, 5, np.inf]}, "a number must be between -1e.09 and 1e.09, got inf in column 'size', row 5"),
    ({"size": [1, 2, 3, 4, 5, 1e10]}, "a number must be between -1e.09 and 1e.09, got 1e.10 in column 'size', row 5"),
    ({"size": list("abcdef")}, "column 'size' must hold numbers, got 'a' in row 0; drop the column"),
    ({"size": [1j] * 6}, "a table must hold numbers and words, got 1j in column 'size', row 0"),
    ({"size": ["3,5", *"12345"]}, "column 'size' must hold numbers, got '3,5', which is a number with a comma; make"),
    ({"kind": ["3,5", *"12345"]}, "the target 'kind' must hold numbers, or names of classes, got '3,5', which is a "),
    ({"kind": ["2026-01-01", "2026-01-02"] * 3}, "the target 'kind' must hold numbers, or names of .* which is a date"),
    ({"kind": ["9:15", "10:30"] * 3}, "the target 'kind' must hold numbers.*, got '9:15', which is a time"),
    ({"kind": ["1 234", "$2"] * 3}, "the target 'kind' must hold numbers.*, got '1 234', which is a number with other"),
    ({"size": ["1", "−2", *"3456"]}, "column 'size' must hold numbers, got '−2', which is a number with other signs"),
    ({"kind": pd.date_range("2026-01-01", periods=6)}, "a table must hold numbers and words, got Timestamp"),
    ({"kind": ["a", "b", 1, 2, 3, 4]}, "the target 'kind' must hold either words or numbers, got both"),
    ({"kind": ["a"] * 6}, "the target 'kind' must have 2 to 20 classes, or different numbers, got 1"),
    ({"kind": ["a" * 41] * 6}, "a word must have 1 to 40 letters, got 41 in column 'kind', row 0"),
])
def test_a_table_that_does_not_fit_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Table.read(flowers().assign(**changes), "kind")


def test_a_table_that_is_too_large_or_lacks_its_target_is_refused_in_a_sentence(tmp_path):
    long = pd.DataFrame({"x": range(MOST_ROWS + 50), "y": range(MOST_ROWS + 50)})
    long.to_csv(path := tmp_path / "table.csv", index=False)
    for table in (long, path):
        with pytest.raises(ValueError, match="^table must have at most 2000 rows, got more; take some at random, as"):
            Table.read(table, "y")
    assert len(Table.read(long.sample(MOST_ROWS, random_state=0), "y").rows) == MOST_ROWS
    wide = pd.DataFrame(np.zeros((5, 70))).rename(columns=str)
    with pytest.raises(ValueError, match="^the columns of a table must have from 2 to 65 entries, got 70"):
        Table.read(wide, "0")
    with pytest.raises(ValueError, match="^a column's name must be a text, 40 letters at most, got 'aaa"):
        Table.read(flowers().rename(columns={"age": "a" * 41}), "kind")
    assert "a" * 40 in Table.read(flowers().rename(columns={"age": "a" * 40}), "kind").columns
    with pytest.raises(ValueError, match="^target must be a column of the table, 'kind', 'size' and 'age'; got 'sort'"):
        Table.read(flowers(), "sort")
    # A blank before a name can be seen.
    with pytest.raises(ValueError, match="^target must be a column of the table, ' kind', 'size' and 'age'; got 'ki"):
        Table.read(flowers().rename(columns={"kind": " kind"}), "kind")
    table = Table.read(pd.DataFrame(np.random.default_rng(0).normal(size=(2000, 9))).rename(columns=str), "8")
    with pytest.raises(ValueError, match="^a shared line has at most 200000 letters, and this table would make"):
        Bench(data=table, loss="mse", epochs=1).share()


def test_the_network_of_a_bench_is_that_of_its_words():
    bench = Bench(data="digits", layers=((7, "relu"), (3, "softplus")), loss="softmax_cross_entropy")
    expected = Network(64, [Dense(7, "relu"), Dense(3, "softplus"), Dense(10, "identity")])
    assert repr(bench.network()) == repr(expected)
    assert repr(Bench(loss="mse").network()) == "Network(2, [Dense(8, tanh), Dense(8, tanh), Dense(1, sigmoid)])"
    assert repr(Bench(data="line", loss="mse", layers=()).network()) == "Network(1, [Dense(1, identity)])"


def test_half_of_a_letter_is_refused_in_a_table():
    rows = [(float(row), "a" if row % 2 else "b") for row in range(4)]
    with pytest.raises(ValueError, match=r"^a column's name must be made of whole letters, got 'x\\ud83d'"):
        Table(("x\ud83d", "t"), rows)
    with pytest.raises(ValueError, match="^a word in column 't', row 4 must be made of whole letters"):
        Table(("x", "t"), [*rows, (4.0, "\ud83d")])


def test_a_csv_file_with_more_columns_than_names_is_refused_but_for_commas_at_the_ends(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("x,t\n" + "".join(f"{row},{row},{row}\n" for row in range(5)))
    with pytest.raises(ValueError, match="^table must be a CSV file in UTF-8 with a line of names, one for each "):
        own_data(path, "t")
    path.write_text("x,t\n" + "".join(f"{row},{row},\n" for row in range(12)))
    X, Y = own_data(path, "t")
    assert np.array_equal(X, Y) and X.shape == (12, 1)


def test_of_a_column_that_a_single_word_has_made_texts_the_word_is_shown(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("x,t\n-1.5e-3,a\n 2,b\n?,a\n4,b\n")
    with pytest.raises(ValueError, match=r"^column 'x' must hold numbers, got '\?' in row 2; drop the column, or "):
        own_data(path, "t")
    with pytest.raises(ValueError, match="^column 'x' must hold numbers, got '1' in row 0"):
        own_data(pd.DataFrame({"x": ["1", "2", "3", "4"], "t": [0, 1, 0, 1]}), "t")
    path.write_text("x,t\n1,2\n2,3.5\n3,?\n4,5\n")
    with pytest.raises(ValueError, match=r"^the target 't' must hold either words or numbers, got both, such as '\?'"):
        own_data(path, "t")


def test_none_is_a_word_in_a_file_and_what_stands_for_a_missing_value_is_asked_about(tmp_path):
    path = tmp_path / "table.csv"

    def write(*kinds):
        path.write_text("x,t\n" + "".join(f"{row},{kind}\n" for row, kind in enumerate(kinds)))

    write("None", "Apnea", "None", "Insomnia")
    assert Table.read(path, "t").classes == ("Apnea", "Insomnia", "None")
    with pytest.raises(ValueError, match="got nan in .* or drop it; where it is a word, such as None, give pd"):
        Table.read(pd.read_csv(path), "t")
    assert Table.read(pd.read_csv(path, keep_default_na=False), "t").classes == ("Apnea", "Insomnia", "None")
    for word in ("NA", "nan", "null", "#N/A"):
        for kinds in (["DE", word, "DE", "FR"], ["1.5", word, "2.5", "7"]):
            write(*kinds)
            with pytest.raises(ValueError, match=f"^a value seems to be missing in column 't', row 1, got '{word}'; "):
                Table.read(path, "t")
    write("DE", "NA", "DE", "NA")
    assert Table.read(pd.read_csv(path, keep_default_na=False), "t").classes == ("DE", "NA")
    write("DE", "", "DE", "FR")
    with pytest.raises(ValueError, match="got nan in column 't', row 1; repair that row or drop it"):
        Table.read(path, "t")


def test_classes_may_have_names_of_signs_and_letters_that_numbers_are_written_with():
    for kinds in (["+", "-"], ["e", "p"], ["E1", "A1"], ["1", "2"], ["1 2", "3 4"], ["$", "€"], ["5%", "10%"]):
        assert Table.read(pd.DataFrame({"x": range(4), "t": kinds * 2}), "t").classes == tuple(sorted(kinds))


@pytest.mark.parametrize(
    "head, written", [("t,x,t", "['t', 'x', 't']"), (",x,t", "['', 'x', 't']"), ("x,t,", "['x', 't', '']")]
)
def test_a_csv_file_whose_columns_have_no_name_or_the_same_is_refused(tmp_path, head, written):
    path = tmp_path / "table.csv"
    path.write_text(f"{head}\n" + "".join(f"{row},{row},{row}\n" for row in range(5)))
    with pytest.raises(ValueError) as refused:
        own_data(path, "t")
    assert str(refused.value).startswith(f"each column of a table must have a name of its own, got {written}; name ")


LINES_OF_A_TABLE = "x,größe,t\n1,2,a\n2,3,b\n3,4,a\n4,5.5,b\n"


@pytest.mark.parametrize("content, said, advice", [
    (LINES_OF_A_TABLE.replace(",", ";").replace(".", ",").encode(),
     "whose columns are separated by ';'; give pd.read_csv(path, sep=';'), with decimal=',' where",
     {"sep": ";", "decimal": ","}),
    (b"sep=;\n" + LINES_OF_A_TABLE.replace(",", ";").encode(),
     "whose columns are separated by ';'; give pd.read_csv(path, sep=';', skiprows=1)", {"sep": ";", "skiprows": 1}),
    (LINES_OF_A_TABLE.replace(",", "\t").encode(),
     r"whose columns are separated by '\t'; give pd.read_csv(path, sep='\t')", {"sep": "\t"}),
    (LINES_OF_A_TABLE.replace(",", "\t").encode("utf-16"),
     r"whose columns are separated by '\t'; give pd.read_csv(path, encoding='utf-16', sep='\t')",
     {"sep": "\t", "encoding": "utf-16"}),
    (LINES_OF_A_TABLE.encode("utf-16"),
     "which is in UTF-16; save it in UTF-8, or give pd.read_csv(path, encoding='utf-16')", {"encoding": "utf-16"}),
    (LINES_OF_A_TABLE.encode("cp1252"),
     "which is not in UTF-8; save it in UTF-8, or give pd.read_csv(path, encoding='cp1252')", {"encoding": "cp1252"}),
    # As a spreadsheet in German saves "CSV".
    (LINES_OF_A_TABLE.replace(",", ";").replace(".", ",").encode("cp1252"),
     "whose columns are separated by ';'; give pd.read_csv(path, encoding='cp1252', sep=';'), with decimal=',' where",
     {"encoding": "cp1252", "sep": ";", "decimal": ","}),
    # A letter that cp1252 has not.
    (b"x;\x81;t\n1;2;a\n",
     "whose columns are separated by ';'; give pd.read_csv(path, encoding='cp1252', sep=';')", None),
    (("Flowers of 2026\n\n" + LINES_OF_A_TABLE).encode(),
     "whose first line has fewer entries than the second; take away a title (pd.read_csv(path, skiprows=1) does), ",
     {"skiprows": 1}),
    (b"a,b,t\n1,2,0\n3,4,1\n5,6,7,0\n1,1,1\n",
     "whose line 4 has 4 entries and its first 3; quote what holds a comma, or take such lines away", None),
    # The second entry goes on in the next line.
    (b'a,b,t\n1,"2\n3",x\n1,2,3,4\n', "whose line 4 has 4 entries and its first 3; quote what holds a comma", None),
    (LINES_OF_A_TABLE.replace("größe", "s" * 40).replace(",", ";").replace(".", ",").encode(),
     "whose columns are separated by ';'; give pd.read_csv(path, sep=';'), with decimal=',' where",
     {"sep": ";", "decimal": ","}),
    (b"PK\3\4" + bytes(99), "which is no text; save it as a CSV file, or give what pandas reads from it", None),
    (b"\n", "which has fewer than two lines; is it another file?", None),
    (b"<html>\n<table>\n", "in whose first line no comma stands between two names", None),
    (LINES_OF_A_TABLE.replace(",", " ").encode(), "in whose first line no comma stands between two names", None),
])
def test_a_file_of_another_dialect_is_told_how_it_is_read(tmp_path, content, said, advice):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError) as refused:
        own_data(path, "t")
    expected = "table must be a CSV file in UTF-8 with a line of names, one for each column, got "
    assert str(refused.value).startswith(expected) and f", {said}" in str(refused.value)
    if advice is not None:
        assert Table.read(pd.read_csv(path, **advice), "t").rows[-1] == (4.0, 5.5, "b")


@pytest.mark.parametrize("change", [
    lambda text: b"\xef\xbb\xbf" + text.encode(), lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.encode() + b"\n\n", lambda text: text.replace("x", '"x;y|z"').encode(),
])
def test_marks_line_ends_and_blank_lines_of_other_programs_change_nothing(tmp_path, change):
    path = tmp_path / "table.csv"
    path.write_bytes(change(LINES_OF_A_TABLE))
    assert Table.read(path, "t").rows == ((1, 2, "a"), (2, 3, "b"), (3, 4, "a"), (4, 5.5, "b"))


def test_a_title_of_as_many_entries_as_there_are_columns_is_told_how_it_stays_out(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("Flowers,,\n" + LINES_OF_A_TABLE, encoding="utf-8")
    with pytest.raises(ValueError, match=r"got \['Flowers', '', ''\]; .*, a title by pd.read_csv\(path, skiprows=1"):
        own_data(path, "t")


def test_two_targets_of_a_frame_are_refused():
    with pytest.raises(ValueError, match=r"^the columns must have different names, got \('x', 't', 't'\)"):
        own_data(pd.DataFrame(np.eye(5)[:, :3], columns=["x", "t", "t"]), "t")


@pytest.mark.parametrize("cell", [np.datetime64(1, "ns"), np.timedelta64(1, "ns"), np.complex128(1j), b"1"])
def test_what_python_would_make_a_number_of_is_none(cell):
    with pytest.raises(ValueError, match="^a table must hold numbers and words, got .* in column 't', row 0"):
        Table(("x", "t"), tuple((float(row), cell) for row in range(4)))


def test_large_whole_numbers_are_classes_by_all_their_digits():
    table = Table(("x", "t"), tuple((float(row), 8_001_001 + row % 2) for row in range(6)))
    assert table.classes == ("8001001", "8001002")


def test_classes_that_differ_by_blanks_alone_are_refused():
    with pytest.raises(ValueError, match="^the classes must differ by more than blanks, got .'a', 'a ', 'b'.; take "):
        Table(("x", "t"), tuple((float(row), word) for row, word in enumerate(["a", "b", "a ", "b"])))


def test_a_frame_as_data_is_told_how_it_becomes_a_table():
    with pytest.raises(TypeError, match=r"^data must be a name or a Table, got .*; Table.read\(table, target\) "):
        Bench(data=pd.DataFrame({"x": [1.0]}))


@pytest.mark.parametrize("table", [{"x": [1.0]}, [[1.0]], np.ones((4, 2)), None, 3])
def test_what_is_no_table_is_told_what_is_one(table):
    with pytest.raises(TypeError, match="^table must be a DataFrame of pandas or the path of a CSV file, got "):
        own_data(table, "x")


def test_batches_are_drawn_with_the_seed_of_the_bench():
    bench = Bench(epochs=2, batch_size=10, seed=5)
    X, _, Y, *_ = data_of(bench)
    network = bench.network().initialize(bench.start, 5)
    how = {"loss": bench.loss, "optimizer": OPTIMIZERS[bench.optimizer](bench.learning_rate, 0.0)}
    trained = {seed: train(network.copy(), X, Y, epochs=2, batch_size=10, seed=seed, **how) for seed in (0, 5)}
    found = bench.run().theta[-1]
    assert np.array_equal(found, trained[5].theta[-1]) and not np.array_equal(found, trained[0].theta[-1])


def test_noise_moves_the_inputs_where_there_are_classes_and_else_the_target():
    for data, moved in (("moons", 0), ("line", 2)):
        noisy, clean = data_of(Bench(data=data, noise=0.2)), data_of(Bench(data=data, noise=0.0))
        assert [not np.array_equal(noisy[part], clean[part]) for part in (0, 2)] == [moved == 0, moved == 2]


def test_a_program_without_an_edit_says_its_settings_once_and_in_place():
    assert "how" not in Bench(epochs=30).code() and "how = dict(" in Bench(epochs=30, edits=((5, 0, 1.0),)).code()


@pytest.mark.parametrize("rows, sentence", [
    ([(1.0, 2.0, 0.0), 5], "row 1 of the table must be a list, got 5"),
    ([(1.0, "x", 0.0), (2.0, 3.0, 1.0)], "column 'b' must hold numbers, got 'x' in row 0; drop the column"),
])
def test_every_row_and_every_feature_of_a_table_is_looked_at(rows, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Table(("a", "b", "t"), [*rows, (4.0, 5.0, 0.0), (6.0, 7.0, 1.0)])


def test_a_file_with_more_columns_than_names_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,t\n1,2,3\n2,3,4\n3,4,5\n")
    with pytest.raises(ValueError, match="whose first line has fewer entries than the second"):
        own_data(path, "t")
