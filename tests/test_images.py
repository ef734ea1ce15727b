"""The pictures in images/: each is what its program would make today, and is shown somewhere."""

import importlib.util
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from nbhelpers.pictures.protocols import Key, Still

from .environment import PROJECT

IMAGES = PROJECT / "images"
spec = importlib.util.spec_from_file_location("make", IMAGES / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


@pytest.mark.parametrize("name", make.PICTURES)
def test_no_picture_is_stale(name):
    shown = json.loads(make.SHOWN.read_text())
    assert shown.get(name) == make.PICTURES[name]().digest(), f"{name} is stale: python images/make.py {name}"


def test_a_picture_with_another_key_or_axis_is_stale():
    def drawn(**words):
        still = Still("title", (0.0, 1.0), (0.0, 1.0), **words)
        panel = SimpleNamespace(still=lambda history: still, text=lambda history, record: "")
        return make.Film([panel], "A", [None], (6, 3)).digest()

    dotted = Key("output 0.5", "blue", "dotted")
    keys = dotted, replace(dotted, dashes="solid")
    films = [{}, {"xlabel": "x1"}, {"ylabel": "x1"}, *({"legend": (key,)} for key in keys)]
    assert len({drawn(**words) for words in films}) == len(films)


def test_every_picture_is_made_by_the_program_and_shown_somewhere():
    files = {path.name for path in IMAGES.iterdir() if path.suffix in (".gif", ".png", ".svg", ".jpg")}
    assert files == set(make.PICTURES) == set(json.loads(make.SHOWN.read_text()))
    pages = [PROJECT / "README.md", *PROJECT.glob("notebooks/*.ipynb")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert [name for name in files if f"images/{name}" not in text] == []


def test_the_name_of_no_picture_is_refused_before_any_is_made(monkeypatch):
    monkeypatch.setattr(make.Film, "write", lambda film, path: pytest.fail("a picture is made"))
    with pytest.raises(SystemExit, match=r"^There is no picture 'bench.png' to make; there are .*, bench.gif\.$"):
        make.main(["bench.gif", "bench.png"])
