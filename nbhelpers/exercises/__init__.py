"""The checkers of the exercises, a module for each lesson and a function for each exercise.

A checker takes the learner's answer and returns a Verdict. It knows the usual mistakes and names the one it sees.
"""

from inspect import isfunction

from ..edges import spelled
from . import and_net, audit, autoencoder, bench, feed_forward, or_net, or_net_pytorch, single_neuron

__all__ = ["and_net", "audit", "autoencoder", "bench", "feed_forward", "or_net", "or_net_pytorch", "single_neuron"]

for module in (and_net, audit, autoencoder, bench, feed_forward, or_net, or_net_pytorch, single_neuron):
    for name, part in list(vars(module).items()):
        if isfunction(part) and name.startswith(("check", "mystery")):
            setattr(module, name, spelled(part))
