"""Backpropagation, checked: the companion package of the lessons.

Everything a lesson uses can be imported from here. Importing it loads NumPy and nothing heavier; matplotlib,
pandas and ipywidgets are loaded where they are first needed.
"""

from importlib import import_module
from typing import Any

from .activations import identity, leaky_relu, relu, sigmoid, softplus, tanh
from .datasets import fibonacci, iris, one_hot, split, truth_table
from .gradcheck import check_gradient, numerical_gradient
from .losses import binary_cross_entropy, half_ssr, mse, ssr
from .layers import Dense
from .network import Network
from .optimizers import SGD, Adam
from .sweeps import sweep
from .records import History
from .training import train

# What needs matplotlib or ipywidgets is imported on first use, and so is what a single lesson needs.
LATE = {
    "Explorer": "pictures.explorer",
    "FeedForward": "estimator",
    "exercises": "exercises",
    "plots": "pictures.plots",
    "panels": "pictures.panels",
    "published": "published",
}

__all__ = [
    "Adam", "Dense", "History", "Network", "SGD", "binary_cross_entropy", "check_gradient", "fibonacci",
    "half_ssr", "identity", "iris", "leaky_relu", "mse", "numerical_gradient", "one_hot", "relu",
    "sigmoid", "softplus", "split", "ssr", "sweep", "tanh", "train", "truth_table", *LATE,
]


def __getattr__(name: str) -> Any:
    if name not in LATE:
        raise AttributeError(f"nbhelpers has no {name!r}; it has {', '.join(sorted(__all__))}")
    module = import_module(f".{LATE[name]}", __name__)
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return sorted(__all__)
