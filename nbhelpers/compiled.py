"""The training loop once more, compiled by Numba: the same algorithm as in `network` and `optimizers`, as plain loops.

A column of numbers belongs to each unit, one for each sample of the batch. The columns of a layer lie one after
the other: entry `above + j * rows + r` of `A`, `slope` and `D` is that of unit j and sample r.
"""

from math import exp, inf, log, log1p, tanh
from time import perf_counter

import numpy as np
from numba import njit

from .activations import ACTIVATIONS, LEAK, leaky_relu, relu, sigmoid, softplus
from .activations import tanh as tanh_activation
from .losses import LEAST_LOG, LEAST_SLOPE, LOSSES, binary_cross_entropy, half_ssr, mse, ssr
from .optimizers import SGD, Adam

# Sums may be taken in another order, several numbers at once; infinities and nan keep their meaning.
# A division by zero is one of them and no error.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})

# What the loop must know of a layer, where its weights and biases lie in theta and where its columns lie in A for
# one sample. Unsigned, so that the compiler knows that no index counts from the end, which would keep it from
# taking several numbers at once.
LAYER = np.dtype([(field, np.uint64) for field in ("inputs", "units", "activation", "bias", "W", "b", "below", "above")])
OPTIMIZER = np.dtype([("adam", np.bool_)] + [(field, np.float64) for field in (
    "learning_rate", "momentum", "weight_decay", "beta1", "beta2", "epsilon", "beta1_t", "beta2_t",
)])

NAMES = list(ACTIVATIONS)
SIGMOID, TANH, RELU, LEAKY_RELU, SOFTPLUS = (
    NAMES.index(activation.name) for activation in (sigmoid, tanh_activation, relu, leaky_relu, softplus)
)
LOSS_NAMES = list(LOSSES)
SSR, HALF_SSR, MSE, BINARY_CROSS_ENTROPY = (
    LOSS_NAMES.index(loss.name) for loss in (ssr, half_ssr, mse, binary_cross_entropy)
)


@compiled
def activate(activation, A, slope, start, end):
    """Turns the sums in A[start:end] into activations, and puts the derivatives there into `slope`."""
    if activation == SIGMOID:
        for k in range(start, end):
            A[k] = 1.0 / (1.0 + exp(-A[k]))
            slope[k] = A[k] * (1.0 - A[k])
    elif activation == TANH:
        for k in range(start, end):
            A[k] = tanh(A[k])
            slope[k] = 1.0 - A[k] * A[k]
    elif activation == RELU or activation == LEAKY_RELU:
        leak = LEAK if activation == LEAKY_RELU else 0.0
        for k in range(start, end):
            slope[k] = 1.0 if A[k] > 0.0 else leak
            A[k] *= slope[k]
    elif activation == SOFTPLUS:
        for k in range(start, end):
            e = exp(-abs(A[k]))
            slope[k] = (1.0 if A[k] > 0.0 else e) / (1.0 + e)
            A[k] = max(A[k], 0.0) + log1p(e)
    else:
        for k in range(start, end):
            slope[k] = 1.0


@compiled
def forward(layer, theta, A, slope, rows):
    """Z = X @ W + b and A = activation(Z), for the layer whose inputs X are the columns at `below`."""
    inputs, units, W, b = layer.inputs, layer.units, layer.W, layer.b
    below, above = layer.below * rows, layer.above * rows
    for j in range(units):
        z = theta[b + j] if layer.bias else 0.0
        for r in range(rows):
            A[above + j * rows + r] = z
    if rows == 1:
        # A single sample: the long row to run along is that of the weights.
        for i in range(inputs):
            x = A[below + i]
            for j in range(units):
                A[above + j] += x * theta[W + i * units + j]
    else:
        for j in range(units):
            for i in range(inputs):
                w = theta[W + i * units + j]
                for r in range(rows):
                    A[above + j * rows + r] += w * A[below + i * rows + r]
    activate(layer.activation, A, slope, above, above + units * rows)


@compiled
def backward(layer, theta, gradient, A, slope, D, rows):
    """The derivatives in W and b from those in A, and, but for the first layer, the derivatives in X."""
    inputs, units, W, b = layer.inputs, layer.units, layer.W, layer.b
    below, above = layer.below * rows, layer.above * rows
    for k in range(above, above + units * rows):
        D[k] *= slope[k]
    if layer.bias:
        for j in range(units):
            total = 0.0
            for r in range(rows):
                total += D[above + j * rows + r]
            gradient[b + j] = total
    if rows == 1:
        for i in range(inputs):
            x = A[below + i]
            for j in range(units):
                gradient[W + i * units + j] = x * D[above + j]
    else:
        for j in range(units):
            for i in range(inputs):
                total = 0.0
                for r in range(rows):
                    total += A[below + i * rows + r] * D[above + j * rows + r]
                gradient[W + i * units + j] = total
    if below == 0:
        return
    for i in range(inputs):
        if rows == 1:
            total = 0.0
            for j in range(units):
                total += theta[W + i * units + j] * D[above + j]
            D[below + i] = total
        else:
            for r in range(rows):
                D[below + i * rows + r] = 0.0
            for j in range(units):
                w = theta[W + i * units + j]
                for r in range(rows):
                    D[below + i * rows + r] += w * D[above + j * rows + r]


@compiled
def compare(loss, A, D, above, Y, order, rows):
    """The loss of the outputs against `Y`, and its derivative in every output, put into `D`."""
    total = 0.0
    size = float(Y.shape[1] * rows)
    factor = 1.0 if loss == HALF_SSR else 2.0 if loss == SSR else 2.0 / size
    for j in range(np.uint64(Y.shape[1])):
        for r in range(rows):
            k = above + j * rows + r
            a, y = A[k], Y[order[r], j]
            if loss == BINARY_CROSS_ENTROPY:
                # Written so that nan stays nan.
                right, wrong, steepness = log(a), log1p(-a), a * (1.0 - a)
                right = LEAST_LOG if right < LEAST_LOG else right
                wrong = LEAST_LOG if wrong < LEAST_LOG else wrong
                steepness = LEAST_SLOPE if steepness < LEAST_SLOPE else steepness
                total -= y * right + (1.0 - y) * wrong
                D[k] = (a - y) / (steepness * size)
            else:
                total += (a - y) * (a - y)
                D[k] = (a - y) * factor
    return total if loss == SSR else 0.5 * total if loss == HALF_SSR else total / size


@compiled
def step(optimizer, theta, gradient, m, v):
    """One step of SGD or Adam; see `optimizers` for the formulas. `m` and `v` are what they remember."""
    parameters = len(theta)
    if optimizer.weight_decay:
        for p in range(parameters):
            gradient[p] += optimizer.weight_decay * theta[p]
    rate = optimizer.learning_rate
    if optimizer.adam:
        beta1, beta2, epsilon = optimizer.beta1, optimizer.beta2, optimizer.epsilon
        optimizer.beta1_t *= beta1
        optimizer.beta2_t *= beta2
        rate /= 1 - optimizer.beta1_t
        unbiased = 1 / (1 - optimizer.beta2_t)
        for p in range(parameters):
            m[p] = beta1 * m[p] + (1 - beta1) * gradient[p]
            v[p] = beta2 * v[p] + (1 - beta2) * (gradient[p] * gradient[p])
            theta[p] -= rate * (m[p] / (np.sqrt(v[p] * unbiased) + epsilon))
    elif optimizer.momentum:
        momentum = optimizer.momentum
        for p in range(parameters):
            v[p] = momentum * v[p] + gradient[p]
            theta[p] -= rate * v[p]
    else:
        for p in range(parameters):
            theta[p] -= rate * gradient[p]


@compiled
def run_epochs(epochs, X, Y, orders, batch_size, layers, loss, averaged, optimizer, theta, gradient, m, v, A, slope, D,
               stop_below, done, due, apart, records, record_epochs, count):
    """Train for up to `epochs` epochs.

    """
    samples, outputs = np.uint64(len(X)), layers[-1].above
    epoch_loss = 0.0
    for epoch in range(epochs):
        order = orders[min(epoch, len(orders) - 1)]
        epoch_loss = 0.0
        for first in range(np.uint64(0), samples, batch_size):
            rows = min(batch_size, samples - first)
            batch = order[first : first + rows]
            for i in range(np.uint64(X.shape[1])):
                for r in range(rows):
                    A[i * rows + r] = X[batch[r], i]
            for k in range(len(layers)):
                forward(layers[k], theta, A, slope, rows)
            batch_loss = compare(loss, A, D, outputs * rows, Y, batch, rows)
            for k in range(len(layers) - 1, -1, -1):
                backward(layers[k], theta, gradient, A, slope, D, rows)
            step(optimizer, theta, gradient, m, v)
            epoch_loss += batch_loss * (rows / samples if averaged else 1.0)
        done += 1
        if not stop_below < epoch_loss < inf:
            break
        if done == due:
            if count == len(records):
                break
            records[count] = theta
            record_epochs[count] = done
            count += 1
            due += apart
    return done, epoch_loss, count
