"""FeedForward: a network with one hidden layer, used as scikit-learn's estimators are (lesson 05).

The conventions are names and habits, so nothing is inherited, and scikit-learn need not be installed. Where it is,
FeedForward works in its pipelines and searches; it then answers with scikit-learn's own tags and NotFittedError.
"""

from __future__ import annotations

from inspect import signature
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .activations import Activation
from .arguments import Array, matrix, whole_number
from .layers import Dense
from .losses import mse
from .network import Network
from .optimizers import SGD
from .training import train


class FeedForward:
    """A network with one hidden layer that learns to predict numbers by minimizing the MSE.

    hidden: the number of hidden neurons.
    activation, output_activation: the activations of the two layers, or their names. The outputs of the default, the
        sigmoid, lie between 0 and 1; for targets out of that range take "identity".
    learning_rate, epochs, batch_size: as in `train`; with a batch_size the rows are shuffled before every epoch.
    seed: fixes the first weights (Glorot) and the shuffling. The same seed gives the same network.

    After `fit`: `network_` is the trained Network, `history_` the History of its training, `n_features_in_` the number
    of features.
    """

    def __init__(
        self, hidden: int = 3, activation: Activation | str = "sigmoid",
        output_activation: Activation | str = "sigmoid", learning_rate: float = 0.5, epochs: int = 1000,
        batch_size: int | None = None, seed: int = 0,
    ):
        self.hidden = hidden
        self.activation = activation
        self.output_activation = output_activation
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.seed = seed

    def __repr__(self) -> str:
        changed = (f"{name}={value!r}" for name, value in self.get_params().items() if value is not DEFAULTS[name])
        return f"FeedForward({', '.join(changed)})"

    def fit(self, X: ArrayLike, y: ArrayLike) -> FeedForward:
        """Train on `X` (samples, features) and `y` (samples,) or (samples, outputs). Returns the estimator itself.

        Every call starts anew. Raises TypeError or ValueError for what does not fit.
        """
        X = _samples(X)
        y = _targets(y, rows=len(X))
        Y = y.reshape(len(y), -1)
        hidden = Dense(whole_number("hidden", self.hidden, least=1), self.activation)
        network = Network(X.shape[1], [hidden, Dense(Y.shape[1], self.output_activation)])
        history = train(
            network.initialize("glorot", self.seed), X, Y, loss=mse, optimizer=SGD(self.learning_rate),
            epochs=self.epochs, batch_size=self.batch_size, seed=None if self.batch_size is None else self.seed,
        )
        if history.stopped == "diverged":
            warn(f"the training diverged in epoch {history.ended_at}; use a smaller learning_rate", RuntimeWarning, 2)
        self.network_, self.history_, self.n_features_in_, self._flat = network, history, X.shape[1], y.ndim == 1
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The outputs for the rows of `X`: (samples,) where `fit` was given such a `y`, else (samples, outputs)."""
        if not hasattr(self, "network_"):
            raise _not_fitted()
        X = _samples(X)
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but FeedForward is expecting {self.n_features_in_} features as input"
            )
        outputs = self.network_.predict(X)
        return outputs[:, 0] if self._flat else outputs

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """The coefficient of determination R² of the predictions for `X`: 1 is perfect, 0 as good as the mean of `y`.

        Of several outputs it is the mean. An output whose `y` is constant counts 1 where it is met and 0 where not.
        """
        predicted = self.predict(X)
        y = _targets(y, rows=len(predicted))
        if y.shape != predicted.shape:
            raise ValueError(f"y must have the shape {predicted.shape}, as the predictions; got {y.shape}")
        misses = ((y - predicted) ** 2).sum(axis=0)
        spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        constant = spread == 0
        return float(np.mean(np.where(constant, misses == 0, 1 - misses / np.where(constant, 1, spread))))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, as a dictionary. `deep` is there for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in DEFAULTS}

    def set_params(self, **params: Any) -> FeedForward:
        """Set arguments of the constructor anew; they count from the next `fit` on. Returns the estimator itself."""
        for name, value in params.items():
            if name not in DEFAULTS:
                raise ValueError(f"FeedForward has no parameter {name!r}; it has {', '.join(DEFAULTS)}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator: a regressor, also of several outputs at once."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        # A sigmoid cannot reach targets outside of 0 to 1, and scikit-learn's checks use such.
        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True),
            regressor_tags=RegressorTags(poor_score=str(self.output_activation) != "identity"),
        )


DEFAULTS = {name: parameter.default for name, parameter in signature(FeedForward).parameters.items()}


def _samples(X: ArrayLike) -> Array:
    """`X` as `matrix` gives it, refused in the words that scikit-learn's users and its checks look for."""
    if hasattr(X, "toarray"):
        raise TypeError("X is sparse, and sparse input is not supported; use X.toarray()")
    X = np.asarray(X)
    if X.dtype == object:
        X = X.astype(np.float64)
    if np.iscomplexobj(X):
        raise ValueError(f"X must hold real numbers, got {X.dtype}: Complex data not supported; use X.real or X.imag")
    if X.ndim == 1:
        raise ValueError(
            f"X must have the shape (samples, features), got the shape {X.shape}. Reshape your data: "
            "X.reshape(-1, 1) for a single feature, X.reshape(1, -1) for a single sample"
        )
    if X.ndim == 2 and X.shape[1] == 0:
        raise ValueError(f"X has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise ValueError("X must be finite, but has NaN or inf in it; remove or replace these rows")
    return matrix("X", X)


def _targets(y: ArrayLike | None, rows: int) -> Array:
    """`y` as an array of floats of shape (samples,) or (samples, outputs), with as many rows as `rows`."""
    if y is None:
        raise ValueError("FeedForward requires y to be passed, but the target y is None")
    y = np.asarray(y)
    column = y.reshape(-1, 1) if y.ndim == 1 else y
    return matrix("y", column, rows=(rows, "as many as X")).reshape(y.shape)


def _not_fitted() -> Exception:
    message = "This FeedForward is not fitted yet; call fit(X, y) first"
    try:
        from sklearn.exceptions import NotFittedError
    except ImportError:
        return ValueError(message)
    return NotFittedError(message)
