"""Which explorers stand in which cells of the notebook, so that one that has been replaced can be let go."""

from typing import Any, Protocol
from weakref import WeakSet

from ipywidgets import Box
from ipywidgets.widgets.widget import _instances as WIDGETS


class Shown(Protocol):
    """What is displayed: `places` are the cells it stands in, each with the execution that put it there."""

    places: dict[str, str]

    def close(self) -> None:
        """Let go of everything in the kernel and in the page."""


EVERY: WeakSet[Any] = WeakSet()


def displayed(shown: Shown) -> None:
    """Note that the cell that runs now displays `shown`; close what it displayed when it was run before.

    What stands in another cell too stays, until that one is run again; and so does what stands in a box of ipywidgets,
    such as a Tab, because nothing tells where the box is.
    """
    cell, execution = _now()
    if not cell:
        return
    for other in list(EVERY):
        if other is not shown and other.places.get(cell, execution) != execution:
            del other.places[cell]
            if not other.places and not _boxed(other):
                other.close()
    shown.places[cell] = execution
    EVERY.add(shown)


def _boxed(shown: Shown) -> bool:
    boxes = (box for box in list(WIDGETS.values()) if isinstance(box, Box))
    return any(shown is child for box in boxes for child in box.children)


def _now() -> tuple[str, str]:
    """The name of the cell that is running and of its execution, as the page gave them; "" where there is none."""
    try:
        parent = get_ipython().get_parent()  # type: ignore[name-defined]  # noqa: F821
        return parent["metadata"]["cellId"], parent["header"]["msg_id"]
    except (NameError, AttributeError, KeyError):
        return "", ""
