"""The pictures in images/: each is what its program would make today, and is shown somewhere."""

import importlib.util
import json

import pytest

from .environment import PROJECT

IMAGES = PROJECT / "images"
spec = importlib.util.spec_from_file_location("make", IMAGES / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


@pytest.mark.parametrize("name", make.PICTURES)
def test_no_picture_is_stale(name):
    shown = json.loads(make.SHOWN.read_text())
    assert shown.get(name) == make.PICTURES[name]().digest(), f"{name} is stale: python images/make.py {name}"


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
