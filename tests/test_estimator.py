"""FeedForward: scikit-learn's own test where scikit-learn is installed, and its conventions without it."""

import pickle
import re
import subprocess
import sys
import warnings
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from nbhelpers import FeedForward, FeedForwardClassifier, iris, mse, split, training
from nbhelpers.watching import watching

from .conftest import required

NAMES = np.array(["setosa", "versicolor", "virginica"])


@pytest.fixture(scope="module")
def sklearn():
    return required("sklearn", "scikit-learn is not installed: pip install scikit-learn")


@pytest.fixture(scope="module")
def flowers():
    X_train, X_test, Y_train, Y_test = split(*iris())
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / deviation, (X_test - mean) / deviation, Y_train, Y_test


# With scikit-learn


@pytest.mark.parametrize("settings", [
    {"epochs": 50},
    {"epochs": 30, "batch_size": 7, "hidden": 2},
    {"output_activation": "identity", "learning_rate": 0.1, "epochs": 200},
], ids=["sigmoid", "minibatches", "identity"])
def test_scikit_learns_own_check_passes(settings, sklearn):
    from sklearn.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        # It follows the conventions without the base class, on purpose.
        warnings.filterwarnings("ignore", message=".*does not inherit from `sklearn.base.BaseEstimator`")
        warnings.filterwarnings("ignore", message="Skipping check check_array_api_input")
        results = check_estimator(FeedForward(**settings))
    not_passed = {result["check_name"] for result in results if result["status"] != "passed"}
    assert len(results) > 40 and not_passed <= {"check_array_api_input"}


def test_a_classifier_passes_it_too(sklearn):
    from sklearn.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not inherit from `sklearn.base.BaseEstimator`")
        warnings.filterwarnings("ignore", message="Skipping check check_array_api_input")
        results = check_estimator(FeedForwardClassifier(epochs=200))
    not_passed = {result["check_name"] for result in results if result["status"] != "passed"}
    assert len(results) > 50 and not_passed <= {"check_array_api_input"}


def test_the_score_is_scikit_learns_coefficient_of_determination(sklearn, flowers):
    from sklearn.metrics import r2_score

    X, X_test, Y, Y_test = flowers
    model = FeedForward(epochs=50).fit(X, Y)
    assert model.score(X_test, Y_test) == pytest.approx(r2_score(Y_test, model.predict(X_test)), rel=1e-12)
    with_a_constant = np.column_stack([Y_test[:, :2], np.zeros(len(Y_test))])
    expected = r2_score(with_a_constant, model.predict(X_test))
    assert model.score(X_test, with_a_constant) == pytest.approx(expected, rel=1e-12)
    single = FeedForward(epochs=50).fit(X, Y[:, 0])
    expected = r2_score(Y_test[:, 0], single.predict(X_test))
    assert single.score(X_test, Y_test[:, 0]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [2.0**-600, 2.0**-1000, 2.0**600, 2.0**1020])
def test_the_score_is_the_same_in_units_of_any_size(scale):
    # R² has no unit. The squares of these numbers are 0 or infinite.
    X, y = np.arange(6.0).reshape(-1, 1), np.array([0.25, -1.0, 0.5, 2.0, 1.0, 0.125])
    model = FeedForward(epochs=1).fit(X, [0.0, 1.0] * 3)
    predicted = np.array([0.5, -0.5, 0.25, 1.5, 1.0, 0.0])
    model.predict = lambda X: scale * predicted
    expected = 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert model.score(X, scale * y) == pytest.approx(expected, rel=1e-12)


def test_a_constant_target_counts_1_or_0_also_where_its_mean_is_rounded():
    X, tenths = np.arange(30.0).reshape(-1, 1), np.full(30, 0.1)
    assert tenths.mean() != 0.1
    model = FeedForward(epochs=1).fit(X, tenths)
    assert model.score(X, tenths) == 0.0
    model.predict = lambda X: tenths
    assert model.score(X, tenths) == 1.0


def test_it_works_in_a_pipeline_a_search_and_a_cross_validation(sklearn):
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X_train, X_test, Y_train, Y_test = split(*iris())
    model = make_pipeline(StandardScaler(), FeedForward(hidden=10, learning_rate=1.0, epochs=300, batch_size=5))
    model.fit(X_train, Y_train)
    assert (model.predict(X_test).argmax(axis=1) == Y_test.argmax(axis=1)).mean() > 0.9
    search = GridSearchCV(model, {"feedforward__learning_rate": [1e-4, 1.0]}, cv=3).fit(X_train, Y_train)
    assert search.best_params_ == {"feedforward__learning_rate": 1.0}
    assert cross_val_score(model, X_train, Y_train, cv=3).min() > 0.7


def test_a_classifier_works_in_a_search_with_names_for_labels(sklearn):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X_train, X_test, Y_train, Y_test = split(*iris())
    model = make_pipeline(StandardScaler(), FeedForwardClassifier(hidden=10, epochs=300, batch_size=5))
    search = GridSearchCV(model, {"feedforwardclassifier__learning_rate": [1e-4, 0.2]}, cv=3)
    search.fit(X_train, NAMES[Y_train.argmax(axis=1)])
    assert search.best_params_ == {"feedforwardclassifier__learning_rate": 0.2}
    assert search.score(X_test, NAMES[Y_test.argmax(axis=1)]) > 0.9


def uses(sklearn):
    """What people do with a regressor or a classifier in scikit-learn, by name: a function of model, X and y."""
    from sklearn.base import clone, is_classifier
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import (
        BaggingClassifier,
        BaggingRegressor,
        StackingClassifier,
        StackingRegressor,
        VotingClassifier,
        VotingRegressor,
    )
    from sklearn.feature_selection import SequentialFeatureSelector
    from sklearn.inspection import partial_dependence, permutation_importance
    from sklearn.model_selection import (
        GridSearchCV,
        RandomizedSearchCV,
        cross_val_predict,
        cross_val_score,
        learning_curve,
        validation_curve,
    )
    from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
    from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def two(y):
        return np.column_stack([y, y])

    def piped(model):
        return make_pipeline(StandardScaler(), model)

    both = {
        "pipeline": lambda m, X, y: piped(m).fit(X, y).predict(X),
        "pandas pipeline": lambda m, X, y: piped(m).set_output(transform="pandas").fit(X, y).predict(X),
        "grid": lambda m, X, y: GridSearchCV(m, {"hidden": [1, 2]}, cv=2).fit(X, y).predict(X),
        "random": lambda m, X, y: RandomizedSearchCV(m, {"hidden": [1, 2]}, n_iter=1, cv=2).fit(X, y),
        "cross_val_score": lambda m, X, y: cross_val_score(piped(m), X, y, cv=2),
        "cross_val_predict": lambda m, X, y: cross_val_predict(m, X, y, cv=2),
        "clone": lambda m, X, y: clone(m.fit(X, y)).fit(X, y),
        "learning_curve": lambda m, X, y: learning_curve(m, X, y, cv=2, train_sizes=[0.5, 1.0]),
        "validation_curve": lambda m, X, y: validation_curve(m, X, y, param_name="hidden", param_range=[1, 2], cv=2),
        "importance": lambda m, X, y: permutation_importance(m.fit(X, y), X, y, n_repeats=1),
        "dependence": lambda m, X, y: partial_dependence(m.fit(X, y), X, [0]),
        "selector": lambda m, X, y: SequentialFeatureSelector(m, n_features_to_select=1, cv=2).fit(X, y),
    }
    for_classes = {
        "voting": lambda m, X, y: VotingClassifier([("a", m), ("b", clone(m))], voting="soft").fit(X, y).predict(X),
        "bagging": lambda m, X, y: BaggingClassifier(m, 2).fit(X, y).predict(X),
        "stacking": lambda m, X, y: StackingClassifier([("a", m)], m, cv=2).fit(X, y).predict(X),
        "calibrated": lambda m, X, y: CalibratedClassifierCV(m, cv=2).fit(X, y).predict_proba(X),
        "one vs rest": lambda m, X, y: OneVsRestClassifier(m).fit(X, y).predict(X),
        "one vs one": lambda m, X, y: OneVsOneClassifier(m).fit(X, y).predict(X),
        "several": lambda m, X, y: MultiOutputClassifier(m).fit(X, two(y)).predict(X),
        "chain": lambda m, X, y: ClassifierChain(m).fit(X, two(y)).predict(X),
    }
    for_numbers = {
        "voting": lambda m, X, y: VotingRegressor([("a", m), ("b", clone(m))]).fit(X, y).predict(X),
        "bagging": lambda m, X, y: BaggingRegressor(m, 2).fit(X, y).predict(X),
        "stacking": lambda m, X, y: StackingRegressor([("a", m)], m, cv=2).fit(X, y).predict(X),
        "several": lambda m, X, y: MultiOutputRegressor(m).fit(X, two(y)).predict(X),
        "chain": lambda m, X, y: RegressorChain(m).fit(X, two(y)).predict(X),
        "other targets": lambda m, X, y: TransformedTargetRegressor(m, func=np.log1p, inverse_func=np.expm1).fit(X, y),
    }
    return lambda model: both | (for_classes if is_classifier(model) else for_numbers)


def test_the_classifier_has_the_arguments_of_the_other_but_for_the_last_activation_and_the_same_defaults():
    assert FeedForwardClassifier().get_params().items() < FeedForward().get_params().items()
    assert {*FeedForward().get_params()} - {*FeedForwardClassifier().get_params()} == {"output_activation"}


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("kind", [FeedForward, FeedForwardClassifier])
def test_it_works_in_whatever_scikit_learn_has_for_it_with_metadata_routing_or_without(sklearn, kind, routing, flowers):
    X, y = flowers[0][:60], flowers[2][:60].argmax(axis=1)
    with sklearn.config_context(enable_metadata_routing=routing), warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, use in uses(sklearn)(kind()).items():
            try:
                use(kind(epochs=3, hidden=2), X, y)
            except Exception as error:
                raise AssertionError(name) from error


@pytest.mark.parametrize("kind", [FeedForward, FeedForwardClassifier])
def test_with_metadata_routing_the_search_finds_what_it_finds_without(sklearn, kind, flowers):
    from sklearn.model_selection import GridSearchCV

    X, y = flowers[0], flowers[2].argmax(axis=1)
    found = []
    for routing in (False, True):
        with sklearn.config_context(enable_metadata_routing=routing):
            found.append(GridSearchCV(kind(epochs=20), {"hidden": [1, 3]}, cv=3).fit(X, y).cv_results_)
    assert found[0]["mean_test_score"].tolist() == found[1]["mean_test_score"].tolist()


@pytest.mark.parametrize("init", [
    lambda self, **settings: FeedForward.__init__(self, **settings),
    lambda self, *settings: FeedForward.__init__(self, *settings),
    lambda self, hidden=3, **settings: FeedForward.__init__(self, hidden, **settings),
])
def test_a_subclass_that_does_not_name_its_parameters_is_refused(init):
    Loose = type("Loose", (FeedForward,), {"__init__": init})
    for call in (lambda: Loose().get_params(), lambda: repr(Loose()), lambda: Loose().set_params(hidden=2)):
        with pytest.raises(RuntimeError, match="^Loose must name each of its parameters in __init__; take out "):
            call()


def test_a_subclass_that_names_its_parameters_has_them():
    class Deep(FeedForward):
        def __init__(self, hidden=5, extra=1):
            super().__init__(hidden)
            self.extra = extra

    assert Deep(extra=2).get_params() == {"hidden": 5, "extra": 2} and repr(Deep(extra=2)) == "Deep(extra=2)"


@pytest.mark.parametrize("kind", [FeedForward, FeedForwardClassifier])
def test_unfitted_it_raises_scikit_learns_error(kind, sklearn):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match=f"^This {kind.__name__} is not fitted yet; call fit"):
        kind().predict([[1.0]])


# Without it


def test_neither_the_import_nor_the_use_needs_scikit_learn():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from nbhelpers import FeedForward\n"
        "model = FeedForward(epochs=2).fit([[0.0], [1.0]], [0, 1])\n"
        "print(model.predict([[0.5]]).shape, 'pandas' in sys.modules, 'matplotlib' in sys.modules)\n"
        "try: FeedForward().predict([[0.5]])\n"
        "except ValueError as error: print(error)\n"
        "import warnings; from nbhelpers import FeedForwardClassifier\n"
        "with warnings.catch_warnings(record=True) as found:\n"
        "    model = FeedForwardClassifier(epochs=2).fit([[0.0], [1.0]], [['no'], ['yes']])\n"
        "print(model.predict_proba([[0.5]]).shape, found[0].category.__name__, found[0].message)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    expected = (
        "(1,) False False\nThis FeedForward is not fitted yet; call fit(X, y) first\n"
        "(1, 2) UserWarning A column-vector y was passed when a 1d array was expected; use np.ravel(y)\n"
    )
    # Without the compiled loop a sentence about it comes first.
    assert result.stdout.endswith(expected), result.stderr


def test_fit_trains_by_descent_on_the_mse(flowers):
    X, _, Y, _ = flowers
    model = FeedForward(hidden=2, learning_rate=0.3, epochs=3)
    assert model.fit(X, Y) is model
    history = model.history_
    assert history.loss_function is mse and model.n_features_in_ == 4 and model.network_.sizes == (4, 2, 3)
    for i in range(3):
        step = 0.3 * history.network(i).gradient(X, Y, mse)
        np.testing.assert_allclose(history.theta[i + 1], history.theta[i] - step, rtol=1e-9, atol=1e-15)
    assert np.array_equal(model.network_.theta, history.theta[-1])


def test_the_seed_really_seeds(flowers):
    X, _, Y, _ = flowers
    for batch_size in (None, 10):
        fits = [FeedForward(seed=seed, epochs=5, batch_size=batch_size).fit(X, Y).network_.theta for seed in (3, 3, 4)]
        assert np.array_equal(fits[0], fits[1]) and not np.array_equal(fits[0], fits[2])
    model = FeedForward(epochs=5)
    assert np.array_equal(model.fit(X, Y).network_.theta, model.fit(X, Y).network_.theta)


def test_fit_and_predict_leave_their_arguments_and_the_network_alone(flowers):
    X, X_test, Y, _ = (values.copy() for values in flowers)
    model = FeedForward(epochs=5).fit(X, Y)
    theta = model.network_.theta.copy()
    first, again = model.predict(X_test), model.predict(X_test)
    assert np.array_equal(first, again) and np.array_equal(model.network_.theta, theta)
    assert np.array_equal(model.history_.X, flowers[0])
    for values, original in zip((X, X_test, Y), flowers):
        assert np.array_equal(values, original)


def test_predictions_have_the_shape_that_y_had(flowers):
    X, X_test, Y, _ = flowers
    for y, shape in ((Y, (45, 3)), (Y[:, 0], (45,)), (Y[:, :1], (45, 1))):
        model = FeedForward(epochs=2).fit(X, y)
        assert model.predict(X_test).shape == shape and isinstance(model.score(X, y), float)


@pytest.mark.parametrize("activation, y, said", [
    ("sigmoid", [0.0, 1.0], ""), ("identity", [-9.0, 9e9], ""), ("leaky_relu", [-9.0, 9.0], ""),
    ("sigmoid", [0.0, 5.0], "y goes from 0 to 5, and the outputs of sigmoid from 0 to 1: "),
    ("tanh", [-2.0, 1.0], "y goes from -2 to 1, and the outputs of tanh from -1 to 1: "),
    ("relu", [-1.0, 9.0], "y goes from -1 to 9, and the outputs of relu from 0 to inf: "),
])
def test_targets_that_no_output_reaches_are_said_to_be(capsys, activation, y, said):
    training.say_once.cache_clear()
    FeedForward(output_activation=activation, epochs=1).fit([[0.0], [1.0]], y)
    found = capsys.readouterr().out
    assert found == (f"{said}for such targets take output_activation='identity'.\n" if said else "")


def test_a_score_by_hand():
    model = FeedForward(epochs=1).fit([[0.0], [1.0]], [0, 1])
    model.predict = lambda X: np.array([0.1, 0.9, 0.6, 0.2])
    # Residuals 0.1, 0.1, 0.4, 0.2: squares 0.22 in all; the spread of (0, 1, 1, 0) about its mean is 1.
    assert model.score(np.zeros((4, 1)), [0, 1, 1, 0]) == pytest.approx(1 - 0.22)
    assert model.score(np.zeros((4, 1)), [5, 5, 5, 5]) == 0.0


def test_parameters_are_read_and_set_by_name():
    model = FeedForward(hidden=7, seed=2)
    assert model.get_params() == {
        "hidden": 7, "activation": "sigmoid", "output_activation": "sigmoid", "learning_rate": 0.5, "epochs": 1000,
        "batch_size": None, "seed": 2,
    }
    assert model.set_params(hidden=4, epochs=10) is model and model.hidden == 4 and model.epochs == 10
    assert repr(model) == "FeedForward(hidden=4, epochs=10, seed=2)" and repr(FeedForward()) == "FeedForward()"
    assert repr(FeedForward(hidden=np.int64(4), learning_rate=np.float64(0.5))) == "FeedForward(hidden=4)"
    with pytest.raises(ValueError, match="^FeedForward has no parameter 'hiden'; it has hidden, "):
        model.set_params(hiden=3)


def test_a_pickled_model_predicts_the_same(flowers):
    X, X_test, Y, _ = flowers
    model = FeedForward(epochs=5).fit(X, Y)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X_test), model.predict(X_test))


def test_a_training_that_diverges_says_so():
    X = 1e3 * np.arange(6.0).reshape(-1, 1)
    model = FeedForward(activation="identity", output_activation="identity", learning_rate=10.0, epochs=500)
    with pytest.warns(RuntimeWarning, match=r"^the training diverged in epoch \d+; use a smaller learning_rate$"):
        model.fit(X, X[:, 0])
    assert np.isfinite(model.predict(X)).all()


def test_a_training_that_is_interrupted_says_so_and_keeps_what_was_learned(flowers):
    def press_the_stop_button(_):
        raise KeyboardInterrupt

    sentence = r"^the training was interrupted in epoch \d+ of 9000000$"
    with watching(press_the_stop_button), pytest.warns(RuntimeWarning, match=sentence) as found:
        model = FeedForward(epochs=9_000_000).fit(flowers[0], flowers[2])
    assert found[0].filename == __file__
    assert model.history_.stopped == "interrupted" and model.predict(flowers[1]).shape == flowers[3].shape


@pytest.mark.parametrize("settings, error, message", [
    ({"hidden": 0}, ValueError, "hidden must be a whole number of at least 1, got 0"),
    ({"hidden": 2.5}, TypeError, "hidden must be a whole number"),
    ({"activation": "sigmod"}, ValueError, "activation is not known: got 'sigmod'; did you mean sigmoid"),
    ({"learning_rate": -1}, ValueError, "learning_rate must be"),
    ({"epochs": 0}, ValueError, "epochs must be"),
    ({"batch_size": 0}, ValueError, "batch_size must be"),
    ({"seed": -1}, ValueError, "seed must be"),
])
def test_settings_that_do_not_fit_are_refused_by_fit_with_their_name(settings, error, message):
    with pytest.raises(error, match=f"^{message}"):
        FeedForward(**settings).fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("X, y, words", [
    ([1.0, 2.0], [0, 1], "Reshape your data"),
    ([[1.0], [2.0]], [0, 1, 1], "y must have 2 rows, as many as X; got 3"),
    ([[1.0], [2.0]], None, "requires y"),
    ([[1.0], [np.nan]], [0, 1], "NaN or inf"),
    ([[1.0], [2.0]], [0, np.inf], "y must be finite"),
    ([[1.0], [2j]], [0, 1], "Complex data not supported"),
    (np.zeros((2, 0)), [0, 1], "0 feature"),
    (np.zeros((0, 2)), [], "at least one row"),
    (np.ma.array([[1.0], [2.0]], mask=[[0], [1]]), [0, 1], "X must have no masked entries, got 1 of 2"),
    ([[1.0], [2.0]], np.ma.array([0, 1], mask=[1, 0]), "y must have no masked entries, got 1 of 2"),
])
def test_data_that_do_not_fit_are_refused_in_a_sentence(X, y, words):
    with pytest.raises(ValueError, match=words):
        FeedForward(epochs=1).fit(X, y)


def test_the_way_to_other_shapes_that_is_told_goes_for_tables_too():
    measured, species = pd.Series([0.0, 1.0, 2.0], name="length"), pd.Series(["a", "b", "c"], name="species")
    model, given = FeedForwardClassifier(epochs=1), {"np": np, "X": measured, "y": pd.get_dummies(species)}
    with pytest.raises(ValueError, match="Reshape your data") as refused:
        model.fit(measured, species)
    X = eval(re.search("data: (.+) for a single feature", str(refused.value))[1], given)
    with pytest.raises(ValueError, match="one-hot") as refused:
        model.fit(X, given["y"])
    y = eval(re.search("take (.+)", str(refused.value))[1], given)
    assert model.fit(X, y).classes_.tolist() == [0, 1, 2]
    given["y"] = species.to_frame()
    with pytest.warns(match="column-vector") as said:
        model.fit(X, given["y"])
    assert eval(re.search("use (.+)", str(said[0].message))[1], given).tolist() == ["a", "b", "c"]


def test_other_features_than_those_of_the_training_are_refused(flowers):
    X, X_test, Y, Y_test = flowers
    model = FeedForward(epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="^X has 3 features, but FeedForward is expecting 4 features"):
        model.predict(X_test[:, :3])
    with pytest.raises(ValueError, match=r"^y must have the shape \(45, 3\), as the predictions; got \(45,\)"):
        model.score(X_test, Y_test[:, 0])


# The classifier


def test_a_classifier_descends_the_cross_entropy_of_the_softmax_as_pytorch_gives_it(flowers, torch):
    X, _, Y, _ = flowers
    model = FeedForwardClassifier(hidden=2, learning_rate=0.3, epochs=3).fit(X, NAMES[Y.argmax(axis=1)])
    history = model.history_
    assert model.network_.sizes == (4, 2, 3) and model.n_features_in_ == 4 and model.classes_.tolist() == NAMES.tolist()
    for i in range(3):
        network = history.network(i)
        W1, b1, W2, b2 = parameters = [
            torch.tensor(array, requires_grad=True)
            for pair in zip(network.weights, network.biases) for array in pair
        ]
        Z = torch.sigmoid(torch.tensor(X) @ W1 + b1) @ W2 + b2
        torch.nn.CrossEntropyLoss()(Z, torch.tensor(Y.argmax(axis=1))).backward()
        gradient = np.concatenate([parameter.grad.numpy().ravel() for parameter in parameters])
        np.testing.assert_allclose(history.theta[i + 1], history.theta[i] - 0.3 * gradient, rtol=1e-9, atol=1e-15)


def test_the_probabilities_are_the_softmax_of_the_sums_and_the_likeliest_label_is_predicted(flowers):
    X, X_test, Y, Y_test = flowers
    labels, expected = NAMES[Y.argmax(axis=1)], NAMES[Y_test.argmax(axis=1)]
    model = FeedForwardClassifier(epochs=100).fit(X, labels)
    P, Z = model.predict_proba(X_test), model.network_.predict(X_test)
    np.testing.assert_allclose(P, np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True), rtol=1e-13)
    predicted = model.predict(X_test)
    assert predicted.tolist() == [NAMES[row.argmax()] for row in P] and (predicted != predicted[0]).any()
    right = sum(a == b for a, b in zip(predicted, expected))
    assert model.score(X_test, expected) == right / len(expected)


@pytest.mark.parametrize("labels", [
    [7, -1, 7, -1], ["b", "a", "b", "a"], [True, False, True, False], [2.0, 1.0, 2.0, 1.0],
])
def test_labels_of_any_kind_come_back_as_they_were(labels):
    X = [[1.0], [0.0], [1.2], [0.1]]
    model = FeedForwardClassifier(epochs=500, learning_rate=2.0).fit(X, labels)
    assert model.classes_.tolist() == sorted(set(labels)) and model.predict(X).tolist() == labels
    assert model.score(X, labels) == 1.0 and model.score(X, labels[::-1]) == 0.0


def test_a_classifier_has_its_own_name_and_parameters():
    model = FeedForwardClassifier(hidden=7)
    assert model.get_params() == {
        "hidden": 7, "activation": "sigmoid", "learning_rate": 0.5, "epochs": 1000, "batch_size": None, "seed": 0,
    }
    assert repr(model.set_params(epochs=10)) == "FeedForwardClassifier(hidden=7, epochs=10)"
    with pytest.raises(ValueError, match="^FeedForwardClassifier has no parameter 'output_activation'; it has hidden,"):
        model.set_params(output_activation="identity")


@pytest.mark.parametrize("y, error, words", [
    (None, ValueError, "^FeedForwardClassifier requires y to be passed"),
    ([0, 1, 1], ValueError, "^y must have 2 labels, as many as X has rows; got 3"),
    ([[1, 0], [0, 1]], ValueError, r"^y must have the shape \(samples,\), got \(2, 2\); of one-hot rows take np."),
    (["a", "a"], ValueError, r"^y must have labels of two classes or more, got one class, \['a'\]"),
    ([0.5, 1.0], ValueError, "^y must hold labels, got continuous numbers; FeedForward learns those"),
    ([0.0, np.nan], ValueError, "^y must be finite, got nan in row 1"),
    (np.array([[0.5, "a"], [1.0, "b"]], dtype=object)[:, 0], ValueError, "^y must hold labels, got continuous numbers"),
    (pd.DataFrame({"text": ["a", "b"], "y": [0, np.nan]}).to_numpy()[:, 1], ValueError, "^y must be finite, got nan"),
    (["a", None], TypeError, "^y must have labels of one kind, all texts or all numbers"),
    (["a", np.nan], TypeError, r"^y must have labels of one kind, all texts or all numbers, got \['a', nan\]"),
    ([1j, 2j], TypeError, r"^y must hold labels, texts or whole numbers, got array"),
    (("a", 1), TypeError, r"^y must have labels of one kind, all texts or all numbers, got \['a', 1\]"),
    (np.ma.array([0, 1], mask=[0, 1]), ValueError, "^y must have no masked entries, got 1 of 2"),
])
def test_labels_that_do_not_fit_are_refused_in_a_sentence(y, error, words):
    with pytest.raises(error, match=words):
        FeedForwardClassifier(epochs=1).fit([[0.0], [1.0]], y)


@pytest.mark.parametrize("fitted, scored", [([0, 1], ["0", "1"]), (["a", "b"], [0, 1])])
def test_labels_of_another_kind_than_those_of_the_training_have_no_score(fitted, scored):
    model = FeedForwardClassifier(epochs=1).fit([[0.0], [1.0]], fitted)
    with pytest.raises(TypeError, match=r"^y must have labels of the kind that fit was given, .*, got \['?0'?, '?1"):
        model.score([[0.0], [1.0]], scored)


def test_the_label_of_a_text_is_shown_as_it_was_given():
    model = FeedForwardClassifier(epochs=1).fit([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(TypeError, match="^y must have labels of the kind that fit was given, '[ab]', got .0, 1.$"):
        model.score([[0.0], [1.0]], [0, 1])


def test_a_missing_label_is_shown_wherever_it_stands():
    with pytest.raises(TypeError, match=r"^y must have labels of one kind, all texts or all .*, got \['b', None\]$"):
        FeedForwardClassifier(epochs=1).fit(np.ones((8, 1)), np.array([*"abababb", None], dtype=object))


@pytest.mark.parametrize("dates", [pd.date_range("2026-01-01", periods=3), pd.to_timedelta([1, 2, 3], unit="D")])
def test_dates_are_no_numbers(dates):
    for X in (pd.DataFrame({"day": dates}), dates.to_numpy().reshape(-1, 1)):
        with pytest.raises(TypeError, match="^X must hold numbers only, got "):
            FeedForward(epochs=1).fit(X, [0, 1, 1])


DAYS = pd.Series(pd.date_range("2026-01-01", periods=3))


@pytest.mark.parametrize("dates", [
    DAYS, DAYS.to_numpy(), DAYS.astype(object), DAYS.dt.date, DAYS - DAYS[0], DAYS.dt.to_period("D"),
    [timedelta(days=day) for day in range(3)],
], ids=["Series", "array", "Timestamps", "dates", "spans", "periods", "timedeltas"])
def test_dates_are_no_labels(dates):
    with pytest.raises(TypeError, match="^y must hold labels, .*, got a date or a time, .*; FeedForward learns"):
        FeedForwardClassifier(epochs=1).fit([[0.0], [1.0], [2.0]], dates)


def test_dates_of_numpy_among_objects_are_no_numbers():
    with pytest.raises(TypeError, match="^y must hold numbers only, got "):
        FeedForward(epochs=1).fit([[0.0], [1.0]], np.array([np.datetime64(day, "ns") for day in (1, 2)], dtype=object))


@pytest.mark.parametrize("texts, words", [
    (["3,5", "2", "-1.000,5"], "'3,5', which is a number with a comma; make numbers of the texts (pd.read_csv does"),
    (["2026-01-02", "2026-1-3", "2026-01-04 10:00"], "'2026-01-02', which is a date; make numbers of the dates, such"),
    (["1'234", "$5", "\u22127.5 €"], "\"1'234\", which is a number with other signs than digits; make numbers of the"),
    (["7", "12\u202f345", "1"], r"'12\u202f345', which is a number with other signs than digits; make numbers of the"),
    (["1-Jan-26", "12 March 2026", "7-may-25 10:00"], "'1-Jan-26', which is a date; make numbers of the dates, such"),
    (["2.1.2026", "31.12.25", "3.1.2026"], "'2.1.2026', which is a date; make numbers of the dates, such as the days"),
])
def test_numbers_with_a_comma_and_dates_are_no_labels_in_texts_either(texts, words):
    for y in (texts, pd.Series(texts)):
        with pytest.raises(ValueError, match=f"^y must hold labels, got {re.escape(words)}.* and take FeedForward$"):
            FeedForwardClassifier(epochs=1).fit([[0.0], [1.0], [2.0]], y)


@pytest.mark.parametrize("texts", [
    ["3", "2", "1"], ["1.5", "2.0", "2.1"], ["a, b", "3,5", "c"], ["1-2", "3-4", "5-6"], ["1 May", "2 b", "3"],
    ["$", "1 2", "5%"],
])
def test_other_texts_are_labels(texts):
    assert FeedForwardClassifier(epochs=1).fit([[0.0], [1.0], [2.0]], texts).classes_.tolist() == sorted(texts)


@pytest.mark.parametrize("kind", [FeedForward, FeedForwardClassifier])
def test_the_columns_of_a_table_in_another_order_are_refused(kind):
    table = pd.DataFrame({"length": [0.0, 1.0, 2.0], "width": [5.0, 0.0, 1.0]})
    model = kind(epochs=2).fit(table, [0, 1, 1])
    with pytest.raises(ValueError, match="^X must have the columns length and width, in this order, as in fit; got "):
        model.predict(table[["width", "length"]])
    assert np.array_equal(model.predict(table), model.predict(table.to_numpy()))
    assert np.array_equal(model.predict(table), model.predict(table.set_axis([0, 1], axis=1)))


@pytest.mark.parametrize("names", [[0, 1], [("flower", 1), ("flower", 2)], [1.5, "width"]])
def test_columns_whose_names_are_no_texts_are_refused_in_another_order_too(names):
    table = pd.DataFrame([[0.0, 5.0], [1.0, 0.0], [2.0, 1.0]])
    table.columns = pd.Index(names)
    model = FeedForward(epochs=2).fit(table, [0, 1, 1])
    with pytest.raises(ValueError, match=f"^X must have the columns {re.escape(str(names[0]))} and .*, in this order"):
        model.predict(table[table.columns[::-1]])
    # pandas numbers the columns of an array from 0 on.
    assert np.array_equal(model.predict(table), model.predict(table.to_numpy()))
    assert np.array_equal(model.predict(table), model.predict(pd.DataFrame(table.to_numpy())))


@pytest.mark.parametrize("date", [np.datetime64("2020-01-01", "ns"), np.timedelta64(5, "D"), pd.Timestamp(2020, 1, 1)])
def test_dates_beside_numbers_are_no_features(date):
    X = np.array([[date, 1.5], [date, 2.5]], dtype=object)
    for kind in (FeedForward, FeedForwardClassifier):
        with pytest.raises(TypeError, match="^X must hold numbers only"):
            kind(epochs=1).fit(X, [0, 1])


def test_a_missing_text_in_numpys_own_texts_is_refused_in_a_sentence():
    texts = np.array(["a", None, "b"], dtype=np.dtypes.StringDType(na_object=None))
    with pytest.raises(TypeError, match="^y must have labels of one kind"):
        FeedForwardClassifier(epochs=1).fit([[0.0], [1.0], [2.0]], texts)


def test_other_features_than_those_of_the_training_are_refused_by_the_classifier_too():
    model = FeedForwardClassifier(epochs=1).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="^X has 2 features, but FeedForwardClassifier is expecting 1 features"):
        model.predict_proba([[1.0, 2.0]])


def test_a_diverged_classifier_says_so_at_the_line_that_called_fit():
    X = 1e300 * np.arange(1.0, 7.0).reshape(-1, 1)
    with pytest.warns(RuntimeWarning, match="^the training diverged") as found:
        FeedForwardClassifier(activation="identity", learning_rate=1e300, epochs=50).fit(X, [0, 1] * 3)
    assert found[0].filename == __file__
