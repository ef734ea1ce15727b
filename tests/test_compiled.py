"""The compiled loop against the NumPy engine and against recorded figures: two tellings of the same algorithm."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nbhelpers import (
    SGD,
    Adam,
    Dense,
    LeakyReLU,
    Network,
    binary_cross_entropy,
    compiled,
    fibonacci,
    half_ssr,
    identity,
    instances,
    leaky_relu,
    mse,
    one_hot,
    sigmoid,
    softmax_cross_entropy,
    softplus,
    ssr,
    train,
    training,
)
from nbhelpers.activations import ACTIVATIONS, Activation
from nbhelpers.losses import LOSSES, Loss
from nbhelpers.optimizers import SCHEDULES
from nbhelpers.records import Job, Recorder

pytestmark = pytest.mark.usefixtures("compiled_loop")

# The errors that the published OR network printed at the steps 0, 1000, ..., 9000, and its last weights.
OR_ERRORS = [
    1.960156e-01, 1.651662e-01, 1.593565e-01, 1.550351e-01, 1.511067e-01,
    1.465351e-01, 1.392272e-01, 1.234844e-01, 9.350530e-02, 6.205274e-02,
]
OR_THETA = [
    1.66707072, 2.43454525, -1.50667653, 1.66659174, 2.29166158, -1.50681196, 0.70570663, 2.04736287, -4.12867523,
]
OR_X, OR_Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [1]])


def or_network():
    random = np.random.RandomState(1)
    network = Network(2, [Dense(3, sigmoid, bias=False), Dense(1, sigmoid, bias=False)])
    network.theta = np.concatenate([random.rand(2, 3).ravel(), random.rand(3, 1).ravel()])
    return network


def both(network, X, Y, **arguments):
    """The histories of the NumPy engine and of the compiled one, from the same start."""
    return [train(network.copy(), X, Y, engine=engine, **arguments) for engine in ("numpy", "compiled")]


def assert_agree(reference, history):
    assert history.stopped == reference.stopped and history.ended_at == reference.ended_at
    assert history.epochs.tolist() == reference.epochs.tolist()
    scale = np.abs(reference.theta).max(axis=1, keepdims=True)
    assert (np.abs(history.theta - reference.theta) <= 1e-10 * scale).all()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_both_engines_repeat_the_recorded_or_errors(engine):
    network = or_network()
    arguments = {"loss": mse, "optimizer": SGD(0.05), "epochs": 10_000, "record": 11, "engine": engine}
    history = train(network, OR_X, OR_Y, **arguments)
    assert history.epochs.tolist() == list(range(0, 10_001, 1000))
    assert [f"{loss:.6e}" for loss in history.loss[:-1]] == [f"{error:.6e}" for error in OR_ERRORS]
    np.testing.assert_allclose(network.theta, OR_THETA, rtol=0, atol=5.1e-9)


def test_both_engines_train_the_single_neuron_alike():
    network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)])
    # The start that the published program drew.
    network.theta = [-1.224072675713965, 0.9949996276709397, 0.3775881983015979]
    reference, history = both(network, *fibonacci(), loss=ssr, optimizer=SGD(0.01), epochs=200, record=201)
    # The true derivatives there, by central differences.
    step = (network.theta - history.theta[1]) / 0.01
    np.testing.assert_allclose(step, [-1.1026, -0.2828, -0.4451], atol=1e-4)
    assert_agree(reference, history)


@st.composite
def jobs(draw):
    """A network, data and settings of a training that does not diverge at once."""
    activations = st.sampled_from([*ACTIVATIONS.values(), LeakyReLU(0.3)])
    loss = draw(st.sampled_from(list(LOSSES.values())))
    layers = draw(st.lists(st.builds(Dense, st.integers(1, 9), activations, st.booleans()), min_size=1, max_size=3))
    if loss is binary_cross_entropy:
        layers[-1] = Dense(layers[-1].units, sigmoid, layers[-1].bias)
    if loss is softmax_cross_entropy:
        layers[-1] = Dense(layers[-1].units + 1, layers[-1].activation, layers[-1].bias)
    network = Network(draw(st.integers(1, 9)), layers).initialize("glorot", seed=draw(st.integers(0, 99)))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    rows = draw(st.integers(1, 40))
    X, Y = random.normal(size=(rows, network.inputs)), random.random((rows, network.sizes[-1]))
    if loss is softmax_cross_entropy:
        Y /= Y.sum(axis=1, keepdims=True)
    rate, decay = draw(st.floats(1e-4, 0.02)), draw(st.sampled_from([0.0, 0.01]))
    # Adam's own epsilon of 1e-8 would turn roundings of a gradient that is all but 0 into steps of their own.
    optimizer = draw(st.sampled_from([
        SGD(rate / rows, weight_decay=decay), SGD(rate / rows, 0.9, decay),
        Adam(rate, weight_decay=decay, epsilon=1e-4),
    ]))
    batch_size = draw(st.one_of(st.none(), st.just(1), st.integers(1, rows)))
    seed = draw(st.one_of(st.none(), st.integers(0, 99)))
    schedule = draw(st.sampled_from([*SCHEDULES]))
    settings = {"loss": loss, "optimizer": optimizer, "batch_size": batch_size, "seed": seed, "schedule": schedule}
    return network, X, Y, settings


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(jobs(), st.integers(1, 40), st.integers(2, 50), st.sampled_from([1, 3, 8, 128]))
def test_both_engines_agree_on_random_networks_settings_and_data(job, epochs, record, portion):
    network, X, Y, arguments = job
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "PORTION", portion)
        assert_agree(*both(network, X, Y, epochs=epochs, record=record, **arguments))


@settings(deadline=None, max_examples=40)
@given(jobs(), st.integers(1, 40))
def test_both_engines_stop_below_a_loss_in_the_same_epoch(job, epoch):
    network, X, Y, arguments = job
    before, after = train(network.copy(), X, Y, epochs=epoch, record=50, engine="numpy", **arguments).loss[-2:]
    # Where nothing moves, the last digit would decide.
    assume(abs(before - after) > 1e-9 * after)
    arguments["stop_below"] = float((before + after) / 2)
    assert_agree(*both(network, X, Y, epochs=80, record=20, **arguments))


def test_the_autoencoder_reaches_its_goal_in_the_same_epoch():
    network = Network(8, [Dense(3, sigmoid), Dense(8, sigmoid)]).initialize("uniform", seed=0)
    arguments = {"loss": half_ssr, "optimizer": SGD(1.0), "batch_size": 1, "stop_below": 0.1, "record": 50}
    reference, history = both(network, *one_hot(), epochs=100_000, **arguments)
    assert history.stopped == "stop_below" and history.ended_at > 500
    assert_agree(reference, history)


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("loss", ["ssr", "half_ssr", "mse"])
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_overflow_is_silent_and_divergence_is_seen_in_the_same_epoch(batch_size, loss, hidden):
    network = Network(1, [Dense(3, hidden), Dense(1, identity)]).initialize("normal", seed=3)
    settings = {"loss": loss, "optimizer": SGD(10.0), "batch_size": batch_size}
    reference, history = both(network, *fibonacci(), epochs=2000, record=3000, **settings)
    assert history.stopped == reference.stopped == "diverged"
    assert history.ended_at == reference.ended_at and history.epochs.tolist() == reference.epochs.tolist()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=repr)
@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=repr)
def test_the_limits_of_all_formulas_are_those_of_the_numpy_engine(activation, loss):
    """One sample, one unit: the sum z is the sample, and the bias moves by the derivative in it.

    A softmax needs a second unit; its sum is -z.
    """
    theta, Y = [1.0, 0.0], [[0.25]]
    if loss is softmax_cross_entropy:
        theta, Y = [1.0, -1.0, 0.0, 0.0], [[0.5, 0.5]]
    for z in (-np.inf, -1e308, -800.0, -1.0, -0.0, 0.0, 1e-300, 1.0, 40.0, 800.0, 1e308, np.inf, np.nan):
        found = []
        for kind in (training.NumpyEngine, compiled.CompiledEngine):
            network = Network(1, [Dense(len(Y[0]), activation)])
            network.theta = theta
            job = Job(network, np.array([[z]]), np.array(Y), loss, SGD(1e-3))
            found.append([kind(job, Recorder(job, room=2))(1, 1.0), *network.theta])
        np.testing.assert_allclose(*found, rtol=1e-14, err_msg=f"z = {z}")


@pytest.mark.parametrize(
    "settings", [{}, {"seed": 5, "batch_size": 3}, {"schedule": "cosine"}], ids=["in order", "shuffled", "cosine"]
)
def test_records_slices_and_room_change_nothing(settings, monkeypatch):
    network = Network(2, [Dense(3, sigmoid), Dense(1, leaky_relu)]).initialize("normal", seed=2)
    arguments = {"loss": mse, "optimizer": Adam(0.01), "epochs": 300, **settings}

    def trained(**more):
        return train(network.copy(), OR_X, OR_Y, engine="compiled", **arguments, **more)

    def last(**more):
        return trained(**more).theta[-1]

    unbroken, goal = last(record=301), trained(stop_below=0.1)
    assert 1 < goal.ended_at < 300
    assert np.array_equal(last(record=2), unbroken)
    # Room for few records whose distance doubles, so that the loop comes back often.
    assert np.array_equal(last(record=4, stop_below=0.0), unbroken)
    # Slices of a single batch.
    monkeypatch.setattr(training, "SLICE_SECONDS", -1.0)
    assert np.array_equal(last(record=20), unbroken)
    assert trained(stop_below=0.1).ended_at == goal.ended_at
    monkeypatch.setattr(compiled, "ORDERED_ROWS", 1)
    assert np.array_equal(last(record=20), unbroken)


def watch(monkeypatch, before=lambda *arguments: None, after=lambda: None):
    """Call `before` with the arguments of every call of the loop, and `after` when it has returned."""
    run = compiled.CompiledEngine._run

    def watched(self, *arguments):
        before(self, *arguments)
        try:
            return run(self, *arguments)
        finally:
            after()

    monkeypatch.setattr(compiled.CompiledEngine, "_run", watched)


def test_a_slice_has_as_many_epochs_as_fit_into_its_time(monkeypatch):
    asked, now = [], [0.0]

    def one_millisecond_each(engine, epochs, *rest):
        asked.append(epochs)
        now[0] += 0.001 * epochs

    watch(monkeypatch, one_millisecond_each)
    monkeypatch.setattr(compiled, "perf_counter", lambda: now[0])
    train(or_network(), OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=100_000, engine="compiled")
    # The first slice goes by a guess, the others by what was measured: 50 ms are 50 epochs, less the rounding.
    assert len(asked) > 100 and set(asked[1:-1]) <= {49, 50} and sum(asked) == 100_000


@pytest.mark.parametrize("settings", [{"stop_below": 0.0}, {"schedule": "cosine"}])
def test_a_clock_that_stands_still_during_a_slice_does_not_stop_the_training(settings, monkeypatch):
    # Those of browsers go in steps of up to a millisecond, in which some slices are over.
    monkeypatch.setattr(compiled, "perf_counter", lambda: 1.0)
    job = {"loss": mse, "optimizer": SGD(0.05), "epochs": 1000, "engine": "compiled"}
    assert train(or_network(), OR_X, OR_Y, **job, **settings).ended_at == 1000


@pytest.mark.parametrize("seed", [None, 3])
def test_an_epoch_that_is_too_long_for_a_slice_is_run_in_parts(seed, monkeypatch):
    parts, now = [], [0.0]

    def five_milliseconds_a_row(engine, epochs, first, end, *rest):
        parts.append((first, end))
        now[0] += 0.005 * epochs * (end - first)
        if len(parts) == 14:
            raise KeyboardInterrupt

    X, Y = one_hot(24)
    network = Network(24, [Dense(3, sigmoid), Dense(24, sigmoid)]).initialize("uniform", 0)
    settings = {"loss": half_ssr, "optimizer": SGD(1e-3), "batch_size": 3, "seed": seed, "engine": "compiled"}
    whole = train(network.copy(), X, Y, epochs=4, record=5, **settings)
    watch(monkeypatch, five_milliseconds_a_row)
    monkeypatch.setattr(compiled, "perf_counter", lambda: now[0])
    history = train(network, X, Y, epochs=10**6, record=10**5, **settings)
    # The first slice goes by a guess. Later an epoch is known to last 120 ms: 50 ms are 10 rows, or three batches of 3.
    guessed = [part for part in parts if part[0] == 0].index((0, 9))
    assert parts[-13:] == [(0, 9), (9, 18), (18, 24)] * 4 + [(0, 9)] and guessed <= 1
    assert history.stopped == "interrupted" and np.array_equal(history.theta[-1], network.theta)
    assert np.array_equal(train(network.copy(), X, Y, epochs=1, **settings).X, X)
    assert whole.ended_at == 4


def test_the_stop_button_ends_the_training_between_two_slices(monkeypatch):
    calls = []

    def third(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt

    watch(monkeypatch, third)
    network = or_network()
    history = train(network, OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=10**9, engine="compiled")
    assert history.stopped == "interrupted" and history.ended_at == history.epochs[-1] > 0
    assert np.array_equal(history.theta[-1], network.theta)


def test_the_stop_button_within_a_slice_leaves_the_count_of_epochs_right(monkeypatch):
    """Python hears the button when the compiled loop returns, before the result is seen."""
    run, calls = instances.WasmtimeInstance.call, []

    def interrupted(self, *arguments):
        run(self, *arguments)
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(instances.WasmtimeInstance, "call", interrupted)
    settings = {"loss": mse, "optimizer": SGD(0.05), "engine": "compiled"}
    history = train(or_network(), OR_X, OR_Y, epochs=10**9, record=5, **settings)
    monkeypatch.undo()
    assert history.stopped == "interrupted" and len(calls) == 2
    again = train(or_network(), OR_X, OR_Y, epochs=history.ended_at, **settings)
    assert np.array_equal(history.theta[-1], again.theta[-1])


class Pressing:
    """What is deleted just when the stop button is pressed. Python raises nothing out of a deletion."""

    def __del__(self):
        raise KeyboardInterrupt


@pytest.mark.filterwarnings("error")
def test_the_stop_button_is_heard_while_wasmtime_deletes_what_it_has_used(monkeypatch):
    wasmtime = pytest.importorskip("wasmtime")
    call, calls, hook = wasmtime.Func.__call__, [], sys.unraisablehook

    def deleting(self, *arguments):
        calls.append(arguments)
        if len(calls) == 2:
            Pressing()
        return call(self, *arguments)

    monkeypatch.setattr(wasmtime.Func, "__call__", deleting)
    # With this schedule every epoch is a call.
    settings = {"loss": mse, "optimizer": SGD(0.05), "engine": "compiled", "schedule": "cosine"}
    history = train(or_network(), OR_X, OR_Y, epochs=5000, **settings)
    monkeypatch.undo()
    # What the call has done is kept, and whoever listened before listens again.
    assert history.stopped == "interrupted" and len(calls) == 2 and sys.unraisablehook is hook
    assert history.ended_at == history.epochs[-1] == 2


def test_shuffling_holds_a_bounded_number_of_rows(monkeypatch):
    most = []
    watch(monkeypatch, lambda engine, *rest: most.append(engine.orders.size))
    monkeypatch.setattr(compiled, "ORDERED_ROWS", 1000)
    train(or_network(), OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=3000, seed=0, engine="compiled")
    assert max(most) <= 1000


def test_the_recorders_theta_is_written_by_the_loop_as_far_as_its_memory_goes(monkeypatch):
    network = or_network()
    arguments = {"loss": mse, "optimizer": SGD(0.05), "epochs": 500, "record": 501, "engine": "compiled"}
    expected = train(network.copy(), OR_X, OR_Y, **arguments)
    for numbers in (0, 8, 9, 100):
        monkeypatch.setattr(compiled, "RECORDED_NUMBERS", numbers)
        history = train(network.copy(), OR_X, OR_Y, **arguments)
        assert np.array_equal(history.theta, expected.theta) and np.array_equal(history.epochs, expected.epochs)


def test_a_trap_in_the_loop_is_a_sentence_and_leaves_the_network_as_it_was(monkeypatch):
    prepare, network = compiled._call, or_network()

    def beyond_all_memory(job, places):
        call = prepare(job, places)
        call["X"] = 2**31
        return call

    monkeypatch.setattr(compiled, "_call", beyond_all_memory)
    sentence = r"^the compiled loop broke off \(out of bounds memory access\), and the network is as it was: "
    with pytest.raises(RuntimeError, match=sentence):
        train(network, OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=9, engine="compiled")
    assert np.array_equal(network.theta, or_network().theta)
    monkeypatch.undo()
    train(network, OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=9, engine="compiled")
    assert not np.array_equal(network.theta, or_network().theta)


def test_a_trap_in_a_later_call_leaves_the_network_as_it_was_before_the_first(monkeypatch):
    network, calls = or_network(), []

    def beyond_all_memory(engine, *rest):
        calls.append(engine)
        if len(calls) == 3:
            assert not np.array_equal(network.theta, or_network().theta)
            engine.call["X"] = 2**31

    watch(monkeypatch, beyond_all_memory)
    # Room for a record in each call.
    monkeypatch.setattr(compiled, "RECORDED_NUMBERS", network.theta.size)
    with pytest.raises(RuntimeError, match="^the compiled loop broke off"):
        train(network, OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=90, record=91, engine="compiled")
    assert len(calls) == 3 and np.array_equal(network.theta, or_network().theta)


# Which engine is taken


def engine_of(monkeypatch, network, X, Y, **arguments):
    """The name of the engine that `train` takes."""
    taken = []
    for engine in (training.NumpyEngine, compiled.CompiledEngine):
        original = engine.__init__

        def noted(self, *rest, engine=engine, original=original):
            taken.append(engine.__name__)
            original(self, *rest)

        monkeypatch.setattr(engine, "__init__", noted)
    train(network, X, Y, **{"loss": mse, "optimizer": SGD(), "epochs": 1, **arguments})
    monkeypatch.undo()
    return taken[0]


def own_activation():
    return Activation("mine", np.tanh, lambda z, a, out: np.cos(z, out))


def test_auto_takes_the_compiled_loop_for_small_networks_and_single_samples_and_numpy_elsewhere(monkeypatch):
    assert engine_of(monkeypatch, or_network(), OR_X, OR_Y) == "CompiledEngine"
    assert engine_of(monkeypatch, or_network(), OR_X, OR_Y, engine="numpy") == "NumpyEngine"
    wide = Network(2, [Dense(20_000, sigmoid), Dense(1, sigmoid)])
    assert engine_of(monkeypatch, wide, OR_X, OR_Y) == "NumpyEngine"
    assert engine_of(monkeypatch, wide, OR_X, OR_Y, engine="compiled") == "CompiledEngine"
    assert engine_of(monkeypatch, wide, OR_X, OR_Y, batch_size=1) == "CompiledEngine"
    middle = Network(64, [Dense(32, sigmoid), Dense(10, sigmoid)])
    for rows, engine in ((32, "CompiledEngine"), (128, "NumpyEngine")):
        assert engine_of(monkeypatch, middle, np.ones((rows, 64)), np.ones((rows, 10))) == engine
    own = Network(2, [Dense(1, own_activation())])
    assert engine_of(monkeypatch, own, OR_X, OR_Y) == "NumpyEngine"
    network = or_network()
    given = {"gradient": lambda theta, X, Y: network.gradient(X, Y, mse)}
    assert engine_of(monkeypatch, or_network(), OR_X, OR_Y, **given) == "NumpyEngine"


def test_a_part_of_your_own_with_a_name_of_ours_is_taken_for_what_it_is(monkeypatch):
    steep = Activation("sigmoid", sigmoid.formula, lambda z, a, out: np.multiply(z, 0.5, out))
    double = Loss("mse", "MSE", mse.formula, ssr.gradient_formula, averaged=True)
    ours = Network(2, [Dense(1, sigmoid)])
    assert engine_of(monkeypatch, Network(2, [Dense(1, steep)]), OR_X, OR_Y) == "NumpyEngine"
    assert engine_of(monkeypatch, ours, OR_X, OR_Y, loss=double) == "NumpyEngine"
    # A copy, as it comes back from another process, is ours.
    twin, loss = pickle.loads(pickle.dumps((ours, mse)))
    assert engine_of(monkeypatch, twin, OR_X, OR_Y, loss=loss) == "CompiledEngine"


def test_the_compiled_engine_says_in_a_sentence_what_it_cannot_do():
    arguments = {"loss": mse, "optimizer": SGD(), "epochs": 1, "engine": "compiled"}
    sentence = "engine must be 'auto' or 'numpy' with a gradient of your own, got 'compiled'"
    with pytest.raises(ValueError, match=sentence):
        train(or_network(), OR_X, OR_Y, gradient=lambda theta, X, Y: theta, **arguments)
    own_loss = Loss("mine", "mine", mse.formula, mse.gradient_formula, averaged=True)
    for network, more in ((Network(2, [Dense(1, own_activation())]), {}), (or_network(), {"loss": own_loss})):
        with pytest.raises(ValueError, match="with an activation, a loss or an optimizer of your own, got 'compiled'"):
            train(network, OR_X, OR_Y, **arguments | more)


def test_the_loop_does_not_take_data_of_more_than_its_two_gigabytes():
    job = Job(Network(1, [Dense(1, identity)]), np.zeros((1, 1)), np.zeros((1, 1)), mse)
    for rows, sentence in ((2**27, "with data or parameters of more than two gigabytes"), (2**26, "")):
        for name in ("X", "Y"):
            # A view of a single number: it takes no memory.
            object.__setattr__(job, name, np.broadcast_to(0.0, (rows, 1)))
        assert compiled.refusal(job) == sentence


def test_one_part_of_your_own_among_known_ones_is_enough_for_a_refusal():
    network = Network(2, [Dense(2, sigmoid), Dense(1, own_activation())])
    job = Job(network, np.zeros((1, 2)), np.zeros((1, 1)), mse)
    assert compiled.refusal(job) == "with an activation, a loss or an optimizer of your own"


def test_a_wide_layer_takes_memory_for_a_portion_of_the_samples_and_not_for_all():
    # All samples at once would take 8 * 300 000 * 1000 bytes for this layer.
    column = np.zeros((300_000, 1))
    job = Job(Network(1, [Dense(1000, sigmoid), Dense(1, sigmoid)]), column, column, mse)
    assert compiled.refusal(job) == ""


def test_more_than_the_loops_memory_holds_is_refused_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(compiled, "MOST_BYTES", 2**20 + 1000)
    sentence = "engine must be 'auto' or 'numpy' with data or parameters of more than two gigabytes, got 'compiled'"
    arguments = {"loss": mse, "optimizer": SGD(), "epochs": 1}
    with pytest.raises(ValueError, match=sentence):
        train(or_network(), OR_X, OR_Y, engine="compiled", **arguments)
    train(or_network(), OR_X, OR_Y, engine="auto", **arguments)
    assert capsys.readouterr().out == ""


RUN = """
import sys
{before}
from nbhelpers import *
network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)]).initialize("normal", seed=0)
assert not sys.modules.get("wasmtime")
for twin in (network.copy(), network):
    history = train(twin, *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=100{more})
print(history.loss[-1])
"""


@pytest.mark.parametrize("error, problem", [
    (RuntimeError("no memory\nfor this"), "where the compiled loop does not start (no memory)"),
    (ImportError("No module named 'wasmtime'"), "where wasmtime cannot be imported (No module named 'wasmtime')"),
])
def test_why_the_loop_does_not_start_is_said_in_its_first_line(monkeypatch, error, problem):
    def failing(size):
        raise error

    monkeypatch.setattr(instances, "take", failing)
    instances.problem.cache_clear()
    try:
        assert instances.problem() == problem
    finally:
        instances.problem.cache_clear()


@pytest.mark.parametrize("before, problem", [
    ('sys.modules["wasmtime"] = None', "where wasmtime cannot be imported ("),
    ("import resource; resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))", "where the compiled loop does not st"),
])
def test_where_wasmtime_is_missing_or_fails_training_goes_on_and_asking_for_it_is_answered(before, problem):
    if "resource" in before and sys.platform != "linux":
        pytest.skip("only Linux can keep the loop from its memory in this way")

    def run(more=""):
        code = RUN.format(before=before, more=more)
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)

    network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)]).initialize("normal", seed=0)
    history = train(network, *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=100, engine="compiled")
    word, loss = run().stdout.splitlines()
    assert word.startswith(f"NumPy does the training, several times slower than the compiled loop, {problem}")
    assert float(loss) == pytest.approx(history.loss[-1], rel=1e-10)
    refused = run(', engine="compiled"').stderr
    assert f"\nValueError: engine must be 'auto' or 'numpy' {problem}" in refused and "got 'compiled'" in refused


SHORT = """
import resource
from nbhelpers import *
from nbhelpers import instances
assert not instances.problem()
held = instances.take(0)
resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))
network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)]).initialize("normal", seed=0)
print(train(network.copy(), *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=100).loss[-1])
try:
    train(network, *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=100, engine="compiled")
except MemoryError as error:
    print(error)
"""


def test_where_there_is_memory_for_the_first_loops_alone_numpy_does_the_other_trainings():
    if sys.platform != "linux":
        pytest.skip("only Linux can keep the loop from its memory in this way")
    network = Network(1, [Dense(1, softplus), Dense(1, identity, bias=False)]).initialize("normal", seed=0)
    history = train(network, *fibonacci(), loss=ssr, optimizer=SGD(0.001), epochs=100)
    run = subprocess.run([sys.executable, "-c", SHORT], capture_output=True, text=True, timeout=120)
    word, loss, refused = run.stdout.splitlines()
    assert word == "NumPy does the training, several times slower than the compiled loop, where that gets no memory."
    assert float(loss) == pytest.approx(history.loss[-1], rel=1e-10)
    assert refused.startswith("no more compiled loops start (mmap failed") and refused.endswith("engine='numpy'")
