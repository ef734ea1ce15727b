"""A bench as a program: the lines of Python that do what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from .recipes import RECIPES, names
from .settings import SCHEDULES, Settings
from .tables import Table

OPTIMIZERS = {
    "sgd": "SGD({rate}{decay})", "momentum": "SGD({rate}, momentum=0.9{decay})", "adam": "Adam({rate}{decay})",
}


def program(bench: Settings, diverged: int | None = None) -> str:
    """The program. Every word in it comes from the settings' own lists, and all else is written as a literal.

    `diverged` is the epoch in which the run diverges, if it does.
    """
    body = [*_data(bench), *_network(bench), *_training(bench, diverged)]
    text = "\n".join(body)
    used = ["SGD" if bench.optimizer != "adam" else "Adam", "Dense", "Network", "train"]
    used += [name for name in (*_functions(bench), "noisy", "split", "standardized") if f"{name}(" in text]
    used += ["faulty_gradient"] if bench.fault else []
    extra = ["import numpy as np"] if "np." in text else []
    extra += ["import pandas as pd"] if isinstance(bench.data, Table) else []
    return "\n".join([*extra, f"from nbhelpers import {', '.join(sorted({*used}))}", "", *body]) + "\n"


def _functions(bench: Settings) -> list[str]:
    return ["own_data"] if isinstance(bench.data, Table) else [RECIPES[bench.data].function]


def _data(bench: Settings) -> Iterator[str]:
    if isinstance(bench.data, Table):
        table = bench.data
        yield f"table = pd.DataFrame({[*table.rows]!r}, columns={[*table.columns]!r})"
        yield f"X, Y = own_data(table, {table.columns[-1]!r})"
    else:
        recipe = RECIPES[bench.data]
        arguments = [repr(argument) for argument in recipe.arguments] + ([] if recipe.fixed else [str(bench.rows)])
        yield f"X, Y = {recipe.function}({', '.join(arguments)})"
        for part in recipe.standardize:
            yield f"{part} = standardized({part})"
    if bench.noise:
        part = "X" if names(bench.data)[1] else "Y"
        yield f"{part} = noisy({part}, {bench.noise!r}, seed={bench.data_seed})"
    if bench.two_columns:
        yield "Y = np.hstack([1 - Y, Y])"
    yield f"X, X_test, Y, Y_test = split(X, Y, {bench.test_share!r}, seed={bench.data_seed})"


def _network(bench: Settings) -> Iterator[str]:
    network = bench.network()
    layers = ", ".join(f'Dense({layer.units}, "{layer.activation.name}")' for layer in network.layers)
    yield f"network = Network({network.inputs}, [{layers}])"
    yield f'network.initialize("{bench.start}", seed={bench.seed})'


def _training(bench: Settings, diverged: int | None) -> Iterator[str]:
    decay = f", weight_decay={bench.weight_decay!r}" if bench.weight_decay else ""
    optimizer = OPTIMIZERS[bench.optimizer].format(rate=repr(bench.learning_rate), decay=decay)
    how = [f'loss="{bench.loss}"', f"optimizer={optimizer}"]
    if bench.batch_size is not None:
        how.append(f"batch_size={bench.batch_size}, seed={bench.seed}")
    if bench.schedule != "off":
        how.append(f'schedule="{SCHEDULES[bench.schedule]}"')
    if bench.fault:
        yield f"wrong = faulty_gradient(network, {bench.loss!r}, {bench.fault!r})"
        how.append("gradient=wrong")
    parts = [part for part in bench.parts if diverged is None or part[0] < diverged]
    shared = ", ".join(how)
    if len(parts) > 1:
        yield f"how = dict({shared})"
        shared = "**how"
    for first, last, room in parts:
        yield from _edits(bench, first)
        # A run that diverges goes back to the last state that was kept.
        kept = "" if diverged is None else f"record={room}, "
        yield f"history = train(network, X, Y, epochs={last - first}, {kept}{shared})"
    if diverged is None:
        yield from _edits(bench, bench.epochs)
    yield f'print(network.loss(X, Y, "{bench.loss}"), network.loss(X_test, Y_test, "{bench.loss}"))'


def _edits(bench: Settings, epoch: int) -> Iterator[str]:
    for at, place, value in bench.edits:
        if at == epoch:
            yield f"network.theta[{place}] = {value!r}"
