"""The stop button at any moment: what was reached is kept, the next call is right, and nothing is left running."""

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from time import monotonic, perf_counter, sleep

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nbhelpers import (
    Bench,
    Dense,
    Explorer,
    Network,
    Playground,
    audit,
    diagnose,
    panels,
    plots,
    sigmoid,
    sweep,
    train,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the moment of an interrupt is set by a timer of POSIX")

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 3)), RANDOM.random(size=(40, 2))


def build(seed):
    return Network(3, [Dense(5, sigmoid), Dense(2, sigmoid)]).initialize("normal", seed)


@pytest.fixture
def times(whole):
    return 100 if whole else 6


@contextmanager
def stop_button(seconds):
    """Pressed once, after so many seconds."""
    def pressed(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, pressed)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def moments(call, times):
    """Random moments of a call, as seconds after its beginning."""
    begun = perf_counter()
    call()
    return np.random.default_rng(1).uniform(0.001, perf_counter() - begun, times).tolist()


def interrupted(call, seconds):
    """What the call returns; None where the interrupt came out, as it may before the work has begun."""
    try:
        with stop_button(seconds):
            return call()
    except KeyboardInterrupt:
        return None


def nothing_runs(before):
    """Whether the threads that a call has begun end soon."""
    end = monotonic() + 10
    while {thread for thread in threading.enumerate() if thread not in before and thread.is_alive()}:
        if monotonic() > end:
            return False
        sleep(0.01)
    return True


@pytest.mark.parametrize("engine, epochs", [("numpy", 3000), ("compiled", 40_000)])
def test_a_training_keeps_what_it_has_reached(engine, epochs, times, request):
    if engine == "compiled":
        request.getfixturevalue("compiled_loop")

    def run(network):
        return train(network, X, Y, loss="mse", optimizer="adam", epochs=epochs, batch_size=10, engine=engine)

    right, came_out = run(build(0)), 0
    for moment in moments(lambda: run(build(0)), times):
        network = build(0)
        history = interrupted(lambda network=network: run(network), moment)
        came_out += history is None
        if history is not None:
            assert history.stopped in ("interrupted", "epochs") and np.isfinite(history.loss).all()
            assert network.theta.tolist() == history.theta[-1].tolist()
            for epoch, theta in zip(history.epochs[:-1], history.theta[:-1]):
                if epoch in right.epochs:
                    assert theta.tolist() == right.theta[right.epochs == epoch][0].tolist()
        assert run(build(0)).theta[-1].tolist() == right.theta[-1].tolist()
    # Before the training begins, and after it has ended, nothing is there to be kept, or all.
    assert came_out <= 0.1 * times + 1


class Interrupting(ThreadPoolExecutor):
    """An executor in the middle of whose `submit` the stop button is pressed."""

    begun = ended = 0

    def submit(self, *task):
        self.begun += 1
        if self.begun == 5:
            signal.raise_signal(signal.SIGINT)
            # Long enough for it to arrive.
            sleep(0.2)
        future = super().submit(*task)
        self.ended += 1
        return future


def test_an_interrupt_never_comes_in_the_middle_of_an_executor():
    with Interrupting(2) as pool:
        how = dict(loss="mse", learning_rates=[0.1], seeds=range(1000), epochs=5, optimizer=_optimizer)
        assert len(sweep(build, X, Y, executor=pool, **how)) < 1000
        assert pool.begun == pool.ended == 5


@contextmanager
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def dask():
    distributed = pytest.importorskip("dask.distributed")
    settings = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster:
        with distributed.Client(cluster) as client:
            yield client.get_executor()


@pytest.mark.parametrize("executor", [nullcontext, processes, dask], ids=["threads", "processes", "dask"])
def test_a_sweep_keeps_the_rows_that_are_finished(executor, times):
    with executor() as pool:
        def run():
            return sweep(
                build, X, Y, loss="mse", learning_rates=[0.1, 0.5], seeds=range(40), epochs=200, executor=pool,
                optimizer=_optimizer,
            )

        right, before, came_out = run(), set(threading.enumerate()), 0
        for moment in moments(run, times):
            found = interrupted(run, moment)
            came_out += found is None
            if found is not None and len(found):
                pair = ["learning_rate", "seed"]
                pd.testing.assert_frame_equal(found, found[pair].merge(right, on=pair), check_exact=True)
            assert pool is not None or nothing_runs(before)
        pd.testing.assert_frame_equal(run(), right)
        # The checks of the arguments come first.
        assert came_out <= 0.2 * times + 1


def _optimizer(rate):
    from nbhelpers import SGD

    return SGD(rate)


class Program:
    """Somebody's network, with its parameters in attributes."""

    def __init__(self):
        self.W, self.v = build(3).weights[0].copy(), build(3).weights[1].copy()

    def loss(self):
        self.H = np.tanh(X @ self.W)
        return ((self.H @ self.v - Y) ** 2).sum()

    def gradient(self):
        D = 2 * (self.H @ self.v - Y)
        return [X.T @ ((D @ self.v.T) * (1 - self.H**2)), self.H.T @ D]


def test_an_audit_puts_the_parameters_back(times):
    program = Program()
    W, v, numbers = program.W, program.v, [program.W.tolist(), program.v.tolist()]

    def run():
        return audit([(program, "W"), (program, "v")], program.loss, program.gradient, points=20)

    assert run().verdict == "right"
    for moment in moments(run, times):
        found = interrupted(run, moment)
        assert found is None or found.verdict == "right"
        assert program.W is W and program.v is v and [W.tolist(), v.tolist()] == numbers
    assert run().verdict == "right"


def test_a_diagnosis_leaves_the_network_as_it_was(times):
    network = build(0)
    theta = network.theta.tolist()

    def gradient(theta, X, Y):
        return -network_of(theta).gradient(X, Y, "mse")

    def network_of(theta):
        other = build(0)
        other.theta = theta
        return other

    def run():
        return diagnose(network, X, Y, "mse", gradient)

    right = run().text
    assert "sign" in right
    for moment in moments(run, times):
        found = interrupted(run, moment)
        assert (found is None or found.text == right) and network.theta.tolist() == theta
    assert run().text == right


class Sliders(Explorer):
    """The training of above with a slider for its learning rate."""

    def __init__(self):
        def run(learning_rate):
            return train(build(0), X, Y, loss="mse", optimizer=_optimizer(learning_rate), epochs=2000)

        super().__init__(run, [panels.LossCurve(), panels.HiddenWeights(0, "x")], learning_rate=(0.1, 0.5, 1.0))


def bench():
    return Playground(Bench(data="xor", layers=[(4, "tanh")], epochs=1000))


@pytest.mark.parametrize("make", [Sliders, bench])
def test_sliders_that_are_set_again_show_what_fresh_ones_show(make, times):
    def run(sliders, rate):
        return sliders.set(learning_rate=rate)

    fresh, sliders, before = make(), make(), set(threading.enumerate())
    for rate in (0.4, 0.8):
        run(fresh, rate)
    for moment in moments(lambda: run(make(), 0.2), times):
        interrupted(lambda: run(sliders, 0.2), moment)
        assert sliders.values == {name: one.for_page(sliders.settings[name]) for name, one in sliders.controls.items()}
        for rate in (0.4, 0.8):
            run(sliders, rate)
        assert sliders.history.theta.tolist() == fresh.history.theta.tolist()
        assert sliders.status == fresh.status and sliders.shown["picture"] == fresh.shown["picture"]
        assert sliders.settings == fresh.settings and nothing_runs(before)


def test_a_bench_whose_training_was_interrupted_is_not_shown_as_trained(monkeypatch):
    sliders, run = bench(), Bench.run

    def pressed(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Bench, "run", pressed)
    with pytest.raises(KeyboardInterrupt):
        sliders.set(epochs=7)
    monkeypatch.setattr(Bench, "run", run)
    # The page takes a weight in hand, which trains nothing where the run of this bench is there.
    sliders._handle_custom_msg({"view": "a page", "id": 1, "values": {"weight": 1}}, [])
    assert sliders.history.epochs[-1] == 7 == sliders.bench.epochs


def test_a_film_is_there_whole_or_as_it_was(tmp_path, times):
    history = train(build(0), X, Y, loss="mse", optimizer="sgd", epochs=20)
    path, before = tmp_path / "film.gif", b"before"

    def run():
        return plots.film([panels.LossCurve()], history, path, size=(3.0, 2.0), progress=False)

    found = moments(run, times)
    # The first progress bar of a program leaves a thread of its own, tqdm's.
    right, threads = path.read_bytes(), set(threading.enumerate())
    with Image.open(path) as film:
        assert film.n_frames == len(history)
    for moment in found:
        path.write_bytes(before)
        interrupted(run, moment)
        assert path.read_bytes() in (before, right) and [*tmp_path.iterdir()] == [path] and nothing_runs(threads)
    run()
    assert path.read_bytes() == right
