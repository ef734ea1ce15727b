"""What several test files share."""

import importlib
import os

import pytest


def required(module, how):
    """The imported `module`. Without it the test is skipped, but on a CI machine it fails; `how` says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(how)


@pytest.fixture(scope="session")
def whole(pytestconfig):
    """Whether all there is to try is tried, as in the weekly run, and not a sample of it."""
    return pytestconfig.getoption("--whole")


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the peer that gradients are compared with."""
    return required("torch", "PyTorch is not installed: pip install -e '.[torch]'")


@pytest.fixture(scope="session")
def compiled_loop():
    """The compiled loop runs here. Without it NumPy does the training, and the lessons go on."""
    required("wasmtime", "wasmtime is not installed: pip install wasmtime")
