"""The commands of start.py, tried on a small project in a temporary folder.

The .venv there is a real one, but pip, JupyterLab and pytest in it are stand-ins of a few lines, so that nothing is
downloaded and every test takes a moment.
"""
import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

import nbformat
import pytest

from .environment import neutral

START = Path(__file__).resolve().parent.parent / "start.py"
PYPROJECT = """
[project]
name = "sample"
dependencies = ["numpy>=2", "elsewhere; sys_platform == 'nowhere'"]
[project.optional-dependencies]
lab = ["jupyterlab>=4"]
test = ["sample[lab]", "pytest"]
"""
# Notes its last argument; then fails with the words in pip-says.txt, or sleeps, or "installs" what the project needs.
PIP = """
import json, pathlib, os, sys, sysconfig, time
here = pathlib.Path.cwd()
with open("pip-calls.txt", "a") as calls:
    calls.write(sys.argv[-1] + "\\n")
assert not {"PIP_TARGET", "PIP_PREFIX"} & set(os.environ) and os.environ["PIP_USER"] == "0"
if pathlib.Path("pip-says.txt").exists():
    sys.exit(pathlib.Path("pip-says.txt").read_text())
if pathlib.Path("pip-goes-elsewhere").exists():
    sys.exit()
if pathlib.Path("pip-sleeps").exists():
    pathlib.Path("pip-sleeps").write_text(str(os.getpid()))
    time.sleep(60)
egg_info = here / "sample.egg-info"  # setuptools leaves one beside pyproject.toml, even of what is uninstalled later
egg_info.mkdir(exist_ok=True)
(egg_info / "PKG-INFO").write_text("Metadata-Version: 2.1\\nName: sample\\nVersion: 1.0\\n")
packages = ["numpy", "jupyterlab"] + ["pytest"] * ("test" in sys.argv[-1]) + ["sample"]
for name in packages:
    info = pathlib.Path(sysconfig.get_path("purelib"), name + "-1.0.dist-info")
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n" % name)
(info / "direct_url.json").write_text(json.dumps({"url": here.as_uri(), "dir_info": {"editable": True}}))
"""
# Stands in for JupyterLab and pytest: says how it was called and ends with an exit code of its own.
SPEAKER = "import json, os, sys; print(json.dumps([os.getcwd(), sys.argv[1:]])); sys.exit(7)"

make_real_venv = venv.create


def make_small_venv(folder, symlinks, with_pip):
    """What `venv.create` does, but with the stand-ins instead of pip, which takes seconds."""
    make_real_venv(folder, symlinks=symlinks)
    for module, source in ("pip", PIP), ("jupyterlab", SPEAKER), ("pytest", SPEAKER):
        package = site_packages(folder) / module
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(source)


def site_packages(folder):
    return next(Path(folder).glob("[Ll]ib/**/site-packages"))


class Course:
    """A small project with a copy of start.py, and what became of running it."""

    def __init__(self, folder):
        self.folder, self.venv = folder, folder / ".venv"
        shutil.copy(START, folder)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        spec = importlib.util.spec_from_file_location("start_of_the_sample", folder / "start.py")
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.module.become = lambda module, args: self.ran.append([module] + args)
        self.ran = []

    def start(self, *args):
        self.module.main(list(args))
        return self.ran[-1]

    def refuse(self, *args):
        """The sentence with which start.py gives up."""
        with pytest.raises(SystemExit) as stop:
            self.module.main(list(args))
        return stop.value.code

    def in_a_process(self, *args, **options):
        command = [sys.executable, str(self.folder / "start.py"), *args]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **options)

    def pip_calls(self):
        calls = self.folder / "pip-calls.txt"
        return calls.read_text().split() if calls.exists() else []

    def pip_will_say(self, words):
        (self.folder / "pip-says.txt").write_text(words)

    def pip_will_work(self):
        (self.folder / "pip-says.txt").unlink()

    def remove_package(self, name):
        shutil.rmtree(site_packages(self.venv) / f"{name}-1.0.dist-info")


@pytest.fixture
def course(tmp_path, monkeypatch):
    folder = tmp_path / "a course"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)  # start.py changes the folder, and this brings it back
    monkeypatch.setattr(venv, "create", make_small_venv)
    # What a user may have set up, and what none of the commands may follow.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for module in "pip", "jupyterlab", "pytest":
        (elsewhere / f"{module}.py").write_text("raise SystemExit('an old version')")
    for name in "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX":
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.setenv("PIP_USER", "1")
    return Course(folder)


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_python_from_2018_can_read_start_py():
    ast.parse(START.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_its_version_and_the_one_needed(course, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    sentence = course.refuse()
    assert "needs Python 3.11 or newer and this is 3.10" in sentence
    assert not course.venv.exists()


def test_the_first_start_installs_and_opens_jupyterlab_on_the_notebooks(course, capsys):
    module, *args = course.start("--no-browser")
    assert module == "jupyterlab"
    assert args[-1] == "--no-browser"
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in args
    assert f"--ServerApp.root_dir={course.folder}" in args
    assert course.pip_calls() == [".[lab]"]
    assert "Installing the course into .venv" in capsys.readouterr().out


@pytest.mark.parametrize("set_by_the_user, threads", [(None, "1"), ("4", "4")])
def test_numpy_gets_one_thread_where_the_user_has_not_said_how_many(course, monkeypatch, set_by_the_user, threads):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", set_by_the_user or "")
    if set_by_the_user is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    course.start()
    assert os.environ["OPENBLAS_NUM_THREADS"] == threads


def answers(port, address="127.0.0.1"):
    try:
        return socket.create_connection((address, port), timeout=2).close() is None
    except OSError:
        return False


def test_the_server_listens_on_this_machine_alone_and_asks_for_a_token(course, tmp_path):
    variables = neutral(tmp_path)
    settings = Path(variables["JUPYTER_CONFIG_DIR"])
    settings.mkdir()
    (settings / "jupyter_server_config.json").write_text('{"ServerApp": {"ip": "0.0.0.0"}}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *course.start("--no-browser", f"--ServerApp.port={port}")]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as server:
        try:
            url = next(found[0] for line in server.stderr if (found := re.search(r"http://127\S+token=\w{40,}", line)))
            opened = url.replace("/lab/tree/notebooks/00_start_here.ipynb", "/api/contents")
            # It says its address a moment before it listens.
            deadline = time.monotonic() + 30
            while not answers(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert urllib.request.urlopen(opened, timeout=20).status == 200
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(opened.partition("?")[0], timeout=20)
            # Another address of this machine, where a server that is open to the network would answer.
            assert not answers(port, "127.0.0.2")
        finally:
            server.terminate()


def test_an_address_that_is_asked_for_is_the_only_one(course):
    assert [argument for argument in course.start("--ip=0.0.0.0") if "ip=" in argument] == ["--ip=0.0.0.0"]


def test_the_second_start_installs_nothing_and_says_nothing(course, capsys):
    course.start()
    capsys.readouterr()
    course.start()
    assert course.pip_calls() == [".[lab]"]
    assert capsys.readouterr().out == ""


def test_a_changed_pyproject_installs_again_and_once(course):
    course.start()
    (course.folder / "pyproject.toml").write_text(PYPROJECT.replace("numpy>=2", "numpy>=2.1"))
    course.start()
    course.start()
    assert course.pip_calls() == [".[lab]", ".[lab]"]


def test_a_package_that_went_missing_is_installed_again(course):
    course.start()
    course.remove_package("numpy")
    course.start()
    assert course.pip_calls() == [".[lab]", ".[lab]"]


def test_the_test_command_adds_its_extra_and_runs_pytest(course):
    course.start()
    assert course.start("test", "-k", "slider") == ["pytest", "-n", "auto", "-k", "slider"]
    assert course.pip_calls() == [".[lab]", ".[test]"]


def test_the_run_command_needs_the_same_extra_and_executes_notebooks(course):
    assert course.start("run", "notebooks/a.ipynb") == ["tests.execute", "notebooks/a.ipynb"]
    assert course.pip_calls() == [".[test]"]


def test_a_notebook_is_named_from_where_its_user_stands(course, monkeypatch):
    (course.folder / "notebooks").mkdir()
    lesson = course.folder / "notebooks" / "lesson.ipynb"
    lesson.touch()
    monkeypatch.chdir(lesson.parent)
    assert course.start("run", "lesson.ipynb") == ["tests.execute", str(lesson)]
    assert course.start("run", "notebooks/lesson.ipynb") == ["tests.execute", "notebooks/lesson.ipynb"]
    monkeypatch.chdir(lesson.parent)
    assert course.start("run", "notebooks/lesson.ipynb") == ["tests.execute", "notebooks/lesson.ipynb"]


def test_the_test_extra_is_enough_for_opening_the_course(course):
    course.start("test")
    course.start()
    assert course.pip_calls() == [".[test]"]


def test_a_complete_venv_made_by_hand_is_used_as_it_is(course):
    course.start("test")
    course.module.STAMP.unlink()
    shutil.rmtree(site_packages(course.venv) / "pip")
    course.start()
    course.start("test")
    assert course.pip_calls() == [".[test]"]


@pytest.mark.parametrize("origin", [b'{"url": "%s", "dir_info": {}}', b""])
def test_a_copy_of_the_course_in_a_venv_made_by_hand_gives_way_to_the_course_itself(course, origin):
    course.start()
    course.module.STAMP.unlink()
    # What pip notes of `pip install .`; of a package from an index it notes nothing.
    noted = next(site_packages(course.venv).glob("sample-*")) / "direct_url.json"
    noted.write_bytes(origin.replace(b"%s", course.folder.as_uri().encode()))
    course.start()
    course.start()
    assert course.pip_calls() == 2 * [".[lab]"]


def test_a_venv_made_by_hand_without_the_tests_gets_what_is_missing(course):
    course.start()
    course.module.STAMP.unlink()
    course.start("test")
    assert course.pip_calls() == [".[lab]", ".[test]"]


def test_what_jupyterlab_prints_has_the_still_picture_in_the_place_of_sliders_that_were_saved(course):
    from nbconvert import HTMLExporter
    from nbconvert.nbconvertapp import NbConvertApp

    view, state = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
    data = {view: {"model_id": "a"}, "text/html": "<b>the still picture</b>", "text/plain": "its words"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", data)])],
        metadata={"widgets": {state: {"version_major": 2, "version_minor": 0, "state": {"a": {}}}}},
    )
    [given] = [option for option in course.start() if "display_data_priority" in option]
    for options in ([], [given]):
        app = NbConvertApp()
        app.parse_command_line(options)
        page, _ = HTMLExporter(config=app.config).from_notebook_node(notebook)
        assert ("<b>the still picture</b>" in page) == bool(options)
    # What else an output may have is taken in nbconvert's own order.
    own = HTMLExporter().default_config["NbConvertBase"]["display_data_priority"]
    assert [kind for kind in course.module.ON_PAPER if kind in own] == [kind for kind in own if kind != view]


@pytest.mark.parametrize("shut, instead", [([], ""), (["home"], "the venv"), (["home", "venv"], "another folder")])
def test_a_home_that_cannot_be_written_to_gives_way_to_the_venv(course, monkeypatch, tmp_path, shut, instead):
    folders = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    places = {"home": os.path.expanduser("~"), "venv": str(course.venv)}
    access, refused = os.access, [places[name] for name in shut]
    monkeypatch.setattr(os, "access", lambda path, mode: access(path, mode) and str(path) not in refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in folders:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    course.start()
    # What the user has set stays.
    assert os.environ["IPYTHONDIR"] == str(tmp_path)
    kept = {Path(os.environ[name]).parent for name in folders if name != "IPYTHONDIR" and name in os.environ}
    if instead == "another folder":
        [made] = kept
        assert made.is_dir() and made.parent == tmp_path
    else:
        assert kept == ({course.venv / "home"} if instead else set())


@pytest.mark.parametrize("uid, allowed", [(0, True), (1000, False)])
def test_only_root_needs_allow_root(course, monkeypatch, uid, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: uid, raising=False)
    assert ("--allow-root" in course.start()) == allowed


@pytest.mark.parametrize("command, seen", [(["test", "-q"], ["-q"]), (["--port", "0"], ["--port", "0"])])
def test_arguments_and_the_exit_code_pass_through_from_any_folder(course, tmp_path, command, seen):
    course.start("test")
    result = course.in_a_process(*command, cwd=tmp_path)
    folder, args = json.loads(result.stdout)
    assert result.returncode == 7
    assert Path(folder).samefile(course.folder)
    assert args[-len(seen):] == seen


def test_without_exec_as_on_windows_the_exit_code_passes_through_too(course, monkeypatch):
    course.start("test")
    spec = importlib.util.spec_from_file_location("start_afresh", course.folder / "start.py")
    afresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(afresh)
    monkeypatch.setattr(afresh, "WINDOWS", True)
    monkeypatch.setenv("PATH", os.environ["PATH"])  # become() changes it
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as stop:
            afresh.become("pytest", [])
        assert signal.getsignal(signal.SIGINT) is not before  # Ctrl-C is the child's business
    finally:
        signal.signal(signal.SIGINT, before)
    assert stop.value.code == 7


@pytest.mark.parametrize("form", ["--port {}", "--port={}"])
def test_a_port_in_use_is_said_before_anything_is_installed(course, busy_port, form):
    assert f"Port {busy_port} cannot be used" in course.refuse(*form.format(busy_port).split())
    assert not course.venv.exists()


def test_a_port_out_of_range_is_said_too(course):
    assert "Port 70000 cannot be used" in course.refuse("--port", "70000")


@pytest.mark.parametrize("form", [["--port=abc"], ["--port", "-1"], ["--port=8888x"]])
def test_a_port_that_is_no_number_is_said_before_anything_is_installed(course, form):
    assert course.refuse(*form).startswith("--port must be a number, got ") and not course.pip_calls()


def test_a_word_that_is_no_command_is_said_before_anything_is_installed_and_a_file_is_opened(course):
    said = course.refuse("tst")
    assert said.startswith("start.py has no command 'tst'") and "`test`" in said and not course.pip_calls()
    (course.folder / "a lesson.ipynb").touch()
    assert course.start("a lesson.ipynb")[-1] == "a lesson.ipynb"


def test_a_free_port_is_passed_on(course):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = str(probe.getsockname()[1])
    assert course.start("--port", free)[-2:] == ["--port", free]


def test_a_python_without_ensurepip_names_the_package_that_brings_it(course, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    sentence = course.refuse()
    assert "lacks ensurepip" in sentence and "sudo apt install python3-venv" in sentence
    assert not course.venv.exists()


def test_no_network_is_said_in_one_sentence(course):
    course.pip_will_say("WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'\n"
                        "ERROR: No matching distribution found for setuptools>=77")
    sentence = course.refuse()
    assert "connect to the internet" in sentence and "\n" not in sentence


def test_any_other_failure_of_pip_shows_its_last_lines_and_keeps_them_all(course):
    course.pip_will_say("\n".join(f"line {n}" for n in range(20)))
    sentence = course.refuse()
    assert "line 19\n" in sentence and "line 3\n" not in sentence
    assert str(course.module.LOG) in sentence
    assert "line 3\n" in course.module.LOG.read_text()


def test_a_pip_that_installs_into_another_place_is_said_and_not_taken_for_done(course):
    # What `target` in a user's pip.conf does.
    (course.folder / "pip-goes-elsewhere").touch()
    sentence = course.refuse()
    assert "somewhere else" in sentence and str(course.venv) in sentence and "pip config list" in sentence
    (course.folder / "pip-goes-elsewhere").unlink()
    course.start()
    assert len(course.pip_calls()) == 2


def test_a_first_installation_that_was_cut_short_starts_again_by_itself(course, capsys):
    course.pip_will_say("out of luck")
    course.refuse()
    (course.venv / "half a package").touch()
    course.pip_will_work()
    course.start()
    assert not (course.venv / "half a package").exists()
    assert "cut short" in capsys.readouterr().out


def test_a_later_installation_that_was_cut_short_is_taken_up_again_in_place(course):
    course.start()
    (course.venv / "kept").touch()
    course.pip_will_say("out of luck")
    course.refuse("test")
    course.pip_will_work()
    course.start("test")
    assert (course.venv / "kept").exists()
    assert course.pip_calls() == [".[lab]", ".[test]", ".[test]"]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete what another program has open")
def test_a_second_start_waits_for_the_first_and_deletes_nothing(course):
    course.start()
    done = course.module.STAMP.read_text()
    course.module.STAMP.write_text("{}")
    command = [sys.executable, str(course.folder / "start.py")]
    with course.module.alone():
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert "waiting for it" in second.stdout.readline()
        course.module.STAMP.write_text(done)
    assert "Making" not in second.communicate(timeout=30)[0] and second.returncode == 7
    assert course.pip_calls() == [".[lab]"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles, not to one process")
def test_ctrl_c_while_installing_ends_pip_too_and_shows_no_traceback(course):
    course.start()
    course.remove_package("numpy")
    sleeps = course.folder / "pip-sleeps"
    sleeps.touch()
    command = [sys.executable, str(course.folder / "start.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not sleeps.read_text() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert "Stopped" in error and "Traceback" not in error
    with pytest.raises(ProcessLookupError):
        os.kill(int(sleeps.read_text()), 0)


def no_interpreter(course):
    Path(course.module.PYTHON).unlink()


def an_interpreter_of_somebody_else(course):
    no_interpreter(course)
    Path(course.module.PYTHON).touch(mode=0o644)


def no_pip(course):
    shutil.rmtree(site_packages(course.venv) / "pip")
    course.remove_package("numpy")


def copied_with_its_folder(course):
    elsewhere = course.folder.parent / "the first copy"
    elsewhere.mkdir()
    record = site_packages(course.venv) / "sample-1.0.dist-info" / "direct_url.json"
    record.write_text(json.dumps({"url": elsewhere.as_uri()}))


FAULTS = [(no_interpreter, "its Python is gone"), (no_pip, "it has no pip"),
          (copied_with_its_folder, "it was made for another folder"),
          pytest.param(an_interpreter_of_somebody_else, "where it is another user's, start a copy of the course",
                       marks=pytest.mark.skipif(os.name == "nt", reason="Windows calls such a file no program"))]


@pytest.mark.parametrize("damage, words", FAULTS)
def test_a_broken_venv_is_named_and_left_alone_without_a_terminal(course, damage, words):
    course.start()
    damage(course)
    sentence = course.refuse()
    assert words in sentence and f"{course.venv} cannot be used" in sentence and "delete that folder" in sentence
    assert course.venv.exists()


@pytest.mark.parametrize("answer", ["", "n", "y"])
def test_on_a_terminal_a_broken_venv_is_rebuilt_after_a_yes_only(course, monkeypatch, answer):
    course.start()
    no_pip(course)
    (course.venv / "old").touch()
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    if answer == "y":
        course.start()
    else:
        assert "Nothing was changed" in course.refuse()
    assert (course.venv / "old").exists() == (answer != "y")


def test_a_folder_that_is_no_environment_is_never_touched(course):
    course.venv.mkdir()
    (course.venv / "thesis.txt").touch()
    assert "move it away" in course.refuse()
    assert os.listdir(course.venv) == ["thesis.txt"]


def test_a_file_that_cannot_be_read_ends_in_a_sentence_too(course):
    (course.folder / "pyproject.toml").unlink()
    result = course.in_a_process()
    assert result.returncode == 1
    assert "pyproject.toml" in result.stderr and "Traceback" not in result.stderr


def test_a_pyproject_with_marks_of_a_merge_is_named_and_not_the_venv(course):
    course.start()
    (course.folder / "pyproject.toml").write_text("<<<<<<< HEAD\n" + PYPROJECT)
    sentence = course.refuse()
    assert "pyproject.toml cannot be read" in sentence and "delete" not in sentence
    assert course.pip_calls() == [".[lab]"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_folder_whose_name_is_no_utf8_is_said_without_a_traceback(course):
    folder = os.fsdecode(os.fsencode(course.folder) + b" \xff")
    course.folder.rename(folder)
    course.folder = Path(folder)
    result = course.in_a_process()
    assert result.returncode == 1
    assert "cannot be written in UTF-8: move the course" in result.stderr and "Traceback" not in result.stderr


# What setuptools takes for a variable: the function subst_vars in its _distutils/util.py.
@pytest.mark.parametrize("name", [
    pytest.param("week 1:2", marks=pytest.mark.skipif(os.name == "nt", reason="no name may have a colon there")),
    "{4F2A", "2A}", "US$course",
])
def test_a_folder_in_which_no_environment_can_be_made_is_said_before_anything_is(course, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    said = Course(folder).refuse()
    sign = re.search("[^A-Za-z0-9 ]", name).group()
    assert f"{folder}, because of the {sign} in that name" in said and not (folder / ".venv").exists()


def test_a_dollar_before_no_letter_is_a_name_as_any_other(course, tmp_path):
    folder = tmp_path / "home$" / "100$"
    folder.mkdir(parents=True)
    assert Course(folder).start()[0] == "jupyterlab"


def test_a_start_py_without_the_rest_of_the_course_says_what_is_missing(course):
    (course.folder / "pyproject.toml").unlink()
    assert re.search(r"pyproject.toml cannot be read .*: bring it back", course.refuse())


@pytest.mark.skipif(os.name == "nt", reason="a link needs a privilege there")
@pytest.mark.skipif(sys.platlibdir != "lib", reason="packages go where venv makes a link")
def test_a_file_system_that_knows_no_links_is_no_hindrance(course, monkeypatch):
    def refuse(source, target, *_, **__):  # as Linux does on FAT and exFAT
        raise PermissionError(1, "Operation not permitted", source, None, target)

    monkeypatch.setattr(os, "symlink", refuse)
    assert course.start()[0] == "jupyterlab" and not [path for path in course.venv.rglob("*") if path.is_symlink()]


def test_a_link_that_leads_nowhere_is_no_environment(course):
    course.venv.symlink_to(course.folder / "a disk that is not there")
    assert course.refuse() == f"{course.venv} is there but is not a Python environment: move it away and start again."


@pytest.mark.skipif(os.name == "nt", reason="a link needs a privilege there")
def test_of_a_link_to_an_environment_the_link_alone_is_replaced(course, tmp_path):
    (tmp_path / "start.json").write_text("{}")
    course.venv.symlink_to(tmp_path)
    course.start()
    assert (tmp_path / "start.json").exists() and course.venv.is_dir() and not course.venv.is_symlink()


def test_without_standard_input_and_output_nothing_else_happens(course, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    course.start()
    shutil.rmtree(Path(course.module.PYTHON).parent)
    assert "cannot be used (its Python is gone): delete that folder" in course.refuse()


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_installs_nothing(course, word):
    assert "python3 start.py test" in course.in_a_process(word).stdout
    assert not course.venv.exists()


def test_help_is_there_for_a_python_without_docstrings(course):
    assert "python3 start.py test" in course.in_a_process("--help", env={**os.environ, "PYTHONOPTIMIZE": "2"}).stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_reader_that_has_gone_away_gets_no_traceback(course):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as nobody:
        command = [sys.executable, str(course.folder / "start.py"), "--help"]
        ended = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
    assert ended.returncode == 1 and ended.stderr == b""
