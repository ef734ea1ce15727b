"""loop.wasm itself: its functions, its bits, its build, its memory, and threads that run it."""

import math
import multiprocessing
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from mpmath import libmp, mp

from nbhelpers import SGD, Adam, Dense, Network, compiled, instances, train, training
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.losses import LOSSES
from nbhelpers.records import Job, Recorder

from .conftest import required
from .exact_jobs import HASHES, bits, trained

pytestmark = pytest.mark.usefixtures("compiled_loop")

SOURCE = instances.LOOP.with_name("loop.c").read_text(encoding="utf-8")

# The loop's functions


def spread(kind, random, count):
    """Numbers that cover the domain of a function; a half of them near its difficult places."""
    sizes = 10.0 ** random.uniform(-320, 0, count // 4)
    signs = random.choice([-1.0, 1.0], count // 4)
    wide, middle, near = {
        "exp": [(-745.2, 709.8), (-40, 40), (-1, 1)],
        "log": [(0.5, 2.0), (0.0, 2.0), (0.0, 1e300)],
        "log1p": [(-1.0, 1.0), (0.0, 1.0), (-0.5, 0.5)],
        "tanh": [(-25, 25), (-1, 1), (0.5, 2.0)],
    }[kind]
    parts = [random.uniform(*limits, count // 4) for limits in (wide, middle, near)]
    hard = {
        "exp": sizes * signs, "log": 10.0 ** random.uniform(-320, 308, count // 4), "log1p": sizes * signs * 0.99,
        "tanh": sizes * signs,
    }
    return np.concatenate([*parts, hard[kind]])


EXACTLY = mp.clone()
EXACTLY.prec = 90
EXACT = {
    "exp": lambda x: libmp.mpf_exp(x, 90, "n"),
    "log": lambda x: libmp.mpf_log(x, 90, "n"),
    "log1p": lambda x: libmp.mpf_log(libmp.mpf_add(libmp.fone, x), 90, "n"),
    "tanh": lambda x: EXACTLY.tanh(EXACTLY.make_mpf(x))._mpf_,
}


def evaluate(kind, x):
    instance = instances.take(x.nbytes + 8)
    instance.write(instance.base, x)
    instance.call("evaluate", list(EXACT).index(kind), instance.base, len(x))
    result = np.empty_like(x)
    instance.read(instance.base, result)
    return result


# NumPy's own largest errors at such points are 0.68, 0.58, 0.61 and 1.17.
@pytest.mark.parametrize("kind, most", [("exp", 0.95), ("log", 0.85), ("log1p", 0.85), ("tanh", 1.35)])
def test_the_loops_functions_are_right_to_about_one_unit_of_the_last_place(kind, most):
    x, worst = spread(kind, np.random.default_rng(0), 100_000), 0.0
    for argument, result in zip(x.tolist(), evaluate(kind, x).tolist()):
        exact = EXACT[kind](libmp.from_float(argument))
        rounded = libmp.to_float(exact, rnd="n")
        if math.isinf(rounded) or rounded == 0.0:
            assert result == rounded
        else:
            apart = libmp.mpf_sub(libmp.from_float(result), exact, 60, "n")
            worst = max(worst, abs(libmp.to_float(libmp.mpf_div(apart, libmp.from_float(math.ulp(rounded)), 60, "n"))))
    assert 0.5 < worst <= most


@pytest.mark.parametrize("kind", EXACT)
def test_the_loops_functions_know_the_limits_that_numpy_knows(kind):
    x = np.array([
        math.inf, -math.inf, math.nan, 0.0, -0.0, -1.0, 5e-324, -5e-324, 1e-310, 708.0, 709.0, 709.782712893384,
        709.7827128933841, 800.0, -708.0, -709.0, -745.1332191019411, -745.1332191019412, -800.0, 1e300, -1e300,
    ])
    with np.errstate(all="ignore"):
        expected = {"exp": np.exp, "log": np.log, "log1p": np.log1p, "tanh": np.tanh}[kind](x)
    # Each number beside every other, because two are computed at once.
    for neighbor in x:
        found = evaluate(kind, np.column_stack([x, np.full_like(x, neighbor)]).ravel())[::2]
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=0)
    if kind != "log1p":
        assert (np.signbit(found) == np.signbit(expected))[~np.isnan(x) & ~np.isnan(expected)].all()


# What both sides have to know


def fields(name):
    """The fields of a struct of loop.c in their order: {name: its type in NumPy}."""
    body = re.sub(r"/\*.*?\*/", "", re.search(rf"typedef struct {{([^}}]*)}} {name};", SOURCE)[1], flags=re.DOTALL)
    found = {}
    for kind, names in re.findall(r"(double|int|Layer) ([^;]+);", body):
        for field in names.split(", "):
            found[field.strip("* ")] = "<f8" if kind == "double" and "*" not in field else "<u4"
    return found


@pytest.mark.parametrize("name, known", [("Layer", compiled.LAYER), ("Job", compiled.JOB)])
def test_the_structs_are_laid_out_as_python_thinks(name, known):
    assert list(fields(name).items()) == [(field, known[field].str) for field in known.names]
    # The other half of the agreement: the compiler's own sizes.
    assert f"sizeof({name}) == {known.itemsize}" in SOURCE


def test_activations_losses_and_optimizers_have_the_same_numbers_on_both_sides():
    known = [compiled.ACTIVATION_CODES, compiled.LOSS_CODES, [kind.__name__ for kind in compiled.OPTIMIZER_CODES]]
    enums = [names.lower().split(", ") for names in re.findall(r"enum { ([^}]*) };", SOURCE)]
    assert enums == [[name.lower() for name in names] for names in known]


# The file


def test_the_committed_file_is_what_the_pinned_compiler_makes_of_the_source():
    required("ziglang", "the compiler is not installed: pip install -e '.[build]'")
    from .build_loop import build

    assert build() == instances.LOOP.read_bytes()


def test_a_source_that_cannot_be_compiled_leaves_the_file_in_the_words_of_the_compiler(tmp_path, monkeypatch):
    from . import build_loop

    monkeypatch.setattr(build_loop, "PACKAGE", tmp_path)
    tmp_path.joinpath("loop.c").write_text("int x")
    with pytest.raises(SystemExit, match="^loop.wasm is left as it was"):
        build_loop.build()


def test_nothing_in_the_loop_can_reach_out_and_its_memory_is_bounded():
    _, module = instances._wasmtime_module()
    assert module.imports == [] and len(instances.LOOP.read_bytes()) < 22_000
    instance = instances.take(0)
    assert instance.exports["memory"].type(instance.store).limits.max * instances.PAGE == compiled.MOST_BYTES
    with pytest.raises(MemoryError, match="^the compiled loop needs 2048 MB of memory and did not get them: train "):
        instances.take(compiled.MOST_BYTES)


# The bits


@pytest.mark.parametrize("name", HASHES)
def test_the_same_job_gives_the_same_bits_on_every_machine(name):
    history = trained(name)
    assert np.isfinite(history.theta).all() and np.abs(history.theta[-1] - history.theta[0]).max() > 1e-3
    assert bits(history) == HASHES[name]


# Whatever comes


any_number = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
share = st.floats(0, 1, exclude_max=True)
optimizers = st.one_of(
    st.builds(SGD, positive, share, st.floats(0, 1e300)),
    st.builds(Adam, positive, share, share, positive, st.floats(0, 1e300)),
)


@st.composite
def allowed(draw):
    """All kinds of arguments that `train` lets through."""
    layer = st.builds(Dense, st.integers(1, 12), st.sampled_from(list(ACTIVATIONS)), st.booleans())
    network = Network(draw(st.integers(1, 12)), draw(st.lists(layer, min_size=1, max_size=4)))
    numbers = st.one_of(st.just(0.0), any_number, st.floats(-4, 4))
    pool = np.array(draw(st.lists(numbers, min_size=1, max_size=20)))
    rows = draw(st.integers(1, 300))
    network.theta, X, Y = (np.resize(np.roll(pool, k), shape) for k, shape in enumerate(
        (network.theta.size, (rows, network.inputs), (rows, network.sizes[-1]))
    ))
    loss = draw(st.sampled_from(list(LOSSES)))
    if "cross_entropy" in loss:
        # Targets are probabilities, and those of a softmax add up to 1.
        Y = np.resize([0.0, 1.0, 0.25, 0.75, 1.0, 0.0], Y.shape)
        Y = np.eye(max(Y.shape[1], 2))[:, : Y.shape[1]][np.arange(rows) % Y.shape[1]] if loss.startswith("soft") else Y
    try:
        network.check(X, Y, loss)
    except ValueError:
        reject()
    return network, X, Y, {
        "loss": loss, "optimizer": draw(optimizers), "epochs": draw(st.integers(1, 60)),
        "batch_size": draw(st.one_of(st.none(), st.integers(1, 400))), "record": draw(st.integers(2, 80)),
        "seed": draw(st.one_of(st.none(), st.integers(0, 2**70))), "stop_below": draw(st.one_of(st.none(), any_number)),
    }


@settings(deadline=None, max_examples=200)
@given(allowed(), st.booleans())
def test_whatever_train_lets_through_comes_back_in_order(job, in_small_slices):
    network, X, Y, arguments = job
    engines = []
    with pytest.MonkeyPatch.context() as patch:
        make = compiled.CompiledEngine.__init__
        def noted(self, *rest):
            engines.append(self)
            make(self, *rest)

        patch.setattr(compiled.CompiledEngine, "__init__", noted)
        patch.setattr(compiled, "ORDERED_ROWS", 500)
        patch.setattr(training, "SLICE_SECONDS", -1.0 if in_small_slices else 0.05)
        history = train(network, X, Y, engine="compiled", **arguments)
    assert 1 <= history.ended_at <= arguments["epochs"] and len(history) <= arguments["record"] + 1
    assert (np.diff(history.epochs) > 0).all() and np.array_equal(history.theta[-1], network.theta)
    # What the loop has to leave alone is as it was.
    engine = engines[0]
    for name, values in (("X", X), ("Y", Y), ("layers", compiled._layers(engine.job, engine.places))):
        found = np.empty_like(values)
        engine.instance.read(engine.places[name], found)
        assert found.tobytes() == values.tobytes()


# Threads and processes


def small_training(seed=0, epochs=2000):
    network = Network(2, [Dense(5, "tanh"), Dense(1, "sigmoid")]).initialize("uniform", seed)
    X, Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    return train(network, X, Y, loss="mse", optimizer=SGD(0.5), epochs=epochs, seed=seed, engine="compiled").theta[-1]


def test_threads_do_not_disturb_each_other():
    alone = [small_training(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(small_training, range(16)))
    assert np.array_equal(alone, together)


def test_other_threads_go_on_while_the_loop_runs():
    network = Network(2, [Dense(5, "tanh"), Dense(1, "sigmoid")])
    job = Job(network, np.zeros((4, 2)), np.ones((4, 1)), LOSSES["mse"], SGD(1e-9), epochs=10**9, batch_size=4)
    engine, woken = compiled.CompiledEngine(job, Recorder(job, room=2)), 0
    engine(20_000, 1.0)
    thread = threading.Thread(target=engine, args=(10**9, 0.5))
    thread.start()
    while thread.is_alive():
        time.sleep(0.001)
        woken += 1
    assert woken > 20


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_can_train():
    expected = small_training()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert np.array_equal(pool.apply_async(small_training).get(60), expected)


def test_a_pair_of_numbers_begins_at_a_multiple_of_its_size():
    assert [instances.beginning(place) for place in (0, 1, 16, 17, 160)] == [0, 16, 16, 32, 160]


def test_an_instance_serves_again_unless_it_has_grown_large():
    small_training()
    before = len(instances.IDLE)
    small_training()
    assert len(instances.IDLE) == before > 0
    network, many = Network(1, [Dense(1, "identity")]), np.zeros((2_000_000, 1))
    train(network, many, many, loss="mse", optimizer="sgd", epochs=1, engine="compiled")
    assert all(instance.size() <= instances.KEPT_BYTES for instance in instances.IDLE)
