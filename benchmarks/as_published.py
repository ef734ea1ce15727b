"""Two of the published programs as slow as they were: operation by operation, sample by sample.

`nbhelpers.published` has the same arithmetic, written with matrices. Where the speed of a published program is meant,
it is that of these loops: each returns theta after `epochs` epochs.
"""

import math

import numpy as np


def autoencoder(network, X, Y, rate, epochs):
    """The autoencoder: a Python function for every activation, and a Python loop over every weight."""
    weights, biases = [W.copy() for W in network.weights], [b.copy() for b in network.biases]
    layers = range(len(weights))

    def value(z):
        return 1 / (1 + math.exp(-z))

    def slope(z):
        return value(z) * (1 - value(z))

    a, z, d = [None] * (len(layers) + 1), [None] * len(layers), [None] * len(layers)
    for _ in range(epochs):
        for a[0], y in zip(X.tolist(), Y.tolist()):
            for k in layers:
                z[k] = np.dot(a[k], weights[k]) + biases[k]
                a[k + 1] = np.vectorize(value)(z[k])
            d[-1] = (y - a[-1]) * np.vectorize(slope)(z[-1])
            for k in layers[-2::-1]:
                d[k] = np.dot(weights[k + 1], d[k + 1]) * np.vectorize(slope)(z[k])
            for k in layers:
                for j in range(weights[k].shape[1]):
                    for i in range(weights[k].shape[0]):
                        weights[k][i, j] = weights[k][i, j] + rate * a[k][i] * d[k][j]
                    biases[k][j] = biases[k][j] + rate * d[k][j]
            np.sum((y - a[-1]) ** 2)
    return np.concatenate([part.ravel() for pair in zip(weights, biases) for part in pair])


def feed_forward(network, X, Y, rate, epochs):
    """The feed-forward class: a whole Jacobian for every sample and layer, faults included, and then their products."""
    W1, W2 = (W.T.copy() for W in network.weights)
    c1, c2 = (b.reshape(-1, 1).copy() for b in network.biases)
    hidden, inputs = W1.shape
    outputs = len(W2)

    def value(z):
        return 1 / (1 + np.exp(-1 * z))

    def slope(z):
        return value(z) * (1 - value(z))

    def one_sample(x, y, h1, z1, h2, yhat):
        d_yhat = -2 * (y - yhat).T
        yhat_h2, h2_c2, h2_W2 = np.diag(slope(h2)), np.eye(outputs), np.zeros((outputs, outputs, hidden))
        for i in range(outputs):
            h2_W2[i] = z1
        z1_h1, h1_c1, h1_W1 = np.diag(value(h1) * (1 - value(h1))), np.eye(hidden), np.zeros((hidden, hidden, inputs))
        for i in range(hidden):
            h1_W1[i] = x
        d_h2 = d_yhat @ yhat_h2
        d_h1 = d_h2 @ W2 @ z1_h1
        return d_h1 @ h1_W1, d_h1 @ h1_c1, d_h2 @ h2_W2, d_h2 @ h2_c2

    for _ in range(epochs):
        h1 = np.dot(W1, X.T) + c1
        z1 = value(h1)
        h2 = np.dot(W2, z1) + c2
        yhat = value(h2)
        sums = [0, 0, 0, 0]
        for n in range(len(X)):
            parts = one_sample(X[n], Y[n], h1[:, n], z1[:, n], h2[:, n], yhat[:, n])
            sums = [total + part for total, part in zip(sums, parts)]
        W1 -= rate * sums[0]
        c1 -= rate * sums[1].reshape(-1, 1)
        W2 -= rate * sums[2]
        c2 -= rate * sums[3].reshape(-1, 1)
    return np.concatenate([W1.T.ravel(), c1.ravel(), W2.T.ravel(), c2.ravel()])
