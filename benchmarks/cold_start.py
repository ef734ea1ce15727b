"""python benchmarks/cold_start.py ours    what a fresh kernel waits for, and what it costs in memory

From the first import to the end of the autoencoder's whole job: 314 104 updates, until half the SSR is below 0.001.
Also with `JAX`, which compiles the whole loop, and with `PyTorch`, whose time is that of 2000 updates, scaled. Prints
the seconds, and the megabytes that the process has grown by: for ours since the import, so that they are the loop's.
"""

import re
import sys
from math import nan
from pathlib import Path
from time import perf_counter

import numpy as np

UPDATES = 314_104


def ours():
    from nbhelpers import SGD, Dense, Network, half_ssr, one_hot, train

    before = megabytes()
    network = Network(8, [Dense(3, "sigmoid"), Dense(8, "sigmoid")]).initialize("uniform", seed=0)
    settings = {"loss": half_ssr, "optimizer": SGD(1.0), "batch_size": 1, "stop_below": 0.001}
    assert train(network, *one_hot(), epochs=60_000, engine="compiled", **settings).ended_at * 8 == UPDATES
    return perf_counter() - START, megabytes() - before


def jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp, X = jax.numpy, jax.numpy.eye(8)

    def loss(parameters, x):
        W, b, V, c = parameters
        return 0.5 * ((jax.nn.sigmoid(jax.nn.sigmoid(x @ W + b) @ V + c) - x) ** 2).sum()

    def update(k, state):
        total, parameters = state
        found, slopes = jax.value_and_grad(loss)(parameters, X[k])
        return total + found, [p - g for p, g in zip(parameters, slopes)]

    def epoch(state):
        done, _, parameters = state
        return done + 1, *jax.lax.fori_loop(0, 8, update, (0.0, parameters))

    start = [jnp.array(part) for part in parts()]
    run = jax.jit(lambda p: jax.lax.while_loop(lambda state: state[1] > 0.001, epoch, (0, jnp.inf, p)))
    assert int(run(start)[0]) * 8 == UPDATES
    return perf_counter() - START, megabytes() - BEFORE


def pytorch():
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    model = torch.nn.Sequential(torch.nn.Linear(8, 3), torch.nn.Sigmoid(), torch.nn.Linear(3, 8), torch.nn.Sigmoid())
    optimizer, X = torch.optim.SGD(model.parameters(), lr=1.0), torch.eye(8)
    begun = perf_counter()
    for k in range(2000):
        optimizer.zero_grad()
        (0.5 * ((model(X[k % 8]) - X[k % 8]) ** 2).sum()).backward()
        optimizer.step()
    now = perf_counter()
    return begun - START + (now - begun) * UPDATES / 2000, megabytes() - BEFORE


def parts():
    """The same start as ours: uniform draws, weights and then biases, layer by layer."""
    random = np.random.default_rng(0)
    return [random.random(shape) for shape in ((8, 3), 3, (3, 8), 8)]


def megabytes():
    """The most memory that this process has had, as far as the system says it."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 2**10 if found else nan


if __name__ == "__main__":
    JOBS = {"ours": ours, "JAX": jax, "PyTorch": pytorch}
    if len(sys.argv) != 2 or sys.argv[1] not in JOBS:
        sys.exit(__doc__)
    BEFORE, START = megabytes(), perf_counter()
    print(*JOBS[sys.argv[1]]())
