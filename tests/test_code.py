"""The code of package, tests, scripts and notebooks: the rules and types that pyproject.toml asks for."""

import subprocess
import sys

import pytest

from .environment import PROJECT


@pytest.mark.parametrize("tool", ["ruff check", "mypy"])
def test_the_tools_that_read_code_find_nothing(tool):
    result = subprocess.run([sys.executable, "-m", *tool.split()], cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
