"""Jobs for the compiled loop whose results are known bit by bit: they are the same on every machine.

All that goes in is exact: short binary fractions, or draws that need no rounding. Standard library and NumPy only,
because a browser's Python runs them too.
"""

import hashlib

import numpy as np

from nbhelpers import SGD, Adam, Dense, Network, fibonacci, iris, one_hot, train
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.losses import LOSSES

GATE = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def lesson(name):
    """The main job of a lesson: a network, X, Y and the other arguments of `train`."""
    if name == "neuron":
        network = Network(1, [Dense(1, "softplus"), Dense(1, "identity", bias=False)])
        network.theta = [-1.224072675713965, 0.9949996276709397, 0.3775881983015979]
        return network, *fibonacci(), {"loss": "ssr", "optimizer": SGD(0.01), "epochs": 200, "record": 201}
    if name == "autoencoder":
        network = Network(8, [Dense(3, "sigmoid"), Dense(8, "sigmoid")]).initialize("uniform", 0)
        settings = {"loss": "ssr", "optimizer": SGD(0.5), "epochs": 100_000, "batch_size": 1, "stop_below": 0.002}
        return network, *one_hot(), settings
    if name == "and":
        network = Network(2, [Dense(100, "leaky_relu"), Dense(1, "leaky_relu")])
        network.theta = np.random.default_rng(0).random(401) - 0.5
        X = GATE[np.random.default_rng(1).integers(0, 4, 100)]
        settings = {"loss": "mse", "optimizer": Adam(1e-3, weight_decay=1e-3), "epochs": 2000}
        return network, X, X.prod(axis=1, keepdims=True), settings
    if name == "or":
        network = Network(2, [Dense(3, "sigmoid", bias=False), Dense(1, "sigmoid", bias=False)])
        network.theta = np.random.RandomState(1).rand(9)
        return network, GATE, GATE.max(axis=1, keepdims=True), {"loss": "mse", "optimizer": SGD(0.05), "epochs": 10_000}
    X, Y = iris()
    loss = name if name in LOSSES else "binary_cross_entropy"
    network = Network(4, [Dense(6, "tanh"), Dense(3, "identity" if name in LOSSES else "sigmoid")])
    network.theta = np.random.default_rng(0).random(network.theta.size) - 0.5
    settings = {"loss": loss, "optimizer": SGD(0.1, momentum=0.9), "epochs": 500, "batch_size": 30}
    return network, X, Y, settings


def mixed(k):
    """The k-th of a dozen jobs that take turns in activations, losses, optimizers, shapes and batches."""
    random = np.random.default_rng(k)
    activations, losses = list(ACTIVATIONS), list(LOSSES)
    loss = losses[k % 4]
    output = "sigmoid" if loss == "binary_cross_entropy" else activations[(k // 2) % 6]
    network = Network(3 + k % 2, [Dense(2 + k, activations[k % 6], k % 3 > 0), Dense(1 + k % 5, output)])
    network.theta = random.integers(-64, 65, network.theta.size) / 128
    X = random.integers(-64, 65, (5 + 20 * k, network.inputs)) / 64
    Y = random.integers(0, 65, (len(X), network.sizes[-1])) / 64
    rate = 2.0**-6 / (len(X) if loss in ("ssr", "half_ssr") else 1)
    optimizer = [SGD(rate), Adam(2.0**-7), SGD(rate, momentum=0.5, weight_decay=0.125)][k % 3]
    return network, X, Y, {"loss": loss, "optimizer": optimizer, "epochs": 200, "batch_size": [None, 1, 7][k // 4]}


def trained(name):
    """The history of a job, trained by the compiled loop."""
    network, X, Y, settings = mixed(int(name)) if name.isdigit() else lesson(name)
    return train(network, X, Y, engine="compiled", **settings)


def bits(history):
    return hashlib.sha256(history.theta.astype("<f8").tobytes()).hexdigest()[:16]


HASHES = {
    "neuron": "6e5ff5aea4c9b065", "autoencoder": "9bebd9a417dcdf5a",
    "and": "91b89f6961135862", "or": "f623b6a42f7e421e",
    "sigmoid_cross_entropy": "fca771023a216285", "softmax_cross_entropy": "7badd7f0c224da66",
    "flowers": "b3f25be99ca835fb", "0": "e754c774537d03aa",
    "1": "5cdfdfb8665c8372", "2": "4e3708c3c1a1ae31",
    "3": "a6bbc5fcf7f80c70", "4": "52d8c2e65bd794f2",
    "5": "cd86884b1b035150", "6": "43ba7811b7be95f3",
    "7": "486980872ca63081", "8": "af0292defd62a399",
    "9": "160dbd1b18964d66", "10": "a890ffb399f07a92",
    "11": "6134db50940ce7cd",
}
