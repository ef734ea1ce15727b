"""Backpropagation, checked: the companion package of the lessons.

Its core is read in an evening, in this order:

1. activations, entropy, losses   formulas with their derivatives
2. layers, network                the parameters as one vector, the forward pass, and backpropagation
3. optimizers                     formulas on that vector
4. records, training              what a training leaves behind, and its loop
5. differences, evidence          derivatives without calculus, and what they are evidence for
   verdict, gradcheck, trial      what the judge says; a gradient of ours on trial, and anybody's
   diagnosis                      the term at fault
6. datasets, arguments            the data of the lessons; what every function asks of its arguments

The rest may be skipped: `parameters`, `strangers`, `remarks`, `layouts` and `recognition` (other people's programs),
`faults`, `derivation`, `observations` and `hypotheses` (how the term at fault is found), `faulty` (faults planted on
purpose), `compiled` and `instances` (the loop told once more, for speed, in loop.c), `watching` (a training while it
runs), `sweeps` (many trainings), `estimator` (scikit-learn's habits), `settings`, `words` and `edges` (what is said
of what does not fit), `files` (written whole or not at all), `installation`, and four folders: `published` (the five
programs as they were), `exercises` (the checkers), `bench` (any network on any data, as settings), `pictures`
(figures and sliders).

Everything a lesson uses can be imported from here. Importing it loads NumPy and nothing heavier; matplotlib,
pandas and ipywidgets are loaded where they are first needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .activations import Activation, LeakyReLU, identity, leaky_relu, relu, sigmoid, softplus, tanh
from .datasets import (
    circles,
    digits,
    fibonacci,
    gate,
    iris,
    line,
    moons,
    noisy,
    one_hot,
    spiral,
    split,
    standardized,
    truth_table,
)
from .entropy import softmax
from .gradcheck import check_gradient, numerical_gradient
from .layers import Dense
from .losses import (
    Loss,
    binary_cross_entropy,
    half_ssr,
    mse,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
    ssr,
)
from .network import Network
from .optimizers import SGD, Adam
from .records import History
from .sweeps import first_seeds, sweep
from .training import train

if TYPE_CHECKING:
    # The names in LATE, for type checkers and for editors that complete and explain.
    from . import exercises, published
    from .bench import Bench, own_data
    from .bench.playground import Playground
    from .diagnosis import diagnose
    from .estimator import FeedForward, FeedForwardClassifier
    from .faulty import faulty_gradient
    from .pictures import drawings, panels, plots
    from .pictures.explorer import Explorer
    from .trial import audit

# What needs matplotlib or ipywidgets is imported on first use, and so is what a single lesson needs.
LATE = {
    "Bench": "bench",
    "Explorer": "pictures.explorer",
    "FeedForward": "estimator",
    "FeedForwardClassifier": "estimator",
    "audit": "trial",
    "diagnose": "diagnosis",
    "drawings": "pictures.drawings",
    "exercises": "exercises",
    "faulty_gradient": "faulty",
    "Playground": "bench.playground",
    "own_data": "bench",
    "plots": "pictures.plots",
    "panels": "pictures.panels",
    "published": "published",
}

__all__ = [
    "Activation", "Adam", "Bench", "Dense", "Explorer", "FeedForward", "FeedForwardClassifier", "History", "LeakyReLU",
    "Loss", "Network", "Playground", "SGD", "audit", "binary_cross_entropy", "check_gradient", "circles", "diagnose",
    "digits", "drawings", "exercises", "faulty_gradient", "fibonacci", "first_seeds", "gate", "half_ssr", "identity",
    "iris", "leaky_relu", "line", "moons", "mse", "noisy", "numerical_gradient", "one_hot", "own_data", "panels",
    "plots", "published", "relu", "sigmoid", "sigmoid_cross_entropy", "softmax", "softmax_cross_entropy", "softplus",
    "spiral", "split", "ssr", "standardized", "sweep", "tanh", "train", "truth_table",
]


def __getattr__(name: str) -> Any:
    if name not in LATE:
        raise AttributeError(f"nbhelpers has no {name!r}; it has {', '.join(sorted(__all__))}")
    module = import_module(f".{LATE[name]}", __name__)
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return sorted(__all__)
