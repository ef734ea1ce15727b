__doc__ = """python3 start.py        opens the course in JupyterLab; more arguments go to `jupyter lab`
python3 start.py test   runs the tests of the course; more arguments go to `pytest`
python3 start.py run    executes the notebooks that are named after it, or all, as they are committed

All first see to it that .venv, beside this file, holds what pyproject.toml asks for.
"""
# Assigned, or a Python that drops docstrings (-OO) would have no help to show.
# Standard library only, in a syntax that Python 3.6 can read: how else could it be told that it is too old?
import hashlib
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
from contextlib import contextmanager, suppress
from pathlib import Path

OLDEST = (3, 11)
WINDOWS = os.name == "nt"
HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = str(VENV / "Scripts" / "python.exe" if WINDOWS else VENV / "bin" / "python")
STAMP = VENV / "start.json"  # the extra installed last and its pyproject.toml; {} until a first one is
LOG = VENV / "install.log"
# A user's own settings that would put other packages before those in .venv, or install into another place.
MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
# The kinds of output that nbconvert takes, in its own order, but for the first: the view of a widget.
ON_PAPER = ["application/javascript", "text/html", "text/markdown", "image/svg+xml", "text/vnd.mermaid", "text/latex",
            "image/png", "image/jpeg", "text/plain"]
OFFLINE = r"connection broken by|ConnectionError|ReadTimeout|IncompleteRead"  # in the words of pip 22 to 26


def main(args):
    if sys.version_info < OLDEST:
        sys.exit("The course needs Python {}.{} or newer and this is {}.{}: install a newer one, from python.org "
                 "for instance, and start with that.".format(*OLDEST + sys.version_info[:2]))
    if args[:1] in (["-h"], ["--help"], ["help"]):
        return print(__doc__.strip(), flush=True)
    if not os.path.samefile(os.curdir, str(HERE)):  # a notebook is named from where its user stands
        args = args[:1] + [os.path.abspath(arg) if arg.endswith(".ipynb") and os.path.exists(arg) else arg
                           for arg in args[1:]]
    os.chdir(str(HERE))
    for name in MISLEADING:
        os.environ.pop(name, None)
    os.environ["PIP_USER"] = "0"
    # NumPy would share a product among all cores. For nets of this size that gains nothing, and where another program
    # has one of the cores, each product waits for it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if args[:1] == ["test"]:
        prepare("test")
        become("pytest", ["-n", "auto"] + args[1:])
    elif args[:1] == ["run"]:
        prepare("test")
        become("tests.execute", args[1:])
    else:
        if args and not args[0].startswith("-") and not os.path.exists(args[0]):  # JupyterLab opens what is there
            sys.exit(f"start.py has no command {args[0]!r}, and no such file is in {HERE}: the commands are `test` and "
                     "`run`, and `--help` says what they do.")
        refuse_a_busy_port(args)
        prepare("lab")
        if not os.access(os.path.expanduser("~"), os.W_OK):  # as in some computer rooms: Jupyter has its folders there
            home = VENV / "home" if os.access(str(VENV), os.W_OK) else Path(tempfile.mkdtemp())
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
                os.environ.setdefault(name, str(home / name.lower()))
        # The root is the project and not notebooks/, because the lessons show pictures from ../images.
        options = ["--ServerApp.root_dir=" + str(HERE), "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"]
        # What it prints and exports has the still pictures: sliders need a script, and left nothing in their place.
        options.append("--WidgetsDataTypeFilter.display_data_priority=" + str(ON_PAPER))
        if not re.search(r"--(ServerApp\.)?ip\b", " ".join(args)):
            options.append("--ServerApp.ip=127.0.0.1")  # whatever a user's own settings open to the network
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        become("jupyterlab", options + ["--allow-root"] * is_root + args)


def refuse_a_busy_port(args):
    """JupyterLab would take the next free port instead, with no more than a line in its log.

    What is no number at all is refused here too, before anything is installed.
    """
    asked = re.search(r"--port[= ](\S+)", " ".join(args))
    if not asked:
        return
    if not asked.group(1).isdecimal():
        sys.exit(f"--port must be a number, got {asked.group(1)}: give one, or none and JupyterLab finds a free one.")
    with socket.socket() as probe:
        if not WINDOWS:  # a port is free again as soon as its program has ended
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(asked.group(1))))
        except (OSError, OverflowError) as error:
            sys.exit(f"Port {asked.group(1)} cannot be used ({error}): give another --port, "
                     "or none and JupyterLab finds a free one.")


@contextmanager
def alone():
    """Wait until no other start.py is at work here: the second of two would delete what the first installs."""
    if WINDOWS:  # does not delete what another program has open
        yield
        return
    import fcntl
    folder = os.open(str(HERE), os.O_RDONLY)
    try:
        with suppress(OSError):  # of a file system that knows no such lock
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another start.py is at work in this folder: waiting for it ...", flush=True)
                fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare(extra):
    """Make .venv hold what the extra asks for; quick where it already does."""
    with alone():
        bring_up_to_date(extra)


def bring_up_to_date(extra):
    import tomllib
    try:
        project = Path("pyproject.toml").read_bytes()
        tomllib.loads(project.decode("utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"{HERE / 'pyproject.toml'} cannot be read ({error}): bring it back as the course has it, "
                 "by `git checkout pyproject.toml` for instance, then start again.")
    wanted = hashlib.sha256(project).hexdigest()
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        stamp = None  # somebody else made .venv: good as it is, if nothing is missing
    state = look(extra)
    if state == "complete" and (not stamp or wanted in (stamp.get(extra), stamp.get("test"))):
        return
    if stamp == {}:
        print("The first installation was cut short: starting it again.")
    elif state not in ("absent", "complete", "incomplete"):
        offer_to_rebuild(state)
    if stamp == {} or state not in ("complete", "incomplete"):
        make_venv()
    install(extra)
    STAMP.write_text(json.dumps({extra: wanted}))


def look(extra):
    """The state of .venv: absent, complete, incomplete (pip can mend that), or in words why it is broken."""
    if not os.path.lexists(str(VENV)):  # a link that leads nowhere is there too
        return "absent"
    if not (STAMP.exists() or (VENV / "pyvenv.cfg").exists()):
        sys.exit(f"{VENV} is there but is not a Python environment: move it away and start again.")
    # -I, or Python would take the *.egg-info that pip leaves in this folder for an installation.
    question = f"from runpy import run_path; print(run_path('start.py')['look_from_inside']({extra!r}))"
    try:
        answer = subprocess.run([PYTHON, "-I", "-c", question], capture_output=True)
    except PermissionError:
        # It may be a link into the home of who made .venv in a folder that several people share.
        return "its Python may not be run by you; where it is another user's, start a copy of the course without .venv"
    except OSError:
        return "its Python is gone"
    said = (answer.stdout or answer.stderr).decode(errors="replace").strip()
    return said.split("\n")[-1] or "its Python does not start"


def look_from_inside(extra):
    """What the Python in .venv finds installed. Versions need no look: a new bound means a new pyproject.toml."""
    from importlib import metadata, util
    if sys.version_info < OLDEST:
        return "its Python is older than {}.{}".format(*OLDEST)
    import tomllib
    from urllib.request import url2pathname
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    try:
        origin = json.loads(metadata.distribution(project["name"]).read_text("direct_url.json") or "{}")
        folder = Path(url2pathname(origin.get("url", "").replace("file:", "", 1)))
        if not (folder.exists() and folder.samefile(HERE)):
            return f"it was made for another folder, {folder}"
        if not origin.get("dir_info", {}).get("editable"):
            # A copy, as `pip install .` makes it, would stay as it is when the course is brought up to date.
            raise metadata.PackageNotFoundError
        for need in project["dependencies"] + extras["lab"] + extras[extra]:
            if ";" not in need:  # what only some systems need may well be absent
                metadata.distribution(re.match(r"[\w.-]+", need).group())
    except metadata.PackageNotFoundError:
        return "incomplete" if util.find_spec("pip") else "it has no pip"
    return "complete"


def offer_to_rebuild(fault):
    fault = f"{VENV} cannot be used ({fault})"
    if not (sys.stdin and sys.stdin.isatty()):  # None where a program without a terminal starts this
        sys.exit(fault + ": delete that folder and start again.")
    if input(fault + ". Delete it and install anew? [y/N] ").strip().lower() not in ("y", "yes"):
        sys.exit("Nothing was changed: delete that folder yourself and start again.")


def make_venv():
    try:
        import ensurepip  # noqa: F401  Debian's Python comes without it
        import venv
    except ImportError as error:
        sys.exit("This Python {0}.{1} lacks {2}: on Debian and Ubuntu run `sudo apt install python3-venv` "
                 "(or python{0}.{1}-venv), then start again.".format(*sys.version_info[:2] + (error.name,)))
    # What stands between two folders; and what setuptools, which pip calls, takes for a variable.
    trouble = re.search(os.pathsep + r"|[{}]|\$(?=[A-Za-z_])", str(VENV))
    if trouble:
        sys.exit(f"No Python environment can be made in {HERE}, because of the {trouble.group()} in that name (macOS "
                 "shows a colon as a slash): rename that folder, then start again.")
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(str(VENV))
    print("Making .venv ...", flush=True)
    VENV.mkdir()
    STAMP.write_text("{}")
    if sys.platlibdir == "lib":  # where nothing goes there: venv would link it, and a USB stick may know no links
        (VENV / "lib64").mkdir()
    venv.create(str(VENV), symlinks=not WINDOWS, with_pip=True)


def install(extra):
    """Run pip: all of its output goes into the log, its latest line onto the terminal."""
    print("Installing the course into .venv (about two minutes, once) ...", flush=True)
    begun, terminal = time.time(), bool(sys.stdout and sys.stdout.isatty())
    command = [PYTHON, "-m", "pip", "install", "--editable", f".[{extra}]"]
    with open(str(LOG), "w", encoding="utf-8") as log, \
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pip:
        try:
            for line in pip.stdout:
                line = line.decode(errors="replace").rstrip()
                print(line, file=log, flush=True)
                if terminal:
                    print("  " + line.strip()[:70].ljust(70), end="\r", flush=True)
        except KeyboardInterrupt:
            pip.kill()
            raise
    if terminal:
        print(" " * 72, end="\r", flush=True)
    if pip.returncode:
        output = LOG.read_text(encoding="utf-8")
        if re.search(OFFLINE, output):
            sys.exit(f"pip could not reach the package index: connect to the internet and start again "
                     f"(its own words are in {LOG}).")
        last = "\n".join(line[:200] for line in output.splitlines()[-6:])
        sys.exit(f"{last}\npip could not install the course: its last lines are above, all of them in {LOG}; "
                 "mend what they name and start again.")
    if look(extra) != "complete":
        sys.exit(f"pip ended without an error, and {VENV} lacks what the course needs: a setting of yours may send it "
                 f"somewhere else. `{PYTHON} -m pip config list` shows it; take its target, prefix or root away "
                 "and start again.")
    print(f"... done in {time.time() - begun:.0f} s.", flush=True)


def become(module, args):
    """Hand this process over: signals, Ctrl-C and the exit code are then the module's own."""
    os.environ["PATH"] = os.path.dirname(PYTHON) + os.pathsep + os.environ.get("PATH", "")  # `!pip` in a cell
    command = [PYTHON, "-m", module] + args
    if WINDOWS:  # has no exec that keeps the console
        signal.signal(signal.SIGINT, lambda *_: None)
        sys.exit(subprocess.call(command))
    os.execv(PYTHON, command)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (KeyboardInterrupt, EOFError):
        sys.exit("\nStopped: the next start takes up from here.")
    except UnicodeEncodeError:
        sys.exit(f"The name of the folder {HERE} cannot be written in UTF-8: move the course into another folder, "
                 "then start again.")
    except BrokenPipeError:  # nobody reads what is printed here: `python3 start.py | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"{error}: see that {HERE} may be written to and has 2 GB free, then start again.")
