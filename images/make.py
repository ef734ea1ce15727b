"""Makes the pictures of the README and the notebooks: `python images/make.py`, or with the names of some.

Beside them it writes down what each one shows. A test says by that which picture is stale, and which is used nowhere.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SHOWN = HERE / "shown.json"

sys.path.insert(0, str(HERE.parent))

from nbhelpers import Bench, panels, plots  # noqa: E402
from nbhelpers.bench.playground import PANELS  # noqa: E402
from nbhelpers.pictures.protocols import describe  # noqa: E402
from nbhelpers.published import single_neuron  # noqa: E402
from nbhelpers.records import History  # noqa: E402


class Film(NamedTuple):
    """What a film shows: its panels, their arrangement, the run, and how large it is, in inches."""

    panels: Sequence[Any]
    arrangement: str
    history: History
    size: tuple[float, float]
    every: int = 1

    def write(self, path: Path) -> None:
        plots.film(self.panels, self.history, path, self.every, self.arrangement, self.size)

    def digest(self) -> str:
        """A fingerprint of what the film says at ten of its records; it is the same on every machine."""
        records = range(0, len(self.history), max(1, len(self.history) // 10))
        said = [describe(self.panels, self.history, record) for record in records]
        stills = [panel.still(self.history) for panel in self.panels]
        words = [(still.title, still.xlabel, still.ylabel, *still.legend) for still in stills]
        limits = [[f"{limit:.6g}" for limit in (*still.xlim, *still.ylim)] for still in stills]
        return hashlib.sha256(repr((words, limits, self.arrangement, self.size, self.every, said)).encode()).hexdigest()


def of_lesson_01() -> Film:
    names = ("input weight", "bias", "output weight")
    five = [panels.Fit(), panels.LossCurve(), *(panels.Derivatives([i], [name]) for i, name in enumerate(names))]
    return Film(five, "AAAA;BCDE", single_neuron.run(), (12, 5.5))


def of_the_bench() -> Film:
    return Film(PANELS, "ABC", Bench().run(), (12, 4.4), every=3)


PICTURES: dict[str, Callable[[], Film]] = {"01_single_neuron.gif": of_lesson_01, "bench.gif": of_the_bench}


def main(names: Sequence[str]) -> None:
    if unknown := set(names) - PICTURES.keys():
        sys.exit(f"There is no picture {min(unknown)!r} to make; there are {', '.join(PICTURES)}.")
    shown = json.loads(SHOWN.read_text()) if SHOWN.exists() else {}
    for name in names or PICTURES:
        film = PICTURES[name]()
        film.write(HERE / name)
        shown[name] = film.digest()
    SHOWN.write_text(json.dumps(shown, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
