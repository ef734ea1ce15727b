"""The bench as controls of an Explorer: where each control stands for a bench, and the bench that a move leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..activations import ACTIVATIONS
from ..faults import CATALOGUE
from ..layers import DRAWS
from ..losses import LOSSES
from .recipes import RECIPES, count, names
from .settings import MOST_LAYERS, OF_NUMBERS, OPTIMIZERS, SCHEDULES, Fault, fits
from .tables import Table
from .workbench import Bench


def _led_by(first: Iterable[str], others: Iterable[str]) -> list[str]:
    """The entries of a choice, which starts at the first one."""
    return list(dict.fromkeys([*first, *others]))


def _label(term: str, phrase: str) -> str:
    return f"{term}: " + phrase.format(activation="the activation", loss="the loss", layer="the layer", below="below")


ALL, NO_FAULT, OWN = "all", "none", "own"
# For each entry of the choice the term and the words of the fault.
FAULTS = {NO_FAULT: ("", "")} | {_label(entry.term, entry.phrase): (entry.term, entry.phrase) for entry in CATALOGUE}
BATCHES = [ALL, 1, 10, 32, 100]
DECAYS = [0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 0.1]
LAYERS = [f"layer_{layer}" for layer in range(1, MOST_LAYERS + 1)]
LIKE = {name: name.replace("layer", "activation") for name in LAYERS}
LARGEST = 10.0

# As an Explorer takes them. A layer of 0 units is left out.
DATA: dict[str, Any] = {
    "data": [*_led_by(["spiral", "circles", "moons", "xor"], RECIPES), OWN], "samples": (4, 200, 2000),
    "noise_percent": (0, 3, 100), "test_percent": (5, 30, 95), "data_seed": (0, 0, 99),
}
NETWORK: dict[str, Any] = {
    **{name: (0, 8 if name in LAYERS[:2] else 0, 16) for name in LAYERS},
    **{like: _led_by(["tanh"], ACTIVATIONS) for like in LIKE.values()},
    "start": _led_by(["glorot"], DRAWS), "seed": (0, 0, 99),
}
TRAINING: dict[str, Any] = {
    "loss": _led_by(["mse"], LOSSES), "optimizer": _led_by(["adam"], OPTIMIZERS), "learning_rate": (1e-4, 0.03, 10.0),
    "schedule": [*SCHEDULES], "weight_decay": DECAYS, "batch_size": BATCHES, "epochs": (1, 1000, 5000),
}
GRADIENT: dict[str, Any] = {"fault": [*FAULTS], "fault_layer": (1, 1, MOST_LAYERS + 1)}
IN_HAND: dict[str, Any] = {"weight": (0, 0, 999), "value": (-LARGEST, 0.0, LARGEST)}
CONTROLS = DATA | NETWORK | TRAINING | GRADIENT | IN_HAND
# What is moved most stands before all groups.
FIRST = ["data", "learning_rate", *IN_HAND]
GROUPS = {
    "network": [*(name for pair in LIKE.items() for name in pair), "start", "seed"],
    "samples": [name for name in DATA if name not in FIRST],
    "training": [name for name in TRAINING if name not in FIRST],
    "gradient": [*GRADIENT],
}


def positions(bench: Bench) -> dict[str, Any]:
    """Where the controls stand, but for those of the weight in hand; at the nearest place where a control ends."""
    layers = dict(zip(LAYERS, bench.layers))
    found = {name: getattr(bench, name) for name in CONTROLS if hasattr(bench, name)} | {
        "data": OWN if isinstance(bench.data, Table) else bench.data, "samples": bench.rows,
        "noise_percent": round(100 * bench.noise), "test_percent": round(100 * bench.test_share),
        "weight_decay": _nearest(DECAYS, bench.weight_decay),
        "batch_size": ALL if bench.batch_size is None else _nearest(BATCHES[1:], bench.batch_size),
        **{name: layers[name][0] if name in layers else 0 for name in LAYERS},
        **{LIKE[name]: activation for name, (_, activation) in layers.items()},
        "fault": _label(*bench.fault[1:]) if bench.fault else NO_FAULT,
    }
    if bench.fault:
        found["fault_layer"] = bench.fault[0]
    for name, value in found.items():
        if isinstance(limits := CONTROLS.get(name), tuple):
            found[name] = type(value)(min(max(value, limits[0]), limits[2]))
    return found


def _nearest(entries: list[Any], value: float) -> Any:
    return min(entries, key=lambda entry: abs(entry - value))


def moved(bench: Bench, now: Mapping[str, Any], moves: Mapping[str, Any], table: Table | None) -> Bench:
    """The bench after the `moves` of some controls, the others standing as in `now`; the rest of it stays.

    What does not fit the new data or network any more gives way: a loss for classes to the mean squared error, edits
    of another network to none, a fault to the next layer where it fits, or to none. Raises ValueError where what was
    moved itself does not fit.
    """
    after = {**now, **moves}
    changes = {name: value for name, value in moves.items() if name in Bench.__dataclass_fields__ and name != "fault"}
    if moves.get("data") == OWN and table is None:
        raise ValueError("no data of your own are here yet: put a bench with a Table on it, or paste its shared line")
    if "data" in moves:
        changes["data"] = table if moves["data"] == OWN else moves["data"]
    # Where none are asked for, there are those of data that have a number of their own.
    if "samples" in moves and (rows := count(changes.get("data", bench.data), 0)):
        raise ValueError(f"these data have {rows} samples, no more and no less; take other data to choose how many")
    if "noise_percent" in moves:
        changes["noise"] = moves["noise_percent"] / 100
    if "test_percent" in moves:
        changes["test_share"] = moves["test_percent"] / 100
    if moves.get("batch_size") == ALL:
        changes["batch_size"] = None
    if moves.keys() & {*LIKE, *LIKE.values()}:
        # A layer whose control stands at its end may be wider, and stays so.
        wide = {name: units for name, (units, _) in zip(LAYERS, bench.layers)}
        units = {name: moves.get(name, wide.get(name, now[name])) for name in LAYERS}
        changes["layers"] = tuple((units[name], after[LIKE[name]]) for name in LAYERS if units[name])
    if "loss" not in moves and bench.loss not in OF_NUMBERS and not names(changes.get("data", bench.data))[1]:
        changes["loss"] = "mse"
    found = bench.but(**changes, fault=None, edits=())
    if bench.edits and found.data == bench.data and found.network().sizes == bench.network().sizes:
        found = found.but(edits=[edit for edit in bench.edits if edit[0] <= found.epochs])
    return found.but(fault=_fault(found, bench, after, moves))


def _fault(found: Bench, bench: Bench, after: Mapping[str, Any], moves: Mapping[str, Any]) -> Fault | None:
    asked = moves.keys() & GRADIENT.keys()
    if not asked and bench.fault is None or after["fault"] == NO_FAULT:
        return None
    layer, term, words = bench.fault or (after["fault_layer"], "", "")
    layer = moves.get("fault_layer", layer)
    term, words = FAULTS[moves["fault"]] if "fault" in moves else (term, words)
    count = len(found.layers) + 1
    near = sorted(range(1, count + 1), key=lambda other: abs(other - layer))
    fitting = [(other, term, words) for other in near if fits(found, (other, term, words))]
    if asked and not fitting:
        raise ValueError(f"no layer of this network has such a fault: {after['fault']}; take another fault")
    return fitting[0] if fitting else None
