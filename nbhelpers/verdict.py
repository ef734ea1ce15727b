"""What the judge says: a verdict, the rows that it rests on, and the sentences that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from .arguments import Array, listed
from .evidence import RIGHT, TOLERANCE, UNKNOWN, WRONG, Finding, Place

if TYPE_CHECKING:
    import pandas as pd

NOT_REPEATABLE = "It gives another answer the second time"
# A row that is told from nothing but its own size may miss the factor of the others by this much.
BLUR = 0.01


class GradientCheck:
    """The verdict on a gradient; true where it is right, so that `assert check_gradient(...)` is a test.

    verdict: "right", "wrong" or "cannot be judged". A row, the weights or the biases of a layer, is wrong where it is
        wrong at one place, and right where it is right at one place at least.
    passed: whether the verdict is "right".
    table: a pandas DataFrame with a row for each layer's weights and biases, as found at the first place that decides.
    relative_error: the largest of the table.
    angle_degrees: the angle between the two gradients at the given parameters; below 90 a small step goes downhill.
    factor: the number by which the gradient is too large, at every place and in every row; nan where there is no such.
    gradient, numerical: the gradient on trial and the finite differences at the given parameters, shape (parameters,);
        nan where no difference was taken.

    An error is relative to the largest entry of its row; where only entries are off that are nothing beside it, to
    their own size.
    """

    # What stands before the name of a row in a sentence.
    article = "the "
    # What helps where some rows cannot be judged, and others can.
    advice = ""

    def __init__(
        self, rows: dict[str, int], places: list[Place], gradient: Array, numerical: Array, sizes: dict[str, int],
        remarks: Sequence[str] = (), tolerance: float = TOLERANCE,
    ):
        self._alike = 10 * tolerance
        self._rows, self._places, self._sizes, self._remarks = rows, places, sizes, list(remarks)
        self.gradient, self.numerical = gradient, numerical
        self.angle_degrees = places[0].angle_degrees

    def __bool__(self) -> bool:
        return self.passed

    @property
    def passed(self) -> bool:
        return self.verdict == RIGHT

    @property
    def verdict(self) -> str:
        return self._judged

    @property
    def _judged(self) -> str:
        """The verdict of the three."""
        return UNKNOWN if self._unrepeatable else _decided([*self._by_name().values()], UNKNOWN)

    @property
    def relative_error(self) -> float:
        # Of Python's max nan is the largest only where it comes first.
        return float(np.max([finding.relative for finding, _ in self._decisive()]))

    @property
    def factor(self) -> float:
        factors = self._factors()
        return float(factors[0]) if np.ptp(factors) <= self._alike * abs(factors[0]) else np.nan

    @property
    def _scaled(self) -> bool:
        """Whether the gradient is wrong by a factor alone, in every row, and not by the last digits."""
        factor = self.factor
        told = [row for row in self._by_row() if any(finding.told for finding in row)]
        everywhere = all(any(finding.verdict == WRONG for finding in row) for row in told)
        return self._judged == WRONG and everywhere and factor != 0 and abs(factor - 1) > self._alike

    @property
    def _lengths(self) -> list[float]:
        """The factors, where the gradient is wrong by another one at each place, and has the right direction."""
        factors = self._factors()
        positive = len(factors) > 1 and not np.isnan(factors).any() and min(factors) > 0
        return factors if positive and self._judged == WRONG and np.isnan(self.factor) else []

    @property
    def table(self) -> pd.DataFrame:
        import pandas as pd

        columns = "parameters", "count", "largest entry", "largest error", "relative error", "verdict"
        cells = [
            (name, count, finding.largest, finding.error, finding.relative, _decided([f.verdict for f in row], RIGHT))
            for (name, count), row, (finding, _) in zip(self._rows.items(), self._by_row(), self._decisive())
        ]
        return pd.DataFrame(cells, columns=columns).set_index("parameters")

    @property
    def text(self) -> str:
        """The verdict in a few sentences."""
        return " ".join([self._verdict_in_words(), *self._where(), *self._remarks])

    @property
    def _unrepeatable(self) -> bool:
        return bool(self._remarks) and self._remarks[0].startswith(NOT_REPEATABLE)

    def _by_name(self) -> dict[str, str]:
        """For each row, by its name, the verdict on it."""
        return {
            name: _decided([finding.verdict for finding in row], RIGHT) for name, row in zip(self._rows, self._by_row())
        }

    def _by_row(self) -> list[list[Finding]]:
        """For each row its findings, place by place."""
        return [list(row) for row in zip(*(place.findings for place in self._places))]

    def _decisive(self) -> Iterator[tuple[Finding, str]]:
        """For each row the finding that its verdict rests on, and the name of the place."""
        for row in self._by_row():
            verdict = _decided([finding.verdict for finding in row], RIGHT)
            yield next((f, place.name) for f, place in zip(row, self._places) if f.verdict == verdict)

    def _factors(self) -> list[float]:
        """For each place where something can be told: the factor that all rows there share, nan where there is none."""
        return [factor for factor in self._factor_by_place() if factor is not None] or [np.nan]

    def _factor_by_place(self) -> list[float | None]:
        """As above, None for a place where nothing can be told."""
        factors: list[float | None] = []
        for place in self._places:
            clear = [finding.factor for finding in place.findings if finding.told]
            same = bool(clear) and np.ptp(clear) <= self._alike * abs(clear[0])
            factors.append(clear[0] if same else np.nan if clear else None)
        known = next((factor for factor in factors if factor is not None), np.nan)
        for number, (place, factor) in enumerate(zip(self._places, list(factors))):
            blurred = [finding for finding in place.findings if finding.verdict == WRONG and not finding.told]
            if not all(_is_off_by(known if factor is None else factor, finding) for finding in blurred):
                factors[number] = np.nan
        return factors

    def _verdict_in_words(self) -> str:
        if self._judged == UNKNOWN:
            return self._unknown_in_words()
        if self._scaled:
            digits = 6 if abs(self.factor - 1) > 1e-5 else 10
            factor = f"{self.factor:.{digits}g}"
            scaled = f"The gradient is right up to the factor {factor} at every place{self._named_factor()}."
            unknown = listed([name for name, verdict in self._by_name().items() if verdict == UNKNOWN])
            return f"{scaled} That of {self.article}{unknown} cannot be judged." if unknown else scaled
        if self._lengths:
            lengths = ", ".join(f"{factor:.6g}" for factor in self._lengths)
            return (
                f"The gradient is wrong: its direction is right, but its length is off by another factor at each place "
                f"({lengths}). Behind a single output, a slope that is missing or double looks like this, and "
                "so do a limit on the length, and a loss that is shown as its root."
            )
        wrong = [name for name, row in zip(self._rows, self._by_row()) if any(f.verdict == WRONG for f in row)]
        verdict = f"The gradient is wrong in {listed(wrong)}." if wrong else "The gradient is right."
        if not any(finding.told for finding in self._places[0].findings) or np.isnan(self.angle_degrees):
            return verdict
        apart = f"{self.angle_degrees:.3g} degrees" if self.angle_degrees > 1e-3 else "less than 0.001 degrees"
        return f"{verdict} It points {apart} away from the finite differences."

    def _unknown_in_words(self) -> str:
        """What cannot be judged: all, or some rows beside others that are right."""
        right, unknown = (
            [name for name, verdict in self._by_name().items() if verdict == kind] for kind in (RIGHT, UNKNOWN)
        )
        if self._unrepeatable or not right:
            return "The gradient cannot be judged here."
        return (
            f"The gradient cannot be judged in {self.article}{listed(unknown)}; that of {self.article}{listed(right)} "
            f"is right.{self.advice}"
        )

    def _named_factor(self) -> str:
        """What the factor means, where it is a number that has a meaning here."""
        known = {"half": 0.5, "twice": 2.0, "minus": -1.0}
        for word, size in self._sizes.items():
            known |= {f"{size} ({word}) times": size, f"1/{size} ({word}) of": 1 / size}
        names = [name for name, size in known.items() if abs(self.factor - size) <= self._alike * abs(size)]
        return f": it is the gradient of {' or '.join(names)} this loss" if names else ""

    def _where(self) -> Iterator[str]:
        """Where it was looked, and what is not the same everywhere."""
        given, *others = self._places
        if others:
            starts = "a random start" if len(others) == 1 else f"{len(others)} random starts"
            yield f"Looked at {given.name} and at {starts}."
        dark = {name: finding for name, finding in zip(self._rows, given.findings) if finding.verdict == UNKNOWN}
        if dark:
            if not np.isfinite([finding.largest for finding in dark.values()]).all():
                reason = "the loss is not a number there"
            elif any(finding.kinked for finding in dark.values()):
                reason = "the slope jumps there"
            elif any(finding.seen for finding in dark.values()):
                reason = "the differences have too few digits there, from rounding or from many kinks"
            elif not any(finding.largest for finding in dark.values()):
                reason = "the loss does not change there"
            else:
                reason = "all is lost in rounding there"
            rows = "nothing" if len(dark) == len(self._rows) else f"nothing of {self.article}{listed([*dark])}"
            yield f"At {given.name} {rows} can be judged: {reason}."
        hidden = [
            name for name, row in zip(self._rows, self._by_row())
            if row[0].verdict == RIGHT and any(finding.verdict == WRONG for finding in row)
        ]
        if hidden:
            rows = f"{self.article}{listed(hidden)}"
            yield f"The fault in {rows} does not show at {given.name}, but at the random starts."
        if small := [name for name, (finding, _) in zip(self._rows, self._decisive()) if finding.small]:
            rows = f"{self.article}{listed(small)}"
            yield f"In {rows} only entries far smaller than the largest are off, by over a tenth of their own size."

    def _shown(self) -> pd.DataFrame:
        """The table with its figures in the digits that are the same on every machine."""
        table = self.table
        for column in ("largest entry", "largest error", "relative error"):
            least = 0.0 if column == "largest entry" else TOLERANCE
            small = f"below {TOLERANCE:.0e}"
            # An error that is nan is not below anything.
            table[column] = [f"{value:.3g}" if not least or not value <= least else small for value in table[column]]
        return table

    def __repr__(self) -> str:
        return f"{self.text}\n{self._shown().to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>{self._shown().to_html()}"


def _is_off_by(factor: float, finding: Finding) -> bool:
    """Whether a row that has too few digits for a factor of its own is off as far as one off by `factor` is."""
    off = abs(factor - 1)
    by_the_larger = abs(finding.relative - off / max(abs(factor), 1.0)) <= BLUR
    return by_the_larger and abs(finding.error - off * finding.largest) <= BLUR * finding.largest


def _decided(verdicts: list[str], before: str) -> str:
    """The verdict on several: wrong where one is wrong, and else that of RIGHT and UNKNOWN which goes `before`."""
    return next((verdict for verdict in (WRONG, before) if verdict in verdicts), verdicts[0])
