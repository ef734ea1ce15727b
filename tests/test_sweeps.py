"""Sweeps: the same rows in the same order whatever runs them, and every mishap a row."""

import os
import signal
import sys
import warnings
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from queue import SimpleQueue
from threading import Event
from time import sleep

import numpy as np
import pandas as pd
import pytest

from nbhelpers import (
    SGD,
    Activation,
    Adam,
    Dense,
    Loss,
    Network,
    first_seeds,
    identity,
    mse,
    sigmoid,
    ssr,
    sweeps,
    train,
    training,
)
from nbhelpers.sweeps import COLUMNS, sweep

OR_X, OR_Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [1]])
RATES, SEEDS = [0.5, 0.05, 5.0], range(8)
OR = {"loss": mse, "learning_rates": RATES, "seeds": SEEDS, "epochs": 300}


def build(seed):
    network = Network(2, [Dense(3, sigmoid, bias=False), Dense(1, sigmoid, bias=False)])
    return network.initialize("uniform", seed)


def build_line(seed):
    """A straight line, which diverges with a large learning rate; it cannot be built from the seed 3."""
    if seed == 3:
        raise RuntimeError("no network today")
    return Network(2, [Dense(1, identity)]).initialize("normal", seed)


@pytest.fixture(scope="module")
def results():
    return sweep(build, OR_X, OR_Y, **OR)


def test_a_sweep_has_a_row_for_every_pair_in_the_order_that_was_given(results):
    assert results.columns.tolist() == list(COLUMNS)
    assert results["learning_rate"].tolist() == [rate for rate in RATES for _ in SEEDS]
    assert results["seed"].tolist() == [*SEEDS] * 3
    assert (results["stopped"] == "epochs").all() and (results["epochs"] == 300).all()
    assert (results["message"] == "").all() and results["loss"].dtype == np.float64


def test_every_row_is_what_the_run_alone_gives(results):
    for row in results.itertuples():
        network = build(row.seed)
        train(network, OR_X, OR_Y, loss=mse, optimizer=SGD(row.learning_rate), epochs=300)
        assert row.loss == pytest.approx(network.loss(OR_X, OR_Y, mse), rel=1e-12)


def test_functions_that_keep_their_state_outside_of_the_network_are_never_in_two_threads_at_once():
    inside = []

    def alone(act):
        inside.append(act)
        sleep(0.002)
        assert inside.pop() is act and not inside
        return act()

    def gradient(theta, X, Y):
        shared.theta = theta
        return alone(lambda: shared.gradient(X, Y, mse))

    shared, settings = build(0), OR | {"epochs": 3}
    built = sweep(lambda seed: alone(lambda: build(seed)), OR_X, OR_Y, **settings)
    given = sweep(build, OR_X, OR_Y, gradient=gradient, **settings)
    pd.testing.assert_frame_equal(built, sweep(build, OR_X, OR_Y, **settings))
    pd.testing.assert_frame_equal(given, built)


def tied(function, kept):
    """The formula `function`, which leaves something of its own from one call to the next."""

    def formula(*given):
        kept.append(given)
        sleep(0.0005)
        assert kept.pop() is given and not kept
        return function(*given)

    return formula


class Tied(SGD):
    def start(self, parameters):
        return tied(super().start(parameters), self.kept)


@pytest.mark.parametrize("part", ["activation", "loss", "optimizer"])
def test_parts_of_your_own_that_keep_something_between_calls_are_never_in_two_threads_at_once(part):
    kept, settings = [], OR | {"epochs": 3}
    own = {
        "activation": Activation("tied", tied(sigmoid.formula, kept), sigmoid.slope_formula),
        "loss": Loss("tied", "tied", tied(mse.formula, kept), mse.gradient_formula, averaged=True),
        "optimizer": type("Own", (Tied,), {"kept": kept}),
    }

    def built(seed):
        activation = own["activation"] if part == "activation" else sigmoid
        layers = [Dense(3, activation, bias=False), Dense(1, sigmoid, bias=False)]
        return Network(2, layers).initialize("uniform", seed)

    found = sweep(built, OR_X, OR_Y, **settings | ({} if part == "activation" else {part: own[part]}))
    pd.testing.assert_frame_equal(found, sweep(build, OR_X, OR_Y, **settings))


def test_settings_and_the_optimizer_are_handed_on():
    more = {"optimizer": Adam, "batch_size": 1, "stop_below": 0.2, "engine": "numpy"}
    results = sweep(build, OR_X, OR_Y, **OR | {"learning_rates": [0.02], **more})
    for row in results.itertuples():
        history = train(build(row.seed), OR_X, OR_Y, loss=mse, epochs=300, **more | {"optimizer": Adam(0.02)})
        assert (row.epochs, row.stopped) == (history.ended_at, history.stopped) and row.stopped == "stop_below"
        assert row.loss == pytest.approx(history.loss[-1], rel=1e-12)


class Backwards(ThreadPoolExecutor):
    """An executor that works on what it was given last, first, and only when it has it all."""

    def __init__(self, tasks):
        super().__init__(1)
        self.tasks, self.waiting = tasks, []

    def submit(self, function, *arguments):
        future = Future()
        self.waiting.append((future, function, arguments))
        if len(self.waiting) == self.tasks:
            for waiting, function, arguments in reversed(self.waiting):
                waiting.set_result(function(*arguments))
        return future


@pytest.mark.parametrize("executor", [
    lambda: ThreadPoolExecutor(3),
    lambda: Backwards(24),
    lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
], ids=["threads", "backwards", "processes"])
def test_the_results_are_the_same_whatever_runs_them(executor, results):
    with executor() as pool:
        pd.testing.assert_frame_equal(sweep(build, OR_X, OR_Y, executor=pool, **OR), results, check_exact=True)


def test_a_dask_cluster_gives_the_same_results(results):
    distributed = pytest.importorskip("dask.distributed")
    with warnings.catch_warnings():
        # Not ours: what Dask's own libraries warn of.
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
        )
        with cluster, distributed.Client(cluster) as client:
            found = sweep(build, OR_X, OR_Y, executor=client.get_executor(), **OR)
            processes = [worker.process for worker in cluster.workers.values()]
    pd.testing.assert_frame_equal(found, results, check_exact=True)
    assert len(processes) == 2 and not any(process.is_alive() for process in processes if process is not None)


def test_a_run_that_diverges_or_raises_is_a_row_that_says_so():
    results = sweep(build_line, OR_X, OR_Y, loss=ssr, learning_rates=[0.01, 10.0], seeds=[2, 3, 4], epochs=500)
    assert results["stopped"].tolist() == ["epochs", "error", "epochs", "diverged", "error", "diverged"]
    assert np.isfinite(results["loss"]).tolist() == [True, False, True, False, False, False]
    assert results["learning_rate"].tolist() == [0.01] * 3 + [10.0] * 3 and results["seed"].tolist() == [2, 3, 4] * 2
    assert results["message"][1] == "RuntimeError: no network today" and results["epochs"][1] == 0
    history = train(build_line(2), OR_X, OR_Y, loss=ssr, optimizer=SGD(10.0), epochs=500)
    assert results["epochs"][3] == history.ended_at < 500
    advice = "try a smaller learning rate, and check the gradient"
    assert results["message"][3] == f"diverged in epoch {history.ended_at}: {advice}"


def test_a_failure_of_the_first_seed_does_not_end_the_sweep():
    results = sweep(build_line, OR_X, OR_Y, loss=ssr, learning_rates=[0.01], seeds=[3, 4], epochs=5)
    assert results["stopped"].tolist() == ["error", "epochs"]


@pytest.mark.parametrize("seeds", [[2, 3, 4], [3, 4]])
def test_a_program_that_ends_itself_in_a_run_is_a_row_and_the_others_go_on(seeds):
    def build(seed):
        if seed == 3:
            raise SystemExit("no data today")
        return build_line(4)

    results = sweep(build, OR_X, OR_Y, loss=ssr, learning_rates=[0.01], seeds=seeds, epochs=5)
    assert results["stopped"].tolist() == ["error" if seed == 3 else "epochs" for seed in seeds]
    assert results["message"][seeds.index(3)] == "SystemExit: no data today"


@pytest.mark.parametrize("given", [None, [], "a job"])
def test_an_executor_that_gives_no_futures_is_said_in_the_rows_and_not_waited_for(given):
    class Elsewhere:
        """As the pools of other libraries, whose tasks are asked for and do not call back."""

        def submit(self, function, *arguments):
            return given

    how = {"loss": ssr, "learning_rates": [0.01], "seeds": [2, 4], "epochs": 5}
    results = sweep(build_line, OR_X, OR_Y, executor=Elsewhere(), **how)
    expected = f"TypeError: submit of the executor must return a future, got {given!r}"
    assert results["message"].tolist() == [expected] * 2 and results["stopped"].tolist() == ["error"] * 2


def test_an_error_whose_text_raises_is_a_row_too():
    class Speechless(Exception):
        def __str__(self):
            raise ZeroDivisionError("not this one")

    def build(seed):
        raise Speechless

    results = sweep(build, OR_X, OR_Y, loss=ssr, learning_rates=[0.01], seeds=[3], epochs=5)
    assert results["message"].tolist() == ["Speechless, whose own text raises an error"]


class Breaking(ThreadPoolExecutor):
    """An executor that takes two tasks, loses the second and then takes no more."""

    taken = 0

    def submit(self, *task):
        self.taken += 1
        if self.taken == 1:
            return super().submit(*task)
        if self.taken > 2:
            raise RuntimeError("cannot take more")
        future = Future()
        future.set_exception(OSError("worker is gone"))
        return future


def test_an_executor_that_breaks_loses_no_finished_rows(results):
    with Breaking(1) as pool:
        found = sweep(build, OR_X, OR_Y, executor=pool, **OR)
    assert len(found) == len(results) and found["learning_rate"].equals(results["learning_rate"])
    pd.testing.assert_frame_equal(found[:1], results[:1], check_exact=True)
    assert found["stopped"][1:].eq("error").all() and found["loss"][1:].isna().all()
    refused = ["RuntimeError: cannot take more"] * (len(found) - 2)
    assert found["message"][1:].tolist() == ["OSError: worker is gone", *refused]


def test_the_stop_button_while_the_arguments_are_checked_starts_no_runs():
    started = []

    def noted(seed):
        started.append(seed)
        return build(seed)

    def interrupting(theta, X, Y):
        asked.append(theta)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return theta

    asked = []
    with pytest.raises(KeyboardInterrupt):
        sweep(noted, OR_X, OR_Y, gradient=interrupting, batch_size=1, **OR)
    # Twice, to see that each call makes a network of its own.
    assert started == [SEEDS[0]] * 2


def stopped_after(count, monkeypatch, ready=lambda: None):
    """Press the stop button while a sweep waits for another chunk after so many."""

    class Waited(SimpleQueue):
        chunks = 0

        def get(self):
            if self.chunks == count:
                ready()
                raise KeyboardInterrupt
            self.chunks += 1
            return super().get()

    monkeypatch.setattr(sweeps, "SimpleQueue", Waited)


def test_the_stop_button_returns_the_finished_rows(results, monkeypatch):
    stopped_after(5, monkeypatch)
    found = sweep(build, OR_X, OR_Y, **OR)
    # Five at least: others may have been finished meanwhile.
    assert len(found) >= 5
    run = ["learning_rate", "seed"]
    pd.testing.assert_frame_equal(found, found[run].merge(results, on=run), check_exact=True)


def test_the_stop_button_returns_the_finished_rows_of_a_chunk_that_has_begun(monkeypatch):
    begun, go_on = Event(), Event()

    def waiting(seed):
        if seed == 2:
            begun.set()
            go_on.wait(30)
        return build(seed)

    stopped_after(0, monkeypatch, ready=lambda: begun.wait(30))
    monkeypatch.setattr(sweeps, "cpu_count", lambda: 1)
    results = sweep(waiting, OR_X, OR_Y, **OR | {"seeds": range(400), "epochs": 5})
    go_on.set()
    assert results["seed"].tolist() == [0, 1] and np.isfinite(results["loss"]).all()


@pytest.mark.parametrize("executor", [lambda: nullcontext(), lambda: ThreadPoolExecutor(1)], ids=["ours", "another"])
def test_the_stop_button_keeps_waiting_runs_from_starting(executor, monkeypatch):
    started = []

    def noted(seed):
        started.append(seed)
        return build(seed)

    stopped_after(0, monkeypatch)
    monkeypatch.setattr(sweeps, "cpu_count", lambda: 1)
    with executor() as pool:
        results = sweep(noted, OR_X, OR_Y, executor=pool, **OR | {"seeds": range(100), "epochs": 500_000})
    assert len(results) == 0 and results.columns.tolist() == list(COLUMNS) and len(started) < 100


def test_the_progress_bar_counts_every_run_and_is_closed(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, unit):
            self.total, self.count, self.closed = total, 0, False
            bars.append(self)

        def update(self, count):
            self.count += count

        def close(self):
            self.closed = True

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    sweep(build, OR_X, OR_Y, **OR | {"epochs": 1})
    assert not bars
    sweep(build, OR_X, OR_Y, **OR | {"seeds": range(50), "epochs": 1}, progress=True)
    (bar,) = bars
    assert bar.total == bar.count == 150 and bar.closed


class Slow:
    """An executor whose second submission takes long, and the stop button is pressed meanwhile."""

    def __init__(self):
        self.begun, self.futures = 0, []

    def submit(self, *task):
        self.begun += 1
        if self.begun == 2:
            os.kill(os.getpid(), signal.SIGINT)
            sleep(0.5)
        self.futures.append(Future())
        return self.futures[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a process of its own")
def test_the_stop_button_waits_for_a_submission_and_lets_no_other_begin():
    executor = Slow()
    assert sweep(build, OR_X, OR_Y, **OR, executor=executor).empty
    assert executor.begun == len(executor.futures) == 2 and all(future.cancelled() for future in executor.futures)


@pytest.mark.parametrize("wrong, sentence", [
    ({"learning_rates": []}, "learning_rates must be one or more different numbers, got []"),
    ({"learning_rates": [0.1, -1]}, "every learning rate must be a number greater than 0, got -1"),
    ({"seeds": [1, 1]}, "seeds must be one or more different numbers, got [1, 1]"),
    ({"seeds": 10}, "seeds must be a list, got 10; write [10] for a single one"),
    # 512 bytes for each of 16 million runs.
    ({"learning_rates": range(1, 1001), "seeds": range(16_000)}, "learning_rates times seeds must be small enough for "
     "4 GB of memory, got 16000000, which takes 8 GB"),
    ({"learning_rates": 0.1}, "learning_rates must be a list, got 0.1; write [0.1] for a single one"),
    ({"network": 3}, "setting is not known: got 'network'"),
    ({"executor": ThreadPoolExecutor}, "executor must be a concurrent.futures.Executor or None, got <class"),
    ({"seeds": [0.5]}, "every seed must be a whole number of at least 0, got 0.5"),
    ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
    ({"batchsize": 3}, "setting is not known: got 'batchsize'; did you mean batch_size?"),
    ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
    ({"loss": "msi"}, "loss is not known: got 'msi'; did you mean mse"),
    ({"optimizer": SGD(0.1)}, "optimizer must be a function of learning_rate, got SGD(learning_rate=0.1"),
    ({"executor": 4}, "executor must be a concurrent.futures.Executor or None, got 4"),
])
def test_bad_arguments_get_a_sentence_before_any_training(wrong, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        sweep(build, OR_X, OR_Y, **OR | wrong)
    assert str(caught.value).startswith(sentence)


def test_data_and_networks_that_do_not_fit_get_a_sentence_before_any_training():
    with pytest.raises(ValueError, match="X must have 2 columns, one for each input of the network; got 1"):
        sweep(build, OR_X[:, :1], OR_Y, **OR)
    with pytest.raises(TypeError, match="^build must be a function of seed, got 3"):
        sweep(3, OR_X, OR_Y, **OR)
    with pytest.raises(TypeError, match=r"build\(seed\) must return a Network, got None"):
        sweep(lambda seed: None, OR_X, OR_Y, **OR)


def test_a_function_that_returns_the_same_network_again_is_refused_and_the_network_left_as_it_is():
    network = build(0)
    for again in (lambda seed: network, lambda seed: network.initialize("normal", seed)):
        with pytest.raises(ValueError, match="build.* must make a new Network at each call, got one twice; "):
            sweep(again, OR_X, OR_Y, **OR)
    assert np.array_equal(network.theta, build(0).initialize("normal", OR["seeds"][0]).theta)


# The seeds of an experiment


def test_an_experiment_has_all_its_seeds_with_the_compiled_loop(compiled_loop, capsys):
    assert first_seeds(100) == range(100) and capsys.readouterr().out == ""


def test_where_numpy_does_the_training_an_experiment_has_fewer_seeds_and_says_so_once(monkeypatch, capsys):
    monkeypatch.setattr(sweeps, "problem", lambda: "where a test says so")
    training.say_once.cache_clear()
    assert [first_seeds(count) for count in (1, 10, 11, 100, 100)] == [range(n) for n in (1, 10, 10, 10, 10)]
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"Without the compiled loop the first 10 of {count} seeds are tried, and the figures are not those of the "
        f"text; range({count}) tries them all, in some minutes." for count in (11, 100)
    ]


def test_a_chunk_that_is_to_stop_trains_nothing_more():
    stop, done = Event(), []

    def build(seed):
        done.append(seed)
        stop.set()
        return Network(1, [Dense(1, "identity")])

    job = {"X": [[1.0]], "Y": [[1.0]], "loss": "mse", "epochs": 1}
    rows = sweeps._run([(0.1, seed) for seed in range(4)], [], build, SGD, job, stop, "")
    assert done == [0] and [row[:2] for row in rows] == [(0.1, 0)]
