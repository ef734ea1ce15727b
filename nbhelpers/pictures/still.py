"""What stands in a notebook in place of an explorer where no kernel runs."""

import os
from collections.abc import Sequence
from typing import Any

from ..records import History
from .protocols import Panel
from .style import STYLE

# Where this variable is set, as for the committed notebooks, the picture is a PNG, which GitHub shows. It takes
# matplotlib, which the sliders do without: elsewhere the picture is the one of the sliders.
PNG = "NBHELPERS_STILL_PNG"

# A page that does not trust a notebook, as one that came by mail, or one's own in jupyter-collaboration, takes out the
# lines of the picture and its style. The style is what hides this sentence: the one beside it, for sliders that live in
# the page have another.
UNTRUSTED = (
    '<p class="nbh-untrusted">The page does not trust this notebook: of its picture it shows the words alone. '
    "Trust Notebook, in JupyterLab's command palette, shows all of it.</p>"
)
HIDING = "style+.nbh-untrusted{display:none}"

INVITATION = '<p style="font-style: italic">Run this cell, and the sliders come alive.</p>'


def bundle(
    panels: Sequence[Panel[History]], history: History, record: int, arrangement: str | None, text: str, html: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The picture, which the sliders have as `html`, and its `text`, by MIME type; and the metadata."""
    data: dict[str, Any] = {"text/plain": text, "text/html": f"<style>{STYLE}{HIDING}</style>{UNTRUSTED}{html}"}
    metadata: dict[str, Any] = {}
    if os.environ.get(PNG):
        from .plots import draw

        picture = draw(panels, history, record, arrangement)
        picture.text = text
        data, metadata = picture._repr_mimebundle_()
    return data | {"text/html": data["text/html"] + INVITATION}, metadata
