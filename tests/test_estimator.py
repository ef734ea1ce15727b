"""FeedForward: scikit-learn's own test where scikit-learn is installed, and its conventions without it."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

from nbhelpers import FeedForward, FeedForwardClassifier, iris, mse, split

from .conftest import required


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
    not_passed = {result["check_name"]: result["exception"] for result in results if result["status"] != "passed"}
    assert len(results) > 40 and not_passed.keys() <= {"check_array_api_input"}


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


def test_unfitted_it_raises_scikit_learns_error(sklearn):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="^This FeedForward is not fitted yet; call fit"):
        FeedForward().predict([[1.0]])


# Without it


def test_neither_the_import_nor_the_use_needs_scikit_learn():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from nbhelpers import FeedForward\n"
        "model = FeedForward(epochs=2).fit([[0.0], [1.0]], [0, 1])\n"
        "print(model.predict([[0.5]]).shape, 'pandas' in sys.modules, 'matplotlib' in sys.modules)\n"
        "try: FeedForward().predict([[0.5]])\n"
        "except ValueError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    expected = "(1,) False False\nThis FeedForward is not fitted yet; call fit(X, y) first\n"
    assert result.stdout == expected, result.stderr


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
])
def test_data_that_do_not_fit_are_refused_in_a_sentence(X, y, words):
    with pytest.raises(ValueError, match=words):
        FeedForward(epochs=1).fit(X, y)


def test_other_features_than_those_of_the_training_are_refused(flowers):
    X, X_test, Y, Y_test = flowers
    model = FeedForward(epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="^X has 3 features, but FeedForward is expecting 4 features"):
        model.predict(X_test[:, :3])
    with pytest.raises(ValueError, match=r"^y must have the shape \(45, 3\), as the predictions; got \(45,\)"):
        model.score(X_test, Y_test[:, 0])
