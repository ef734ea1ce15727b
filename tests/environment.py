"""The environment of every kernel and every JupyterLab that the tests start: nobody's own settings count in it."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(path for path in (PROJECT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)

# Jupyter's and IPython's own folders, empty ones in place of the user's.
FOLDERS = {
    "IPYTHONDIR": "ipython", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
LEFT_OUT = (
    "NBHELPERS_STILL_PNG", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "MPLBACKEND",
)

# The variable TQDM_DISABLE does not reach the bars of notebooks.
NO_BARS = """import functools, tqdm.auto
tqdm.auto.tqdm = functools.partial(tqdm.auto.tqdm, disable=True)
del functools, tqdm
"""


def neutral(scratch):
    """The variables of os.environ without what a user may have set up; Jupyter's folders are in `scratch`."""
    nothing = Path(scratch, "matplotlibrc")
    nothing.touch()
    variables = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    variables |= {name: str(Path(scratch, folder)) for name, folder in FOLDERS.items()}
    # The package beside the tests is the one that is tested, whatever else is installed.
    return variables | {"MATPLOTLIBRC": str(nothing), "PYTHONPATH": str(PROJECT)}


def only_neutral(scratch):
    """Make os.environ such an environment, for this process and those that it starts."""
    variables = neutral(scratch)
    os.environ.clear()
    # A committed notebook has its still pictures as PNG, which GitHub shows; a learner's JupyterLab makes none.
    os.environ.update(variables | {"NBHELPERS_STILL_PNG": "1"})
    # The bar of a slow machine is no output of the lesson. It is switched off in kernels alone: the tests look at it.
    startup = Path(os.environ["IPYTHONDIR"], "profile_default", "startup")
    startup.mkdir(parents=True, exist_ok=True)
    startup.joinpath("no_bars.py").write_text(NO_BARS)
