"""A network with one hidden layer, used as scikit-learn's estimators are: FeedForward (lesson 04) for numbers, and
FeedForwardClassifier for classes.

The conventions are names and habits, so nothing of scikit-learn is inherited, and it need not be installed. Where it
is, both work in its pipelines and searches; they then answer with its own tags and NotFittedError.
"""

from __future__ import annotations

from collections import Counter
from inspect import signature
from typing import Any, Self
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .activations import Activation, exponent, quiet
from .arguments import Array, listed, matrix, numbers, plain, refuse_masked, refuse_reordered, whole_number
from .edges import spelled
from .layers import Dense
from .losses import Loss, mse, softmax_cross_entropy
from .network import Network
from .optimizers import SGD
from .training import say_once, train
from .words import disguised, is_date, shown, undressed, unnumbered, unread


@spelled
class _Estimator:
    """What the two have in common: the arguments of their constructors by name, the training, and the outputs."""

    hidden: int
    activation: Activation | str
    learning_rate: float
    epochs: int
    batch_size: int | None
    seed: int
    _names: list[Any]

    def __repr__(self) -> str:
        # By their texts, because a number out of a file is another object, and arrays have no one answer to ==.
        defaults = {name: undressed(value) for name, value in self._defaults().items()}
        texts = {name: undressed(value) for name, value in self.get_params().items()}
        changed = (f"{name}={text}" for name, text in texts.items() if text != defaults[name])
        return f"{type(self).__name__}({', '.join(changed)})"

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        found = signature(cls).parameters.values()
        if any(parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) for parameter in found):
            raise RuntimeError(f"{cls.__name__} must name each of its parameters in __init__; take out * and **")
        return {parameter.name: parameter.default for parameter in found}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, as a dictionary. `deep` is there for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Set arguments of the constructor anew; they count from the next `fit` on. Returns the estimator itself."""
        names = self._defaults()
        for name, value in params.items():
            if name not in names:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(names)}")
            setattr(self, name, value)
        return self

    def get_metadata_routing(self) -> Any:
        """What scikit-learn asks where it routes metadata: nothing but `X` and `y` is taken."""
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        # A pipeline hands on the weights of samples, also where there are none. Real ones are refused so.
        request.score.add_request(param="sample_weight", alias=None)
        return request

    def _train(self, X: Array, Y: Array, output_activation: Activation | str, loss: Loss) -> None:
        hidden = Dense(whole_number("hidden", self.hidden, least=1), self.activation)
        network = Network(X.shape[1], [hidden, Dense(Y.shape[1], output_activation)])
        history = train(
            network.initialize("glorot", self.seed), X, Y, loss=loss, optimizer=SGD(self.learning_rate),
            epochs=self.epochs, batch_size=self.batch_size, seed=None if self.batch_size is None else self.seed,
        )
        if history.stopped == "diverged":
            warn(f"the training diverged in epoch {history.ended_at}; use a smaller learning_rate", RuntimeWarning, 4)
        if history.stopped == "interrupted":
            # A search or a cross-validation would score it like the others.
            warn(f"the training was interrupted in epoch {history.ended_at} of {self.epochs}", RuntimeWarning, 4)
        self.network_, self.history_, self.n_features_in_ = network, history, X.shape[1]

    def _outputs(self, X: ArrayLike) -> Array:
        name = type(self).__name__
        if not hasattr(self, "network_"):
            raise _not_fitted(name)
        samples, names = _samples(X), _names(X)
        if samples.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {samples.shape[1]} features, but {name} is expecting {self.n_features_in_} features as input"
            )
        both = [*map(str, self._names)], [*map(str, names)]
        # Numbers may be those that pandas gives of itself, where no names were given.
        texts = all(isinstance(name, str) for name in (*self._names, *names))
        if names and self._names and names != self._names and (texts or Counter(names) == Counter(self._names)):
            raise ValueError(
                f"X must have the columns {listed(both[0])}, in this order, as in fit; got {listed(both[1])}"
            )
        return self.network_.predict(samples)


@spelled
class FeedForward(_Estimator):
    """A network with one hidden layer that learns to predict numbers by minimizing the MSE.

    hidden: the number of hidden neurons.
    activation, output_activation: the activations of the two layers, or their names. The outputs of the default, the
        sigmoid, lie between 0 and 1; for targets out of that range take "identity".
    learning_rate, epochs, batch_size: as in `train`; with a batch_size the rows are shuffled before every epoch.
    seed: fixes the first weights (Glorot) and the shuffling. The same seed gives the same network.

    After `fit`: `network_` is the trained Network, `history_` the History of its training, `n_features_in_` the number
    of features. A table whose columns have other names than in `fit`, or another order, is then refused.
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

    def fit(self, X: ArrayLike, y: ArrayLike) -> FeedForward:
        """Train on `X` (samples, features) and `y` (samples,) or (samples, outputs). Returns the estimator itself.

        Every call starts anew. Raises TypeError or ValueError for what does not fit.
        """
        samples = _samples(X)
        y = _targets(X, y, rows=len(samples))
        self._train(samples, y.reshape(len(y), -1), self.output_activation, mse)
        self._flat, self._names = y.ndim == 1, _names(X)
        _say_what_is_out_of_reach(self.network_.layers[-1].activation, y)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The outputs for the rows of `X`: (samples,) where `fit` was given such a `y`, else (samples, outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat else outputs

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """The coefficient of determination R² of the predictions for `X`: 1 is perfect, 0 as good as the mean of `y`.

        Of several outputs it is the mean. An output whose `y` is constant counts 1 where it is met and 0 where not.
        """
        predicted = self.predict(X)
        targets = _targets(X, y, rows=len(predicted))
        if targets.shape != predicted.shape:
            raise ValueError(f"y must have the shape {predicted.shape}, as the predictions; got {targets.shape}")
        # The mean of equal numbers may differ from them in a last digit.
        constant = (targets == targets[0]).all(axis=0)
        with quiet():
            shift = -exponent(targets, axis=0)
            targets, predicted = np.ldexp(targets, shift), np.ldexp(predicted, shift)
            misses = ((targets - predicted) ** 2).sum(axis=0)
            spread = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
            return float(np.mean(np.where(constant, misses == 0, 1 - misses / spread)))

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator: a regressor, also of several outputs at once."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        # A sigmoid cannot reach targets outside of 0 to 1, and scikit-learn's checks use such.
        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True),
            regressor_tags=RegressorTags(poor_score=str(self.output_activation) != "identity"),
        )


@spelled
class FeedForwardClassifier(_Estimator):
    """A network with one hidden layer that learns to tell classes apart: an output for each, and their softmax.

    Its arguments are those of FeedForward, but for the activation of the last layer: that is the identity, and
    `softmax_cross_entropy` is minimized.

    After `fit`: `classes_` are the labels, sorted, in the order of the outputs; `network_`, `history_` and
    `n_features_in_` are as in FeedForward.
    """

    def __init__(
        self, hidden: int = 3, activation: Activation | str = "sigmoid", learning_rate: float = 0.5,
        epochs: int = 1000, batch_size: int | None = None, seed: int = 0,
    ):
        self.hidden = hidden
        self.activation = activation
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> FeedForwardClassifier:
        """Train on `X` (samples, features) and the labels `y` (samples,), texts or whole numbers.

        Returns the estimator itself. Every call starts anew. Raises TypeError or ValueError for what does not fit.
        """
        samples = _samples(X)
        y = _labels(X, y, rows=len(samples))
        try:
            classes, places = np.unique(y, return_inverse=True)
        except (TypeError, ValueError):
            # One of each kind, because a missing label may come late.
            few = shown(list({type(label): label for label in y.tolist()}.values()))
            raise TypeError(f"y must have labels of one kind, all texts or all numbers, got {few}") from None
        if len(classes) < 2:
            raise ValueError(f"y must have labels of two classes or more, got one class, {classes.tolist()}")
        self._train(samples, np.eye(len(classes))[places], "identity", softmax_cross_entropy)
        self.classes_, self._names = classes, _names(X)
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class for the rows of `X`, shape (samples, classes), in the order of `classes_`."""
        return softmax_cross_entropy.prediction(self._outputs(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The most probable label for each row of `X`, shape (samples,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """The accuracy: the share of rows of `X` whose predicted label is that in `y`, from 0 to 1."""
        predicted = self.predict(X)
        y = _labels(X, y, rows=len(predicted))
        if isinstance(y[0], str) != isinstance(predicted[0], str):
            few = shown(y[:5].tolist())
            raise TypeError(f"y must have labels of the kind that fit was given, {shown(predicted[0])}, got {few}")
        return float(np.mean(predicted == y))

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator: a classifier."""
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier", target_tags=TargetTags(required=True), classifier_tags=ClassifierTags()
        )


def _samples(X: ArrayLike) -> Array:
    """`X` as `matrix` gives it, refused in the words that scikit-learn's users and its checks look for."""
    refuse_masked("X", X)
    given = X
    try:
        sparse, X = hasattr(X, "toarray"), np.asarray(plain(X))
        # NumPy would read a date as the number of its nanoseconds; `matrix` refuses an array of them.
        if X.dtype == object and any(map(is_date, X.flat)):
            raise TypeError
        X = X if sparse or X.dtype.kind in "biufcMm" else np.asarray(X, np.float64)
    except Exception:
        hint = "float() argument must be a string or a real number"
        raise TypeError(f"X must hold numbers only, got {unnumbered(given)}; {hint}") from None
    if sparse:
        raise TypeError("X is sparse, and sparse input is not supported; use X.toarray()")
    if np.iscomplexobj(X):
        raise ValueError(f"X must hold real numbers, got {X.dtype}: Complex data not supported; use X.real or X.imag")
    if X.ndim == 1:
        raise ValueError(
            f"X must have the shape (samples, features), got the shape {X.shape}. Reshape your data: "
            "np.reshape(X, (-1, 1)) for a single feature, np.reshape(X, (1, -1)) for a single sample"
        )
    if X.ndim == 2 and X.shape[1] == 0:
        raise ValueError(f"X has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        raise ValueError("X must be finite, but has NaN or inf in it; remove or replace these rows")
    return matrix("X", X)


def _names(X: ArrayLike) -> list[Any]:
    """The names of the columns of a table, mostly texts; none of what is no table."""
    return list(getattr(X, "columns", ()))


def _targets(X: ArrayLike, y: ArrayLike | None, rows: int) -> Array:
    """`y` as an array of floats of shape (samples,) or (samples, outputs), with as many rows as `X`, `rows`."""
    if y is None:
        raise ValueError("FeedForward requires y to be passed, but the target y is None")
    refuse_reordered(X, y, ("X", "y"))
    y = numbers("y", y)
    column = y.reshape(-1, 1) if y.ndim == 1 else y
    return matrix("y", column, rows=(rows, "as many as X")).reshape(y.shape)


def _say_what_is_out_of_reach(activation: Activation, y: Array) -> None:
    reached = activation.value(np.array([-np.inf, *np.linspace(-50, 50, 101), np.inf]))
    low, high = np.nanmin(reached), np.nanmax(reached)
    if y.min() < low or y.max() > high:
        say_once(
            f"y goes from {y.min():.3g} to {y.max():.3g}, and the outputs of {activation} from {low:.3g} to "
            f"{high:.3g}: for such targets take output_activation='identity'."
        )


def _labels(X: ArrayLike, y: ArrayLike | None, rows: int) -> np.ndarray:
    """`y` as an array of shape (samples,) of things that can be sorted, with as many rows as `X`, `rows`."""
    if y is None:
        raise ValueError("FeedForwardClassifier requires y to be passed, but the target y is None")
    refuse_reordered(X, y, ("X", "y"))
    refuse_masked("y", y)
    try:
        texts = np.asarray(plain(y))
        # NumPy makes texts of what stands beside a text in a list: of nan, too.
        mixed = texts.dtype.kind == "U" and isinstance(y, (list, tuple)) and not all(isinstance(one, str) for one in y)
        y = np.asarray(y, dtype=object) if mixed else texts
        hash(tuple(y.flat))
        if y.dtype.kind in "cV":
            raise TypeError
    except Exception:
        raise TypeError(f"y must hold labels, texts or whole numbers, got {unread(y)}") from None
    if y.dtype.kind in "mMO" and (dates := list(filter(is_date, y.flat))):
        raise TypeError(
            f"y must hold labels, texts or whole numbers, got a date or a time, {shown(dates[0])}; FeedForward learns "
            "numbers, such as the days since the first date"
        )
    if y.size and all(isinstance(label, str) for label in y.flat) and (came := disguised(y.ravel().tolist())):
        raise ValueError(f"y must hold labels, got {came}, and take FeedForward")
    if y.ndim == 2 and y.shape[1] == 1:
        warn("A column-vector y was passed when a 1d array was expected; use np.ravel(y)", _conversion_warning(), 4)
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"y must have the shape (samples,), got {y.shape}; of one-hot rows take np.argmax(y, axis=1)")
    if len(y) != rows:
        raise ValueError(f"y must have {rows} labels, as many as X has rows; got {len(y)}")
    try:
        # Of a table with texts in it, the columns of numbers come as objects too.
        column = numbers("y", y.reshape(-1, 1)) if y.dtype.kind in "fO" else None
    except TypeError:
        return y
    if column is not None and (matrix("y", column) % 1).any():
        raise ValueError("y must hold labels, got continuous numbers; FeedForward learns those")
    return y


def _conversion_warning() -> type[Warning]:
    try:
        from sklearn.exceptions import DataConversionWarning
    except ImportError:
        return UserWarning
    return DataConversionWarning


def _not_fitted(name: str) -> Exception:
    message = f"This {name} is not fitted yet; call fit(X, y) first"
    try:
        from sklearn.exceptions import NotFittedError
    except ImportError:
        return ValueError(message)
    return NotFittedError(message)
