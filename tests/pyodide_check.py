"""python tests/pyodide_check.py    trains the jobs of exact_jobs.py in a browser's Python and compares every bit.

It needs Node.js, npm and pip, and takes half a minute: Pyodide comes from npm, and NumPy for it from a package on PyPI
that carries the wheel. In Node as in a browser it is the WebAssembly of the machine, not wasmtime, that runs the loop.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PYODIDE, CARRIER = "pyodide@0.29.0", "gbdraw==0.14.2"

IN_NODE = """
import { loadPyodide } from "pyodide";
// Else Node would print the line of Pyodide's that it came from, which has a million characters.
process.on("uncaughtException", (error) => { console.error(error.message); process.exit(1); });
const [project, wheel] = process.argv.slice(2);
const pyodide = await loadPyodide({ packageBaseUrl: "file:///nowhere/" });
pyodide.mountNodeFS("/project", project);
pyodide.mountNodeFS("/wheel", wheel);
await pyodide.runPythonAsync(`
import sys
sys.path[:0] = ["/project", "/wheel"]
from time import perf_counter
from nbhelpers import instances
from tests.exact_jobs import HASHES, bits, trained
assert instances.problem() == "" and type(instances.IDLE[0]) is instances.BrowserInstance, instances.problem()
for name, expected in HASHES.items():
    start = perf_counter()
    found = bits(trained(name))
    print(f"{name:>12} {perf_counter() - start:6.3f} s  {'the same bits' if found == expected else 'OTHER BITS'}")
    assert found == expected, f"{name} must have the bits {expected}, got {found}"
`);
"""


def run(*command, **options):
    """Run a command; where it fails, so does this."""
    status = subprocess.run([shutil.which(command[0]) or command[0], *command[1:]], **options).returncode
    if status:
        sys.exit(status)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", PYODIDE, cwd=folder)
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(folder), CARRIER)
        wheel = numpy_wheel(next(folder.glob("*.whl")), folder / "node_modules/pyodide/pyodide-lock.json")
        zipfile.ZipFile(io.BytesIO(wheel)).extractall(folder / "wheel")
        (folder / "check.mjs").write_text(IN_NODE)
        run("node", "check.mjs", str(PROJECT), str(folder / "wheel"), cwd=folder)


def numpy_wheel(carrier, lock):
    """The NumPy for Pyodide in `carrier`, which must be the very one that Pyodide's own list names."""
    wanted = json.loads(lock.read_text())["packages"]["numpy"]
    with zipfile.ZipFile(carrier) as archive:
        (member,) = (name for name in archive.namelist() if name.endswith("/" + wanted["file_name"]))
        wheel = archive.read(member)
    if hashlib.sha256(wheel).hexdigest() != wanted["sha256"]:
        sys.exit(f"{member} in {CARRIER} is not the file that {PYODIDE} names: do not use it")
    return wheel


if __name__ == "__main__":
    main()
