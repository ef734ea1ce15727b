"""The package as a house: imports go one way, the map names every room, and nothing is registered by halves."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from inspect import isfunction, signature
from pathlib import Path

import numpy as np
import pytest

import nbhelpers
from nbhelpers import LATE, Dense, Network, compiled
from nbhelpers.activations import ACTIVATIONS
from nbhelpers.losses import LOSSES
from nbhelpers.optimizers import OPTIMIZERS
from nbhelpers.records import Job

PACKAGE = Path(nbhelpers.__file__).parent
MODULES = {
    ".".join(("nbhelpers", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imports_of(module):
    """The modules of the package that `module` imports, wherever in its code it does so."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            # `from .panels import Fit` needs panels; `from . import compiled` needs compiled.
            found |= {f"{source}.{name.name}" if f"{source}.{name.name}" in MODULES else source for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found & MODULES.keys() - {module}


def test_imports_go_one_way():
    # Raises CycleError, with the circle in it, where they do not.
    order = list(TopologicalSorter({module: imports_of(module) for module in MODULES}).static_order())
    assert len(order) == len(MODULES) > 30
    assert {"nbhelpers.losses", "nbhelpers.layers"} <= imports_of("nbhelpers.network")
    assert order.index("nbhelpers.activations") < order.index("nbhelpers.network") < order.index("nbhelpers.training")


def test_the_map_at_the_head_of_the_package_names_every_module_and_folder():
    rooms = {module.split(".")[1] for module in MODULES if module != "nbhelpers"}
    assert not [room for room in rooms if not re.search(rf"\b{room}\b", nbhelpers.__doc__)]


def test_what_can_be_imported_is_what_a_completion_offers():
    assert dir(nbhelpers) == sorted(nbhelpers.__all__)
    assert all(getattr(nbhelpers, name) is not None for name in nbhelpers.__all__) and {*LATE} < {*nbhelpers.__all__}


def test_type_checkers_and_editors_know_every_public_name(tmp_path):
    program = tmp_path / "program.py"
    lines = [f"from nbhelpers import {', '.join(nbhelpers.__all__)}", *map("reveal_type({})".format, nbhelpers.__all__)]
    program.write_text("\n".join(lines))
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", tmp_path, program]
    found = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)
    assert found.returncode == 0 and found.stdout.count("Revealed type") == len(nbhelpers.__all__), found.stdout
    assert 'is "Any"' not in found.stdout, found.stdout


def test_help_says_of_an_array_that_it_is_one_and_not_what_numpy_takes_for_one():
    # ArrayLike is written out in 300 characters where it is no text, and fills the tooltip that Jupyter shows.
    public = [getattr(nbhelpers, name) for name in nbhelpers.__all__]
    methods = [part for kind in public if isinstance(kind, type) for part in vars(kind).values() if isfunction(part)]
    said = {part: str(signature(part)) for part in [*public, *methods] if callable(part)}
    assert len(said) > 80 and not [part for part, text in said.items() if "numpy._typing" in text]


def test_no_module_of_the_core_is_much_longer_than_200_lines():
    core = re.findall(r"[a-z]+", " ".join(re.findall(r"^(?:\d\.|  ) ([a-z, ]+?)  ", nbhelpers.__doc__, re.MULTILINE)))
    assert len(core) == 16
    lengths = {name: len(MODULES[f"nbhelpers.{name}"].read_text(encoding="utf-8").splitlines()) for name in core}
    assert not {name: length for name, length in lengths.items() if length > 265}


def job(**changes):
    activation, loss = changes.pop("activation", ACTIVATIONS["sigmoid"]), changes.pop("loss", LOSSES["ssr"])
    return Job(Network(1, [Dense(1, activation)]), np.zeros((1, 1)), np.zeros((1, 1)), loss, **changes)


@pytest.mark.parametrize("kind, name", [
    *(("activation", name) for name in ACTIVATIONS), *(("loss", name) for name in LOSSES),
    *(("optimizer", name) for name in OPTIMIZERS),
])
def test_the_compiled_loop_knows_all_activations_losses_and_optimizers_of_the_package(compiled_loop, kind, name):
    # Else "auto" would train with NumPy, many times slower, without a word.
    part = {"activation": ACTIVATIONS, "loss": LOSSES, "optimizer": OPTIMIZERS}[kind][name]
    assert compiled.refusal(job(**{kind: part() if kind == "optimizer" else part})) == ""


def test_every_activation_loss_and_optimizer_can_be_imported_from_the_package():
    for name, part in (ACTIVATIONS | LOSSES).items():
        assert getattr(nbhelpers, name) is part
    assert all(getattr(nbhelpers, part.__name__) is part for part in OPTIMIZERS.values())
