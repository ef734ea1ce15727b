"""A small use of the whole core, whose printed text must be the same under whatever settings a user has made."""

import contextlib
import locale
import sys
import tempfile

import numpy as np
import pandas as pd

import nbhelpers
from nbhelpers import Dense, FeedForward, FeedForwardClassifier, Network, audit, check_gradient, diagnose, train
from nbhelpers.instances import problem

SETTINGS = {
    "none": lambda: None,
    "numpy raises": lambda: np.seterr(all="raise"),
    "numpy prints otherwise": lambda: np.set_printoptions(precision=2, threshold=3, suppress=True, legacy="1.13"),
    "pandas shows little": lambda: [pd.set_option(f"display.{name}", 2) for name in ("precision", "max_rows", "width")],
    "pandas cuts": lambda: [
        pd.set_option("display.max_colwidth", 4), pd.set_option("display.float_format", "{:.1f}".format),
        pd.set_option("display.max_columns", 1),
    ],
    "pandas copies on write": lambda: pd.set_option("mode.copy_on_write", True),
    "pandas infers strings": lambda: pd.set_option("future.infer_string", True),
    "decimal comma": lambda: any(map(set_locale, ("de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "German"))),
}


def set_locale(name):
    with contextlib.suppress(locale.Error):
        return bool(locale.setlocale(locale.LC_ALL, name))
    return False


class Theirs:
    def __init__(self):
        self.w = np.array([0.5, -0.5])

    def loss(self, X, y):
        return ((np.tanh(X @ self.w) - y) ** 2).sum()

    def gradient(self, X, y):
        return 2 * X.T @ (np.tanh(X @ self.w) - y)


def network():
    return Network(2, [Dense(3, "sigmoid"), Dense(1, "leaky_relu")]).initialize("normal", seed=0)


def build(seed):
    return Network(2, [Dense(3, "tanh"), Dense(1, "identity")]).initialize("glorot", seed)


def main():
    table = nbhelpers.truth_table("or")
    X, Y = table[["input1", "input2"]], table[["output"]]
    for engine in ("numpy",) if problem() else ("numpy", "compiled"):
        for optimizer in ("sgd", "adam"):
            history = train(network(), X, Y, loss="mse", optimizer=optimizer, epochs=30, engine=engine)
            print(f"{history.loss[-1]:.6g}", f"{history.angles[-1]:.3g}", len(history.to_frame()), history.stopped)
    diverged = train(build(0), X, Y, loss="ssr", optimizer=nbhelpers.SGD(1e6), epochs=50)
    print(diverged, check_gradient(network(), X, Y, "mse"), check_gradient(network(), X, Y, "mse", lambda t, X, Y: t))
    wrong = nbhelpers.faulty_gradient(network(), "mse", (2, "slope", "left out"))
    print(diagnose(network(), X, Y, "mse", wrong))
    net, y = Theirs(), np.array([0.0, 1.0, 1.0, 1.0])
    print(audit([(net, "w")], net.loss, net.gradient, X=np.array(X, float), Y=y))
    rows = nbhelpers.sweep(build, X, Y, loss="mse", learning_rates=[0.1, 1e9], seeds=[0, 1], epochs=20)
    print([(rate, seed, f"{loss:.6g}", *rest) for rate, seed, loss, *rest in rows.to_numpy().tolist()])
    print(f"{FeedForward(epochs=20).fit(X, y).score(X, y):.6g}", FeedForward(epochs=20))
    print(FeedForwardClassifier(epochs=300).fit(X, ["a", "b", "b", "b"]).predict(X).tolist())
    print(nbhelpers.sigmoid.value([-800.0, 800.0]).tolist(), nbhelpers.softplus.value(800.0))
    print(nbhelpers.published.or_net.compare(nbhelpers.published.or_net.run()).to_numpy().shape)
    print(nbhelpers.exercises.single_neuron.check_slopes(lambda *given: 0.0))
    with tempfile.TemporaryDirectory() as folder:
        network().save(f"{folder}/network.npz")
        print(Network.load(f"{folder}/network.npz"))
    print(nbhelpers.numerical_gradient(lambda theta: float(theta @ theta), [1.0, 2.0]).round(6).tolist())
    for bad in (lambda: network().predict([["a"]]), lambda: train(None, X, Y), lambda: nbhelpers.SGD(-0.5)):
        try:
            bad()
        except (TypeError, ValueError) as error:
            print(error)


if __name__ == "__main__":
    if SETTINGS[sys.argv[1]]() is False:
        print("this setting cannot be had here")
    else:
        main()
