"""The look at the installation, with stand-ins for what is installed: each of its sentences where it belongs."""

import importlib
import sys

import pytest

from nbhelpers.installation import PROJECT, check_installation

WELL = "Everything is there. You can begin.\n"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """`installed(name, version, *lines)` puts a package there, `lines` being the rest of what its metadata say."""
    def install(name, version, *lines):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines, ""])
        (folder / "METADATA").write_text(text, encoding="utf-8")

    # Nothing else is installed, but what reads requirements is loaded.
    importlib.import_module("packaging.requirements")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return install


def said(capsys):
    check_installation()
    return capsys.readouterr().out


def test_here_everything_is_there(compiled_loop, capsys):
    assert said(capsys) == WELL


def test_what_is_there_and_new_enough_is_not_spoken_of(installed, capsys):
    installed("numbers", "2.1", "Requires-Dist: other>=9")
    installed("half-new", "3.0rc1")
    needs = ["Requires-Dist: numbers>=2.0", "Requires-Dist: half-new>=2.9"]
    installed(PROJECT, "1.0", "Requires-Python: >=3.11", *needs)
    assert said(capsys) == WELL


def test_neither_jupyterlab_nor_what_other_systems_need_is_asked_for(installed, capsys):
    needs = ['Requires-Dist: jupyterlab>=4.2; extra == "lab"', 'Requires-Dist: numbers; sys_platform == "other"']
    installed(PROJECT, "1.0", "Requires-Python: >=3.11", "Provides-Extra: lab", *needs)
    assert said(capsys) == WELL


def test_a_course_that_is_not_installed_is_said_to_be_so_with_the_python_that_lacks_it(installed, capsys):
    repair = "close JupyterLab and run `python3 start.py` in the course's folder"
    assert said(capsys) == f"The course itself is not installed in this Python ({sys.executable}): {repair}.\n"


def test_a_python_that_is_too_old_is_said_to_be_so(installed, capsys):
    installed(PROJECT, "1.0", "Requires-Python: >=99.1")
    running = "{}.{}.{}".format(*sys.version_info)
    assert said(capsys).startswith(f"Python {running} is too old, >=99.1 is needed: install a newer one, then ")


def test_everything_that_is_missing_or_too_old_gets_a_sentence_with_the_cell_that_mends_it(installed, capsys):
    needs = ['Requires-Dist: frames>=2.2,<4; python_version >= "3"', "Requires-Dist: widgets"]
    installed(PROJECT, "1.0", "Requires-Python: >=3.11", *needs)
    installed("frames", "2.1.9")
    assert said(capsys) == (
        'frames 2.1.9 is too old, <4,>=2.2 is needed: run `%pip install "frames<4,>=2.2"` in a cell and restart the '
        "kernel.\n"
        'widgets is missing: run `%pip install "widgets"` in a cell and restart the kernel.\n'
    )
