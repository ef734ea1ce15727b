"""python benchmarks/run.py          measures all cases and prints the tables
python benchmarks/run.py --write  the same, and puts them into README.md
python benchmarks/run.py --quick  few repetitions, to see that it works

All contestants of a case take turns in one process, on one thread; a time is the minimum, and the median, over the
turns. Before that, all are checked to reach the same parameters. Install them with `pip install -e .[benchmarks]`.
"""

import os

# Before NumPy, PyTorch and JAX are imported: one thread each.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

import numpy as np
from contestants import CONTESTANTS, Case, Missing

from nbhelpers import SGD, Dense, Network, fibonacci, half_ssr, mse, one_hot, train
from nbhelpers.compiled import CompiledEngine
from nbhelpers.records import Job, Recorder
from nbhelpers.sweeps import sweep
from nbhelpers.training import is_small

OR_X, OR_Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [1]])


def cases():
    random = np.random.default_rng(0)

    def dense(inputs, *layers):
        network = Network(inputs, [Dense(*layer) for layer in layers])
        return network.initialize("glorot", seed=1)

    gate = random.integers(0, 2, (100, 2)).astype(float)
    both = gate[:, :1] * gate[:, 1:]
    and_net = dense(2, (100, "leaky_relu"), (1, "leaky_relu"))
    ten, one = random.normal(size=(100, 10)), random.random((100, 1))
    yield Case("neuron, 6 rows", dense(1, (1, "softplus"), (1, "identity", False)), *fibonacci(), "ssr", 1e-3, 6,
               published="single_neuron")
    yield Case("OR 2-3-1, 4 rows", dense(2, (3, "sigmoid", False), (1, "sigmoid", False)), OR_X, OR_Y, "mse", 0.05, 4,
               published="or_net")
    yield Case("autoencoder 8-3-8, online", dense(8, (3, "sigmoid"), (8, "sigmoid")), *one_hot(), "half_ssr", 1.0, 1,
               published="autoencoder")
    yield Case("AND 2-100-1, 100 rows, SGD", and_net, gate, both, "mse", 0.01, 100, published="and_net")
    yield Case("AND 2-100-1, 100 rows, Adam", and_net, gate, both, "mse", 0.01, 100, adam=True, published="and_net")
    yield Case("feed-forward 10-10-1, 100 rows", dense(10, (10, "sigmoid"), (1, "sigmoid")), ten, one, "ssr", 0.01, 100,
               published="feed_forward")
    for sizes in ((8, 16, 8), (64, 32, 10), (784, 128, 10)):
        for batch_size in (1, 32, 128):
            network = dense(sizes[0], (sizes[1], "sigmoid"), (sizes[2], "sigmoid"))
            X, Y = random.normal(size=(128, sizes[0])), random.random((128, sizes[2]))
            name = f"{'-'.join(map(str, sizes))}, batch of {batch_size}"
            yield Case(name, network, X, Y, "mse", 0.01, batch_size)


def check(name, run, case, epochs=3):
    """Raise SystemExit unless the contestant reaches the parameters that the NumPy engine reaches."""
    if getattr(run, "trains_nothing", False):
        return
    expected = getattr(run, "reference", CONTESTANTS["ours, NumPy"](case))(epochs)
    apart = np.abs(run(epochs) - expected).max() / np.abs(expected).max()
    if not apart < 1e-9:
        raise SystemExit(f"{name} must reach the same parameters in {case.name}, but it is {apart:.1e} away")


def measure(case, names, turns, seconds):
    """The times of each contestant, in microseconds for an update, shape (turns,); and the reasons of the missing."""
    runs, epochs, missing = {}, {}, {}
    for name in names:
        try:
            runs[name] = CONTESTANTS[name](case)
        except Missing as reason:
            missing[name] = str(reason)
            continue
        check(name, runs[name], case)
        # Twice as many epochs until a turn is long enough to be measured.
        epochs[name], lasted = 1, 0.0
        while lasted < seconds:
            epochs[name] *= 2
            lasted = timed(runs[name], epochs[name])
    times = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            times[name].append(timed(run, epochs[name]) / epochs[name] / case.updates * 1e6)
    return {name: np.array(values) for name, values in times.items()}, missing


def timed(function, *arguments):
    start = perf_counter()
    function(*arguments)
    return perf_counter() - start


def table(case, times, missing):
    """The lines of a case's table."""
    # What engine="auto" takes.
    compiled = "ours, compiled" in times and is_small(case.network, case.batch_size)
    base = "ours, compiled" if compiled else "ours, NumPy"
    yield f"\n### {case.name}\n\n| | minimum | median | times {base} |\n|---|--:|--:|--:|"
    for name, values in times.items():
        yield f"| {name} | {values.min():.3g} | {np.median(values):.3g} | {values.min() / times[base].min():.3g} |"
    for name, reason in missing.items():
        if name != "published code" or case.published:
            yield f"| {name} | {reason} | | |"


def machine():
    """When and on what this was measured, in a sentence."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    found = []
    for name in ("numpy", "wasmtime", "torch", "jax", "scikit-learn", "autograd"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            pass
    return (
        f"{date.today()}, {os.cpu_count()}-core {platform.machine()}, {system}, Python {platform.python_version()}, "
        f"{', '.join(found)}. Microseconds for an update."
    )


def ratio(times, above, below):
    """The ratio of two contestants in the minima and in the medians, as text."""
    if above not in times or below not in times:
        return "missing"
    low, middle = (pick(times[above]) / pick(times[below]) for pick in (np.min, np.median))
    return f"{low:.3g} ({middle:.3g})"


def goals(all_times):
    """Rows of goal, threshold and measured ratio."""
    compiled, plain, jax = "ours, compiled", "ours, NumPy", "JAX, whole loop compiled"
    neuron, gate, auto, sgd, adam, forward = list(all_times)[:6]
    wide = "784-128-10, batch of 128"
    for case in (neuron, gate, auto):
        yield f"{case}: PyTorch eager / compiled", "≥ 500", ratio(all_times[case], "PyTorch eager", compiled)
    for case in (gate, auto):
        yield f"{case}: JAX's compiled loop / compiled", "≥ 1", ratio(all_times[case], jax, compiled)
        yield f"{case}: compiled / plain C", "≤ 2", ratio(all_times[case], compiled, "plain C, gcc -O3")
    for case in (sgd, adam):
        yield f"{case}: JAX's compiled loop / compiled", "≥ 0.6", ratio(all_times[case], jax, compiled)
        yield f"{case}: PyTorch eager / compiled", "≥ 10", ratio(all_times[case], "PyTorch eager", compiled)
    for case in (gate, auto):
        yield f"{case}: PyTorch eager / NumPy engine", "≥ 20", ratio(all_times[case], "PyTorch eager", plain)
    yield f"{wide}: NumPy engine / matrix products", "≤ 1.3", ratio(all_times[wide], plain, "matrix products alone")
    yield f"{wide}: PyTorch eager / NumPy engine", "≥ 1", ratio(all_times[wide], "PyTorch eager", plain)
    yield f"{forward}: published code / compiled", "≥ 190", ratio(all_times[forward], "published code", compiled)
    yield f"{forward}: PyTorch eager / compiled", "≥ 15", ratio(all_times[forward], "PyTorch eager", compiled)
    yield f"{forward}: JAX's compiled loop / compiled", "≥ 0.6", ratio(all_times[forward], jax, compiled)


def whole_jobs(turns):
    """Rows of what is not a matter of microseconds a step."""
    def autoencoder():
        network = Network(8, [Dense(3, "sigmoid"), Dense(8, "sigmoid")]).initialize("uniform", seed=0)
        arguments = {"loss": half_ssr, "optimizer": SGD(1.0), "batch_size": 1, "stop_below": 0.001}
        return train(network, *one_hot(), epochs=60_000, **arguments)

    (case,) = (case for case in cases() if case.published == "autoencoder")
    published = CONTESTANTS["published code"](case)
    updates, quick, slow = autoencoder().ended_at * 8, [], []
    for _ in range(turns):
        quick.append(timed(autoencoder))
        # A hundredth of the job is long enough.
        slow.append(timed(published, 400) / 400 / 8 * updates)
    yield f"the autoencoder's whole job ({updates} updates), seconds", "", f"{min(quick):.3g} ({np.median(quick):.3g})"
    pair = min(slow) / min(quick), np.median(slow) / np.median(quick)
    yield "the autoencoder's whole job: published code / ours", "≥ 400", f"{pair[0]:.3g} ({pair[1]:.3g})"

    def or_training(seed, record=2, epochs=10_000):
        train(build_or(seed), OR_X, OR_Y, loss=mse, optimizer=SGD(0.05), epochs=epochs, record=record)

    def or_sweep(threads, runs=1000):
        rates = np.geomspace(0.05, 5, 10).tolist()
        with ThreadPoolExecutor(threads) as pool:
            sweep(build_or, OR_X, OR_Y, loss=mse, learning_rates=rates, seeds=range(runs // 10), epochs=10_000,
                  executor=pool)

    few, many, alone, one, two = [], [], [], [], []
    # Each lasts a fortieth of a second and no more: so often that both have their undisturbed moments.
    for _ in range(10 * turns):
        few.append(timed(or_training, 0, 2, 100_000))
        many.append(timed(or_training, 0, 200, 100_000))
    for _ in range(max(2, turns // 3)):
        # All three last equally long, or the longer would have the more of the machine's disturbances.
        alone.append(np.mean([timed(or_training, seed % 100) for seed in range(1000)]))
        one.append(timed(or_sweep, 1) / 1000)
        two.append(timed(or_sweep, 2) / 1000)
    for label, goal, above, below in (
        ("recording 200 of 100 000 OR epochs / recording 2", "≤ 1.02", many, few),
        ("sweep of 1 000 OR runs on one thread: per run / one run alone", "≤ 1.1", one, alone),
        ("sweep of 1 000 OR runs: one thread / two threads", "≥ 1.7", one, two),
    ):
        yield label, goal, f"{min(above) / min(below):.3g} ({np.median(above) / np.median(below):.3g})"

    job = Job(build_or(0), OR_X, OR_Y, mse, SGD(0.05), epochs=10**6, batch_size=4)
    engine = CompiledEngine(job, Recorder(job, room=2))
    calls = [timed(engine, 1, 1.0) * 1e6 for _ in range(100 * turns)]
    yield "a call of the compiled loop for one epoch of OR, µs", "≤ 60", f"{min(calls):.3g} ({np.median(calls):.3g})"
    yield from cold_starts(turns)

    # As after an installation, where Python has kept the bytecode of both; the first round makes it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
    imports = {"numpy": [], "nbhelpers": []}
    for turn in range(2 * turns + 1):
        for name, values in imports.items():
            command = [sys.executable, "-c", code.format(name)]
            found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            values += [float(found.stdout)] if turn else []
    pair = [pick(imports["nbhelpers"]) / pick(imports["numpy"]) for pick in (min, np.median)]
    yield "time to import nbhelpers / time to import numpy", "≤ 1.2", f"{pair[0]:.3g} ({pair[1]:.3g})"


def cold_starts(turns):
    """Rows of what a fresh kernel waits for and needs, from the first import to the autoencoder's whole job done."""
    program = Path(__file__).with_name("cold_start.py")
    seconds, megabytes = {}, {}
    for name, times in (("ours", turns), ("JAX", turns), ("PyTorch", 2)):
        for _ in range(times):
            found = subprocess.run([sys.executable, program, name], capture_output=True, text=True)
            if found.returncode == 0:
                time, memory = map(float, found.stdout.split())
                seconds.setdefault(name, []).append(time)
                megabytes.setdefault(name, []).append(memory)
    ours = np.array(seconds["ours"])
    yield "the autoencoder's whole job in a fresh kernel, seconds", "", f"{ours.min():.3g} ({np.median(ours):.3g})"
    for name, goal in (("JAX", "≥ 4"), ("PyTorch", "≥ 1")):
        yield f"the same: {name} / ours", goal, ratio({key: np.array(v) for key, v in seconds.items()}, name, "ours")
    for name, goal in (("ours", "≤ 25"), ("JAX", ""), ("PyTorch", "")):
        if name in megabytes:
            low, middle = min(megabytes[name]), np.median(megabytes[name])
            yield f"memory that this adds to a kernel, {name}, MB", goal, f"{low:.3g} ({middle:.3g})"


def build_or(seed):
    layers = [Dense(3, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)]
    return Network(2, layers).initialize("uniform", seed)


def main(args):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--only", default="", metavar="WORDS", help="only the cases whose name has these words")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    options = parser.parse_args(args)
    if options.write and (options.only or options.quick):
        parser.error("--write goes with neither --only nor --quick: README.md holds all tables, measured with care")
    if not any(options.only in case.name for case in cases()):
        parser.error(f"no case has the words {options.only!r}: {', '.join(case.name for case in cases())}")
    turns, seconds = (2, 0.001) if options.quick else (20, 0.1)
    text = []

    def say(line):
        text.append(line)
        print(line, flush=True)

    say(machine())
    all_times = {}
    for case in cases():
        if options.only in case.name:
            wide = case.network.sizes[0] >= 8 and not case.published
            names = [name for name in CONTESTANTS if wide or name != "matrix products alone"]
            all_times[case.name], missing = measure(case, names, turns, seconds)
            for line in table(case, all_times[case.name], missing):
                say(line)
    if not options.only:
        say("\n### Goals\n\n| | goal | minima (medians) |\n|---|---|---|")
        for rows in (goals(all_times), whole_jobs(turns)):
            for row in rows:
                say("| " + " | ".join(row) + " |")
    if options.write:
        readme = Path(__file__).with_name("README.md")
        readme.write_text(with_tables(readme.read_text(), text))


def with_tables(readme, lines):
    """The text `readme` with `lines` in the place of what was measured before; the sections around it stay."""
    before, heading, measured = readme.partition("## Measured\n")
    _, after, rest = measured.partition("\n## ")
    return before + heading + "\n" + "\n".join(lines) + "\n" + after + rest


if __name__ == "__main__":
    main(sys.argv[1:])
