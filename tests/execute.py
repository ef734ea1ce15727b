"""Executes notebooks in place, as they are committed: `python3 start.py run notebooks/01_single_neuron_ssr.ipynb`.

Without a name it executes them all. What JupyterLab and its kernel leave in a file over and above the outputs is
taken out, so that a second run changes nothing.
"""

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    # Ctrl-C while the libraries below are loaded ends this without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import nbformat
from nbclient import NotebookClient

from nbhelpers.files import replaced
from nbhelpers.words import told

from .environment import NOTEBOOKS, only_neutral

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # Enough to make a script of it; JupyterLab adds the version of Python, another one for each author.
    "language_info": {"name": "python", "file_extension": ".py", "nbconvert_exporter": "python"},
}
# Names a model in a kernel that has ended.
WIDGET = "application/vnd.jupyter.widget-view+json"
# A cell with this tag gives another output every time, so it keeps the one it has.
CHANGING = "nbval-ignore-output"


def main(names):
    """Execute the notebooks with these names, or all. Returns whether all went well."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        only_neutral(scratch)
        return all([execute(Path(name)) for name in names or NOTEBOOKS])


def execute(path):
    """Execute the notebook at `path` and write it, or say why it is left as it was. Returns whether it was written."""
    try:
        notebook = read(path)
        # By their places: a notebook of an older kind, such as Colab's, has no names for its cells.
        kept = [cell.get("outputs") if CHANGING in cell.metadata.get("tags", ()) else None for cell in notebook.cells]
        where = {"metadata": {"path": path.parent}}
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where)
        # The kernel's own log, as nbval and JupyterLab keep it from the reader.
        try:
            client.execute(stderr=subprocess.DEVNULL)
        finally:
            # nbclient hears Ctrl-C itself: it ends the kernel, and then fails in one way or another for want of it.
            if hasattr(client, "_async_cleanup_kernel_future"):
                raise KeyboardInterrupt
        for cell, outputs in zip(notebook.cells, kept):
            if outputs:
                cell.outputs = outputs
        content = (nbformat.writes(tidy(notebook)) + "\n").encode()
        with replaced(path) as file:
            file.write(content)
    except Exception as error:
        # A cell that fails, a kernel that dies, a file that may not be written: the other notebooks are still to come.
        print(f"{path} is left as it was: {error}", file=sys.stderr)
        return False
    except KeyboardInterrupt:
        sys.exit(f"Stopped: {path} and what would have come after it are left as they were.")
    print(path)
    return True


def read(path):
    """The notebook at `path`; OSError where none can be read, ValueError where the file is none."""
    try:
        return nbformat.read(path, as_version=4)
    except OSError:
        raise
    except Exception as error:
        # What is JSON and no notebook fails in more ways than nbformat has errors for.
        raise ValueError(f"it is no notebook that can be read ({told(error)})") from None


def tidy(notebook):
    """The notebook as it is committed: without versions, times, the state of widgets, and how JupyterLab showed it."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({name: cell.metadata[name] for name in ("tags",) if name in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
    return notebook


def joined(outputs):
    """The outputs, and what was printed in a row is one of them: a kernel sends it in pieces as time goes by."""
    result = []
    for output in outputs:
        if result and output.output_type == "stream" and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(not main(sys.argv[1:]))
