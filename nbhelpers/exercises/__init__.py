"""The checkers of the exercises, a module for each lesson and a function for each exercise.

A checker takes the learner's answer and returns a Verdict. It knows the usual mistakes and names the one it sees.
"""

from inspect import isfunction
from typing import NoReturn

from ..edges import spelled
from . import and_net, audit, autoencoder, bench, feed_forward, or_net, or_net_pytorch, single_neuron

__all__ = ["and_net", "audit", "autoencoder", "bench", "feed_forward", "or_net", "or_net_pytorch", "single_neuron"]

for module in (and_net, audit, autoencoder, bench, feed_forward, or_net, or_net_pytorch, single_neuron):
    for name, part in list(vars(module).items()):
        if isfunction(part) and name.startswith(("check", "mystery")):
            setattr(module, name, spelled(part))


def __getattr__(name: str) -> NoReturn:
    # A lesson imports its module as `exercises`; after `from nbhelpers import *` that is this folder.
    having = [lesson for lesson in __all__ if hasattr(globals()[lesson], name)] or __all__
    raise AttributeError(
        f"nbhelpers.exercises has no {name!r}; take the module of the lesson, {' or '.join(having)}: "
        f"from nbhelpers.exercises import {having[0]} as exercises"
    )
