"""A bench as one line of text, and back. What a line says is data: it is read as JSON, checked, and never run."""

from __future__ import annotations

import json
from dataclasses import fields
from textwrap import shorten
from typing import Any, TypeVar

from .settings import Settings
from .tables import Table

Kind = TypeVar("Kind", bound=Settings)

BEGINNING = "nbhelpers bench 1 "
LONGEST = 200_000


def written(bench: Settings) -> str:
    """The line of a bench. Floats are written so that the same bits are read."""
    settings = {field.name: getattr(bench, field.name) for field in fields(bench)}
    if isinstance(bench.data, Table):
        settings["data"] = {"columns": bench.data.columns, "rows": bench.data.rows}
    # Lesson 07 has the line between single quotes, which an apostrophe would end.
    line = BEGINNING + json.dumps(settings, separators=(",", ":"), allow_nan=False).replace("'", r"\u0027")
    if len(line) > LONGEST:
        raise ValueError(
            f"a shared line has at most {LONGEST} letters, and this table would make {len(line)}; share the table as "
            "a file, or take fewer rows"
        )
    return line


def read(line: Any, kind: type[Kind]) -> Kind:
    """The bench of a line. Nothing is trained, and nothing large is made, before all of it has been checked."""
    if not isinstance(line, str) or len(line) > LONGEST:
        raise ValueError(f"a shared line is a text of at most {LONGEST} letters; copy one from a bench")
    # On its way through a mail or a page, a line may get a mark at its beginning, and hard blanks.
    words = line.strip().lstrip("\ufeff").split(maxsplit=BEGINNING.count(" "))
    if words[:-1] != BEGINNING.split():
        raise ValueError(f"a shared line begins with {BEGINNING!r}, got {line[:30]!r}; copy the whole line")
    try:
        settings = json.loads(words[-1])
    except (ValueError, RecursionError):
        raise ValueError("the shared line is damaged: copy it anew, the whole line") from None
    if not isinstance(settings, dict):
        raise ValueError("the shared line has no settings in it: copy it anew, the whole line")
    unknown = settings.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"the shared line has a setting that is not known, {min(unknown)[:30]!r}; is it a newer one?")
    try:
        if isinstance(table := settings.get("data"), dict):
            settings["data"] = Table(table.get("columns"), table.get("rows"))  # type: ignore[arg-type]
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the shared line does not fit: {shorten(str(error), 300, placeholder='...')}") from None
