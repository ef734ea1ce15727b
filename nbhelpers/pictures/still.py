"""What stands in a notebook in place of an explorer where no kernel runs."""

import os
from typing import TYPE_CHECKING, Any

from .style import STYLE

if TYPE_CHECKING:
    from .explorer import Explorer

# Where this variable is set, as for the committed notebooks, the picture is a PNG, which GitHub shows. It takes
# matplotlib, which the sliders do without: elsewhere the picture is the one of the sliders.
PNG = "NBHELPERS_STILL_PNG"

INVITATION = '<p style="font-style: italic">Run this cell, and the sliders come alive.</p>'


def bundle(explorer: "Explorer") -> tuple[dict[str, Any], dict[str, Any]]:
    """The picture of `explorer` as it is now and its text, by MIME type, and the metadata."""
    html = f"<style>{STYLE}</style>{explorer.shown['picture']}"
    data: dict[str, Any] = {"text/plain": explorer.text, "text/html": html}
    metadata: dict[str, Any] = {}
    if os.environ.get(PNG):
        from .plots import draw

        picture = draw(explorer.panels, explorer.history, explorer.record, explorer.arrangement)
        picture.text = explorer.text
        data, metadata = picture._repr_mimebundle_()
    return data | {"text/html": data["text/html"] + INVITATION}, metadata
