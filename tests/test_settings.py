"""Users' settings: the core gives the same text under whatever a user has set, to the last character."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .everything import SETTINGS

PROJECT = Path(__file__).parents[1]
FLAGS = {
    "warnings are errors": ["-W", "error"], "without asserts": ["-O"], "without docstrings": ["-OO"],
    "development mode": ["-X", "dev"],
}
# The rest takes two seconds each.
USUAL = {"numpy raises", "pandas shows little", "decimal comma", "warnings are errors", "without asserts"}


def text(setting="none", flags=(), locales=None):
    command = [sys.executable, *flags, "-m", "tests.everything", setting]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)} | ({"LOCPATH": str(locales)} if locales else {})
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def usual():
    return text()


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with a German locale, made from its source, as few have it installed; None where that fails."""
    folder = tmp_path_factory.mktemp("locales")
    command = [shutil.which("localedef"), "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"]
    made = command[0] is not None and subprocess.run(command, capture_output=True).returncode == 0
    return folder if made else None


@pytest.mark.parametrize("name", [*list(SETTINGS)[1:], *FLAGS])
def test_the_core_gives_the_same_text_under_a_users_setting(name, usual, locales, whole):
    if name not in USUAL and not whole:
        pytest.skip("the weekly run tries it, with --whole")
    found = text(flags=FLAGS[name]) if name in FLAGS else text(name, locales=locales)
    if found == "this setting cannot be had here\n":
        pytest.skip("no locale with a decimal comma is installed")
    assert found == usual and "right" in usual
