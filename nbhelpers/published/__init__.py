"""The five published algorithms as they were, faults and all, each in a module of its own.

Every module has `gradient(theta, X, Y, sizes)`, the gradient as published; `run(seed)`, the published run;
`RECORDED`, the figures that its author's document prints, empty where it prints none; and `FAULTS`, a sentence for
each mistake in it.
"""

from . import and_net, autoencoder, feed_forward, or_net, single_neuron

__all__ = ["and_net", "autoencoder", "feed_forward", "or_net", "single_neuron"]
