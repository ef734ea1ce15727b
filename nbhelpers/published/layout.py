"""What the published programs share: theta taken apart into the weights and biases of its layers."""

from typing import Any

from ..arguments import Array
from ..network import Network


def weights_and_biases(theta: Array, network: Network) -> tuple[list[Array], list[Any]]:
    """The weights and the biases in `theta`, (parameters,) or a stack of such vectors, as `network.split` has them.

    Raises ValueError where `theta` is longer or shorter than that of `network`.
    """
    if theta.shape[-1:] != network.theta.shape:
        raise ValueError(f"theta must have the shape {network.theta.shape}, got the shape {theta.shape}")
    weights, biases = network.split(theta)
    return weights, biases
