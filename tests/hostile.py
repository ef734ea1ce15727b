"""Everything that can be called in the package, a good call of each, and a hundred values that fit nowhere.

What can be called is found from the package's names, and its arguments from the signatures: a new function is covered
where its arguments have names that others have too.
"""

import atexit
import datetime
import decimal
import fractions
import inspect
import itertools
import math
import shutil
import tempfile
from copy import deepcopy
from functools import cache
from types import ModuleType

import matplotlib.figure
import numpy as np
import pandas as pd

import nbhelpers
from nbhelpers import (
    Activation,
    Dense,
    FeedForward,
    FeedForwardClassifier,
    History,
    Loss,
    Network,
    identity,
    published,
    sigmoid,
    ssr,
    train,
)
from nbhelpers.bench import positions
from nbhelpers.edges import spelled


class Theirs(Exception):
    """What a function of the user's raises: it comes through as it is."""


class Bad:
    """An object that raises wherever it is looked at."""

    def _raises(self, *_, **__):
        raise Theirs

    __array__ = __repr__ = __str__ = __eq__ = __len__ = __iter__ = __float__ = __index__ = __bool__ = _raises
    __getitem__ = __getattr__ = __hash__ = __fspath__ = __format__ = __lt__ = __contains__ = _raises


class Long:
    def __repr__(self):
        return "a line\n" * 200_000


class Liar:
    """It says that it is an array."""

    shape, dtype, ndim = (4, 2), np.dtype("f8"), 2

    def __array__(self, *_, **__):
        return "none"


def raises(*_, **__):
    raise Theirs


async def promises(*_, **__):
    return 1.0


def overwrites(*given):
    for value in given:
        if isinstance(value, np.ndarray) and value.flags.writeable:
            value[...] = 7.0
    return 1.0


def na_frame():
    return pd.DataFrame({"a": pd.array([1.0, None, 2.0, 3.0], dtype="Float64"), "b": [1.0, 2.0, 3.0, 4.0]})


def cyclic():
    found = []
    found.append(found)
    return found


def array_of_bad():
    found = np.empty(2, dtype=object)
    found[:] = Long()
    found[1] = Bad
    return found


def read_only():
    found = np.ones((4, 2))
    found.flags.writeable = False
    return found


# A new one is made for every call, because a call may use it up.
VALUES = {
    "none": lambda: None, "not implemented": lambda: NotImplemented, "ellipsis": lambda: ..., "true": lambda: True,
    "nan": lambda: math.nan, "inf": lambda: math.inf, "minus inf": lambda: -math.inf, "zero": lambda: 0,
    "minus one": lambda: -1, "a half": lambda: 0.5, "minus zero": lambda: -0.0, "a tiny number": lambda: 5e-324,
    "a huge number": lambda: 1e308, "a huge int": lambda: 10**400, "an int without text": lambda: 10**5000,
    "a huge negative int": lambda: -10**400, "2**63": lambda: 2**63, "10**15": lambda: 10**15, "complex": lambda: 1j,
    "numpy complex": lambda: np.complex128(1 + 1j), "decimal nan": lambda: decimal.Decimal("nan"),
    "signaling nan": lambda: decimal.Decimal("sNaN"), "fraction": lambda: fractions.Fraction(10**400, 3),
    "float16": lambda: np.float16(np.inf), "longdouble": lambda: np.longdouble("1e4000"), "numpy bool": lambda: np.True_,
    "empty text": lambda: "", "text": lambda: "nonsense", "digits": lambda: "3", "long text": lambda: "x" * 10**6,
    "text with lines": lambda: "a\nb", "null text": lambda: "a\0b", "surrogate": lambda: "\ud800", "markup": lambda: "<b>",
    "half a formula": lambda: "$\\frac{$",
    "falling pair": lambda: (2.0, -1.0), "equal pair": lambda: [1, 1], "nan pair": lambda: (math.nan, 1.0),
    "pair of the ends": lambda: (-1e308, 1e308), "negative pair": lambda: (-2, -1), "tiny pair": lambda: (0.0, 5e-324),
    "bytes": lambda: b"abc", "bytearray": lambda: bytearray(b"abc"), "numpy text": lambda: np.str_("mse?"),
    "date": lambda: datetime.date(2020, 1, 1), "datetime64": lambda: np.datetime64("2020-01-01"),
    "timedelta64": lambda: np.timedelta64(3, "D"), "timestamp": lambda: pd.Timestamp("2020"), "nat": lambda: pd.NaT,
    "na": lambda: pd.NA, "masked": lambda: np.ma.masked, "empty list": list, "empty tuple": tuple, "empty dict": dict,
    "dict": lambda: {"a": 1}, "set": lambda: {1, 2}, "frozenset": lambda: frozenset({1}), "range": lambda: range(3),
    "endless": lambda: itertools.count(), "long range": lambda: range(10**15), "generator": lambda: (i for i in (1, 2)),
    "generator that raises": lambda: (1 / 0 for i in (1, 2)), "iterator": lambda: iter([1, 2]), "zip": lambda: zip([1], [2]),
    "ragged": lambda: [[1.0], [1.0, 2.0]], "list of none": lambda: [None], "list of texts": lambda: ["1", "2"],
    "nested": lambda: [[[[1.0]]]], "cyclic": cyclic, "list of nan": lambda: [math.nan] * 4, "a list": lambda: [1, 2, 3],
    "list of bad": lambda: [Bad()], "negative list": lambda: [-1, 2, 1], "huge list": lambda: [10**15, 10**15, 1],
    "empty array": lambda: np.empty(0), "no rows": lambda: np.empty((0, 2)), "no columns": lambda: np.empty((4, 0)),
    "0-d": lambda: np.array(1.0), "0-d object": lambda: np.array(None), "one entry": lambda: np.array([0.5]),
    "3-d": lambda: np.ones((2, 2, 2)), "nan array": lambda: np.full((4, 2), np.nan), "inf array": lambda: np.full((4, 2), np.inf),
    "huge array": lambda: np.full((4, 2), 1e308), "object array": lambda: np.array([["a", None]], dtype=object),
    "object ints": lambda: np.array([[10**400, 1]], dtype=object), "complex array": lambda: np.ones((4, 2), complex),
    "text array": lambda: np.array([["a", "b"]]), "date array": lambda: np.array(["2020"], "datetime64[D]"),
    "structured": lambda: np.zeros(4, [("a", "f8"), ("b", "i4")]), "bool array": lambda: np.ones((4, 2), bool),
    "float16 array": lambda: np.full((4, 2), 6e4, np.float16), "longdouble array": lambda: np.full((4, 2), np.longdouble("1e4000")),
    "fortran": lambda: np.asfortranarray(np.arange(8.0).reshape(4, 2)), "read-only": read_only, "strided": lambda: np.ones((8, 4))[::-2, ::2],
    "broadcast": lambda: np.broadcast_to(1.0, (4, 2)), "masked array": lambda: np.ma.array(np.ones((4, 2)), mask=np.eye(4, 2)),
    "matrix": lambda: np.asmatrix(np.ones((4, 2))), "memory": lambda: memoryview(bytes(8)), "wide": lambda: np.ones((4, 7)),
    "frame": lambda: pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [1.0, 2.0, 3.0, 4.0]}), "frame with na": na_frame,
    "frame of texts": lambda: pd.DataFrame({"a": ["x", "y"]}), "empty frame": pd.DataFrame, "categorical": lambda: pd.Series(pd.Categorical(["a", "b"])),
    "series": lambda: pd.Series([1.0, 2.0, 3.0, 4.0]), "series with na": lambda: pd.Series([1, None, 2], dtype="Int64"),
    "index": lambda: pd.MultiIndex.from_tuples([(1, 2)]), "class": lambda: dict, "exception": lambda: ValueError("x"),
    "module": lambda: math, "function": lambda: lambda: None, "function of one": lambda: lambda a: None,
    "function of anything": lambda: lambda *a: None, "nan function": lambda: lambda *a: math.nan, "raises": lambda: raises,
    "overwrites": lambda: overwrites, "async function": lambda: promises, "builtin": lambda: print, "ufunc": lambda: np.add, "builtin of two": lambda: isinstance,
    "bad": Bad, "long": Long, "liar": Liar, "object": object, "network": lambda: Network(1, [Dense(1, identity)]),
    "dense": lambda: Dense(1, identity), "activation": lambda: sigmoid, "loss": lambda: ssr, "array of bad": array_of_bad,
}


def add_others():
    """Values of packages that need not be there."""
    try:
        import torch
    except ImportError:
        pass
    else:
        VALUES["tensor"] = lambda: torch.ones(4, 2, requires_grad=True)
        VALUES["integer tensor"] = lambda: torch.tensor(3)
        VALUES["complex tensor"] = lambda: torch.ones(4, 2, dtype=torch.complex64)
        VALUES["sparse tensor"] = lambda: torch.eye(4).to_sparse()
        VALUES["meta tensor"] = lambda: torch.ones(4, 2, device="meta")
    try:
        from scipy import sparse
    except ImportError:
        pass
    else:
        VALUES["sparse"] = lambda: sparse.eye(4, 2).tocsr()


add_others()


# A good value for each argument, by its name.

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.5]])
Y = np.array([[0.0], [1.0], [1.0], [0.5]])
# Also given where they have a default, so that a good call is a quick one.
SMALL = {"epochs": 3, "steps": (2, 2), "repaired": ()}


def network():
    return Network(2, [Dense(3, sigmoid), Dense(1, sigmoid)]).initialize("normal", seed=0)


class Neuron:
    def __init__(self):
        self.w = np.array([0.5, -0.5])

    def loss(self):
        return float(((np.tanh(X @ self.w) - Y[:, 0]) ** 2).sum())


def tried(neuron=None):
    neuron = Neuron() if neuron is None else neuron
    return {
        "parameters": [(neuron, "w")], "loss": neuron.loss, "gradient": lambda: 2 * X.T @ (np.tanh(X @ neuron.w) - Y[:, 0]),
    }


def own(z, out):
    return np.multiply(z, 1.0, out)


def own_slope(z, a, out):
    out.fill(1.0)
    return out


FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def saved():
    path = f"{FOLDER}/network.npz"
    network().save(path)
    return path


BASE = {
    "network": network, "X": X.copy, "Y": Y.copy, "y": Y[:, 0].copy, "loss": lambda: "mse", "optimizer": lambda: "sgd",
    "epochs": lambda: 3, "steps": lambda: (2, 2), "seed": lambda: 0, "seeds": lambda: [0, 1], "learning_rates": lambda: [0.1],
    "learning_rate": lambda: 0.1, "build": lambda: lambda seed: network(), "units": lambda: 3, "activation": lambda: "sigmoid",
    "inputs": lambda: 2, "layers": lambda: [Dense(1, sigmoid)], "theta": lambda: np.ones(2), "z": X.copy, "Z": X.copy,
    "A": lambda: np.full((4, 1), 0.25), "name": lambda: "own", "label": lambda: "own", "formula": lambda: own,
    "slope_formula": lambda: own_slope, "gradient_formula": lambda: lambda A, Y, out: own(A, out), "averaged": lambda: True,
    "leak": lambda: 0.2, "gate": lambda: "and", "function": lambda: lambda theta: 1.0, "how": lambda: "normal",
    "answer": lambda: lambda *given: 0.0, "parameters": lambda: 3, "path": saved, "i": lambda: 0,
    "letters": lambda: "xhy", "across": lambda: 0, "up": lambda: 1, "names": lambda: ["w", "b"],
    "xlim": lambda: (-1, 1), "ylim": lambda: (0.1, 1), "range": lambda: (0, 1), "limit": lambda: 1.0, "cells": lambda: 4,
    "columns": lambda: 4, "rows": lambda: 4, "histories": lambda: {"a": gate_run()}, "indices": lambda: [0, 1],
    "X_test": X.copy, "Y_test": Y.copy, "classes": lambda: ["A", "B"], "feature": lambda: 0, "goal": lambda: 1.0,
    "xmax": lambda: 100, "panels": lambda: [nbhelpers.panels.LossCurve()], "history": lambda: gate_run(),
    "figure": lambda: matplotlib.figure.Figure(), "place": lambda: (1.0, 2.0), "reach": lambda: 1.0,
    "curves": lambda: {"a": [1e-3, 1e-9]}, "angles": lambda: (60, 120), "step": lambda: 0.1,
    "record": lambda: 0, "bench": lambda: bench(), "line": lambda: bench().share(), "diverged": lambda: bench().share(),
    "saved": lambda: bench().share(), "without": lambda: bench().share(), "with_decay": lambda: bench().share(),
    "hidden": lambda: 2, "count": lambda: 3,
    "commented": lambda: True, "values": X.copy, "spread": lambda: 0.1, "passed": lambda: True, "message": lambda: "said",
}
# Where a name means something else in one place, or another good value is needed there.
THERE = {
    "gate": {"name": lambda: "and"}, "Loss": {"formula": lambda: lambda A, Y: 0.0}, "audit": {name: (lambda name=name: tried()[name]) for name in tried()},
    "Network.split": {"parameters": lambda: network().theta}, "FeedForwardClassifier.fit": {"y": lambda: [0, 1, 1, 0]},
    "FeedForwardClassifier.score": {"y": lambda: [0, 1, 1, 0]}, "History.joined": {"histories": lambda: [history()]},
    "published.single_neuron.many": {"epochs": lambda: [0, 2]}, "published.and_net.endings": {"seeds": lambda: [0]},
    "published.and_net.PublishedAdam.start": {"parameters": lambda: 401},
    "exercises.and_net.published_adam": {"parameters": lambda: 7},
    "panels.Derivatives": {"names": lambda: ["w", "b"]}, "panels.Columns": {"label": lambda: "slope"},
    "panels.LearningCurves": {"xlim": lambda: (0, 9), "ylim": lambda: (1, 9)}, "panels.Square": {"limits": lambda: (-0.3, 1.3)},
    "drawings.gradient": {"function": lambda: lambda across, up: across**2 + up}, "drawings.errors": {"limit": lambda: 1e-6, "steps": lambda: (0.1, 0.01)},
    "Explorer": {"run": lambda: lambda **_: gate_run()}, "Bench.judge": {"history": lambda: bench().run()},
    "own_data": {"table": lambda: pd.concat([table()] * 2), "target": lambda: "loss"}, "plots.film": {"path": lambda: f"{FOLDER}/film.gif"}, "plots.Picture": {"text": lambda: "said"},
}


def bench():
    return nbhelpers.Bench(data="xor", samples=40, layers=[(2, "tanh")], epochs=2)


CONTROLS = {"rate": (0.1, 1.0, 2.0), "seed": (0, 3, 9), "word": ["a", 2], "on": True, "said": "a line"}


@cache
def explorer():
    return nbhelpers.Explorer(lambda **_: gate_run(), [nbhelpers.panels.LossCurve()], **CONTROLS)


@cache
def playground():
    return nbhelpers.Playground(bench())


def state(of):
    """What a call that is refused must not change."""
    if not isinstance(of, nbhelpers.Explorer):
        return None
    return of.settings, of.values, of.shown, of.status, of.record, id(of.history), id(of.before), repr(getattr(of, "bench", ""))


@cache
def run_of(name):
    module = getattr(published, name)
    return module.run(steps=(2, 2)) if name == "and_net" else module.run(epochs=20) if name == "autoencoder" else module.run()


def history():
    return train(network(), X, Y, loss="mse", optimizer="sgd", epochs=3)


@cache
def fitted(kind):
    if kind is published.feed_forward.PublishedClass:
        model = kind()
        model.fit(X, Y, 2, epochs=1)
        return model
    return kind(epochs=3).fit(X, Y[:, 0] if kind is FeedForward else [0, 1, 1, 0])


SAMPLES = {
    Network: network, History: history, Activation: lambda: sigmoid, Loss: lambda: ssr, nbhelpers.LeakyReLU: lambda: nbhelpers.leaky_relu,
    FeedForward: lambda: deepcopy(fitted(FeedForward)), FeedForwardClassifier: lambda: deepcopy(fitted(FeedForwardClassifier)),
    nbhelpers.SGD: nbhelpers.SGD, nbhelpers.Adam: nbhelpers.Adam, published.and_net.PublishedAdam: published.and_net.PublishedAdam,
    nbhelpers.Bench: bench, nbhelpers.Explorer: explorer, nbhelpers.Playground: playground,
    published.feed_forward.PublishedClass: lambda: deepcopy(fitted(published.feed_forward.PublishedClass)),
}


# A panel of each kind, by the run that it shows.
@cache
def gate_run():
    return published.or_net.run(epochs=2)


@cache
def flower_run():
    return published.feed_forward.run(epochs=2)


@cache
def neuron_run():
    return published.single_neuron.run(epochs=2)


def table():
    return pd.DataFrame({"learning_rate": [0.1, 0.1, 0.5], "seed": [0, 1, 0], "loss": [0.2, 0.02, 0.001]})


PANELS = {
    "Angle": (neuron_run, ()), "Codes": (gate_run, ()), "Columns": (table, ("slope",)), "Cube": (gate_run, ()),
    "Derivatives": (neuron_run, ([0, 1], ["w", "b"])), "Diagram": (gate_run, ()), "FinalLosses": (table, ("MSE", 0.06)),
    "Fit": (neuron_run, ()), "HiddenWeights": (flower_run, (2, "length")),
    "Landscape": (neuron_run, (0, 1, ["w", "b"], (-1, 1), (-1, 1), 4, 4)),
    "LearningCurves": (flower_run, (np.ones((2, 4)), np.eye(2, 3))), "LogLossCurve": (gate_run, ()),
    "LossCurve": (gate_run, ()), "LossCurves": (gate_run, ({"a": gate_run},)), "Predictions": (gate_run, ()),
    "Regions": (flower_run, (0, 1, ["a", "b"], ["A", "B", "C"], 4, 4)), "Square": (gate_run, ((0, 1), (0, 1), 0.5, 4)),
}


def panel(name):
    """A good panel, and a maker of what it shows."""
    run, given = PANELS[name]
    return getattr(nbhelpers.panels, name)(*({"a": part["a"]()} if type(part) is dict else part for part in given)), run


def shown_by(name):
    """`plots.draw` with a panel, as a function of what it shows."""
    @spelled
    def draw(history, record=-1):
        return nbhelpers.plots.draw([panel(name)[0]], history, record)

    return draw


# What loops call as fast as they can, with arrays that they have made; and what `train` makes.
UNCHECKED = {"LeakyReLU.formula", "LeakyReLU.slope_formula", "History"}


SETTINGS = {
    "Explorer.set": CONTROLS, "Explorer": ["a_setting"], "Bench.but": nbhelpers.Bench.__dataclass_fields__,
    "Playground.set": positions.CONTROLS,
}


class Target:
    """Something to call: `label`, its parameters by name, and a good call."""

    def __init__(self, label, function, owner=None):
        self.label, self.function, self.owner = label, function, owner
        found = inspect.signature(function).parameters.values()
        self.parameters = [p for p in found if p.name not in ("self", "cls") and p.kind is not p.VAR_KEYWORD]
        # The names of what it takes by any name.
        self.settings = [*SETTINGS.get(label, ())]

    def base(self):
        """The arguments of a good call; KeyError for one that nothing is known of."""
        there = THERE.get(self.label, {})
        part = self.label.split(".")
        if part[0] == "published" and self.label.endswith(".gradient"):
            module = getattr(published, part[1])
            model = module.build()
            inputs, outputs = model.sizes[0], model.sizes[-1]
            there = {
                "theta": lambda: model.theta.copy(), "X": lambda: np.ones((4, inputs)), "Y": lambda: np.zeros((4, outputs)),
            } | there
        if part[0] == "published" and part[-1] == "compare":
            there = {"history": lambda: run_of(part[1])} | there
        found = {}
        for p in self.parameters:
            make = there.get(p.name) or (BASE.get(p.name) if p.default is p.empty or p.name in SMALL else None)
            if p.kind is p.VAR_POSITIONAL:
                continue
            if make is None and p.default is p.empty:
                raise KeyError(f"{self.label}({p.name})")
            if make is not None:
                found[p.name] = make()
        return found

    def unchecked(self, arguments):
        """Call it with all of them by name, whether it has such or not."""
        function = self.function if self.owner is None else getattr(SAMPLES[self.owner](), self.function.__name__)
        return function(**arguments)

    def __call__(self, arguments):
        sample = None if self.owner is None else SAMPLES[self.owner]()
        before, function = state(sample), self.function if sample is None else getattr(sample, self.function.__name__)
        places, named = [], dict(arguments)
        for p in self.parameters:
            if p.kind is p.VAR_POSITIONAL and p.name in named:
                places.append(named.pop(p.name))
            elif p.kind is p.POSITIONAL_ONLY and p.name in named:
                places.append(named.pop(p.name))
        if any(p.kind is p.VAR_POSITIONAL for p in self.parameters):
            first = [p.name for p in self.parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in named]
            places = [named.pop(name) for name in first] + places
        try:
            result = function(*places, **named)
            if isinstance(result, nbhelpers.plots.Picture):
                # What cannot be drawn is seen no sooner.
                result.png()
            return result
        except Exception as error:
            assert state(sample) == before, f"{error} changed the state"
            raise

    def __repr__(self):
        return self.label


def targets():
    """Everything that can be called, from the public names, and every panel with what it is to show."""
    found = [*_targets("", nbhelpers, nbhelpers.__all__)]
    for name in nbhelpers.panels.__all__:
        found.append(Target(f"draw {name}", shown_by(name)))
        THERE[f"draw {name}"] = {"history": panel(name)[1]}
    return [target for target in found if target.label not in UNCHECKED]


def _targets(prefix, owner, names):
    for name in names:
        part, label = getattr(owner, name), f"{prefix}{name}"
        if isinstance(part, ModuleType):
            public = getattr(part, "__all__", None) or [
                n for n, p in vars(part).items()
                if not n.startswith("_") and callable(p) and getattr(p, "__module__", "") == part.__name__
            ]
            yield from _targets(f"{label}.", part, public)
        elif inspect.isclass(part):
            if issubclass(part, tuple):
                continue
            yield Target(label, part)
            ours = [base for base in part.__mro__ if base.__module__.startswith("nbhelpers")]
            for method in sorted({name for base in ours for name in vars(base)}):
                function = getattr(part, method)
                if method.startswith("_") or not (callable(function) and inspect.isroutine(function)):
                    continue
                bound = inspect.ismethod(function)
                if part in SAMPLES or bound:
                    yield Target(f"{label}.{method}", function, None if bound else part)
        elif inspect.isroutine(part):
            yield Target(label, part)
