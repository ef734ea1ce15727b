"""The sliders: one Explorer serves every lesson.

matplotlib draws the still parts of the picture once, as SVG in one HTML widget. What moves is SVG in a second
HTML widget that lies over it, placed by the same axes. A move of a slider trains the network anew and replaces
the second text only, which is why it keeps up with the hand.
"""

import asyncio
import re
from base64 import b64encode
from html import escape
from io import BytesIO, StringIO
from math import ceil, log10
from time import monotonic

import matplotlib
import numpy as np
from ipywidgets import (
    HTML,
    BoundedFloatText,
    BoundedIntText,
    Box,
    Checkbox,
    FloatLogSlider,
    GridBox,
    HBox,
    IntSlider,
    Layout,
    RadioButtons,
    ToggleButton,
    VBox,
    link,
)
from matplotlib.image import imsave

from ..activations import quiet
from ..arguments import choice, number, whole_number
from ..training import prepare_loop
from .plots import BLACK, SHADES, describe, draw, lay_out

# A control that moves again within this many seconds is still in the same drag.
DRAG_SECONDS = 1.0

# A film of all records has at most this many frames, each shown for this long.
FRAMES, FRAME_SECONDS = 200, 0.05

WIDEST = "1000px"


class Explorer(VBox):
    """Sliders over a training run: move one, and the network is trained again from the same start.

    run: a function that trains a network with the settings as keywords and returns its History.
    panels: the panels of the picture (see `panels`).
    arrangement: how they are placed, as in `plots.draw`.
    settings: a control for each keyword of `run`. A triple (least, start, most) is a slider with a box, of whole
        numbers or, where one of the three is a float, of numbers on a logarithmic scale; a list is a choice that
        starts at its first entry; True or False is a checkbox.

    `set(learning_rate=0.3)` does what moving the slider does, and `show(record)` what the scrubber does. `history`
    is the run that is shown, `ghost` the one before it, and `status` the sentence above the picture.
    """

    def __init__(self, run, panels, arrangement=None, **settings):
        self.run, self.panels, self.arrangement = run, list(panels), arrangement
        self.controls = {name: _control(name, start) for name, start in settings.items()}
        # Now, because what is printed when a slider moves is seen nowhere.
        prepare_loop()
        self.history, self.ghost, self.status = run(**self.settings), None, ""
        self._busy, self._moved, self._playing = False, (None, 0.0), None

        with matplotlib.rc_context(STYLE):
            figure, axes = lay_out(self.panels, self.history, arrangement)
            still = _still_svg(figure)
        self._frame = Frame(figure, axes)
        self._line, self._moving = HTML(), HTML(layout=Layout(grid_area="picture"))
        self._scrubber = SliderWithBox("record", 0, 0, 1, slider_width="100%")
        self._play = ToggleButton(description="Play", layout=Layout(width="80px"))
        self._to_the_end()

        super().__init__([
            Box([control.box for control in self.controls.values()], layout=Layout(flex_flow="row wrap")),
            self._line,
            GridBox([HTML(still, layout=Layout(grid_area="picture")), self._moving], layout=Layout(
                grid_template_areas='"picture"', grid_template_columns="100%", max_width=WIDEST,
            )),
            HBox([self._play, self._scrubber.box], layout=Layout(max_width=WIDEST)),
        ])
        self._play.observe(lambda change: self._safely(self._play_or_pause), "value")
        self._scrubber.widget.observe(lambda change: self._safely(self._redraw), "value")
        for name, control in self.controls.items():
            control.widget.observe(lambda change, name=name: self._safely(self._retrain, name), "value")

    @property
    def settings(self):
        """The settings of all controls, a dictionary of keywords for `run`."""
        return {name: control.widget.value for name, control in self.controls.items()}

    def set(self, **settings):
        """Move controls to new `settings`, train once and redraw. Returns the status.

        Raises TypeError or ValueError, with no control moved, where a name or a value does not fit.
        """
        controls = {name: choice("setting", name, self.controls) for name in settings}
        values = {name: controls[name].check(name, value) for name, value in settings.items()}
        self._busy = True
        try:
            for name, value in values.items():
                controls[name].widget.value = value
        finally:
            self._busy = False
        self._safely(self._retrain, None)
        return self.status

    def show(self, record):
        """Move the scrubber to `record`, a whole number; -1 is the last. Returns the status."""
        most = len(self.history) - 1
        self._scrubber.widget.value = most if record == -1 else whole_number("record", record, most=most)
        return self.status

    @property
    def record(self):
        """The record that is shown."""
        return self._scrubber.widget.value

    def _safely(self, action, *arguments):
        """Do `action`, and say in the status line what went wrong with it: an error in a callback is seen nowhere else."""
        if self._busy:
            return
        try:
            action(*arguments)
        except Exception as error:
            self._say(f"{type(error).__name__}: {error}")
            raise

    def _retrain(self, name):
        """Train with the present settings; `name` is the control that moved, None for several."""
        began = monotonic()
        before, history = self.history, self.run(**self.settings)
        # Throughout a drag the ghost stays what it was when the drag began.
        moved, self._moved = self._moved, (name, monotonic())
        if name is None or moved[0] != name or began - moved[1] > DRAG_SECONDS:
            self.ghost = before
        self.history = history
        self._to_the_end()

    def _to_the_end(self):
        self._busy = True
        try:
            self._scrubber.move_limit(len(self.history) - 1)
        finally:
            self._busy = False
        self._redraw()

    def _redraw(self):
        self._say(_sentence(self.history, self.record))
        self._moving.value = self._frame.svg(self.panels, self.history, self.record, self.ghost, self.text)

    def _play_or_pause(self):
        self._play.description = "Pause" if self._play.value else "Play"
        if self._playing is not None:
            self._playing.cancel()
        if self._play.value:
            self._playing = asyncio.ensure_future(self._play_on())

    async def _play_on(self):
        """Show record after record to the end, from the start where the end is shown, until the button is up again."""
        try:
            if self.record == len(self.history) - 1:
                self.show(0)
            apart = ceil(len(self.history) / FRAMES)
            while self._play.value and self.record < len(self.history) - 1:
                self.show(min(self.record + apart, len(self.history) - 1))
                await asyncio.sleep(FRAME_SECONDS)
        finally:
            # Also after an error; but where the button was pressed again, it belongs to the next film.
            if self._playing is asyncio.current_task():
                self._play.value = False

    @property
    def text(self):
        """The status and the sentences of all panels: what the picture shows."""
        return f"{self.status}. {describe(self.panels, self.history, self.record)}"

    def _say(self, sentence):
        self.status = sentence
        # The role makes a screen reader speak each time; a quieter one is not heard when the whole line is replaced.
        self._line.value = f'<div role="alert"><b>{escape(sentence)}</b></div>'

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, and for where no kernel runs a still picture and its text."""
        picture = draw(self.panels, self.history, self.record, self.arrangement)
        picture.text = self.text
        bundle, metadata = picture._repr_mimebundle_()
        live = super()._repr_mimebundle_(**kwargs)
        return {**live, **bundle}, metadata


def _sentence(history, record):
    """What the status line says of `history` at `record`."""
    label, unit, epoch = history.loss_function.label, history.unit, history.epochs[record]
    if record < len(history) - 1:
        return f"{label} {history.loss[record]:.3g} after {epoch} of {history.ended_at} {unit}s"
    if history.stopped == "diverged":
        return f"{label} diverged at {unit} {history.ended_at}: try a smaller learning rate"
    sentence = f"{label} {history.loss[record]:.3g} after {epoch} {unit}s"
    if history.stopped == "stop_below":
        return f"{sentence}, goal reached"
    if history.loss[record] > history.loss[0]:
        sentence += f", more than {history.loss[0]:.3g} at the start: try a smaller learning rate"
    return sentence


# Controls

# A step of a logarithmic slider, in powers of ten: twenty steps from 0.01 to 0.1.
LOG_STEP = 0.05


class SliderWithBox:
    """A box and a slider for the same number; `widget` is the box.

    The box has a name that a screen reader reads, which ipywidgets does not give to a slider. What the slider sets
    is rounded to the two digits that the box then shows.
    """

    def __init__(self, name, least, start, most, slider_width="160px"):
        self.logarithmic = any(isinstance(value, float) for value in (least, start, most))
        if not least <= start <= most or (self.logarithmic and least <= 0):
            raise ValueError(
                f"{name} must be (least, start, most) in this order, greater than 0 where they are not whole numbers, "
                f"got {(least, start, most)}"
            )
        common = {"value": start, "min": least, "max": most, "description": name.replace("_", " ")}
        box = {"style": {"description_width": "initial"}, "layout": Layout(width="max-content", flex="0 0 auto")}
        slider = {"readout": False, "layout": Layout(width=slider_width)}
        if self.logarithmic:
            self.slider = FloatLogSlider(start, min=log10(least), max=log10(most), step=LOG_STEP, **slider)
            self.widget = BoundedFloatText(**common, step=least, **box)
            self._box_moved()
            self.slider.observe(self._slider_moved, "value")
            self.widget.observe(self._box_moved, "value")
        else:
            self.slider = IntSlider(start, min=least, max=most, **slider)
            self.widget = BoundedIntText(**common, **box)
            link((self.slider, "value"), (self.widget, "value"))
        self.box = HBox([self.widget, self.slider], layout=Layout(flex="1 1 auto" if slider_width == "100%" else None))

    def _box_moved(self, change=None):
        # To the nearest step of the slider: between two steps, the page would send back the step as if it were a move.
        steps = round((log10(self.widget.value) - self.slider.min) / LOG_STEP)
        self._step = 10 ** (self.slider.min + steps * LOG_STEP)
        self.slider.value = self._step

    def _slider_moved(self, change):
        if abs(log10(change["new"] / self._step)) > LOG_STEP / 2:
            self.widget.value = float(f"{change['new']:.2g}")

    def move_limit(self, most):
        """Let the number go up to `most`, and set it there."""
        self.slider.max = self.widget.max = most
        self.widget.value = most

    def check(self, name, value):
        limits = {"least": self.widget.min, "most": self.widget.max}
        return (number if self.logarithmic else whole_number)(name, value, **limits)


class Choice:
    """One of a few words, or, for `entries` of True and False, a checkbox."""

    def __init__(self, name, entries):
        label = name.replace("_", " ")
        self.entries = {entry: entry for entry in entries}
        if set(entries) == {True, False}:
            self.widget = Checkbox(entries[0], description=label, indent=False)
        else:
            self.widget = RadioButtons(
                options=entries, value=entries[0], description=label, orientation="horizontal",
                style={"description_width": "initial"}, layout=Layout(width="max-content"),
            )
        self.box = self.widget

    def check(self, name, value):
        return choice(name, value, self.entries)


def _control(name, start):
    if isinstance(start, bool):
        return Choice(name, [start, not start])
    return Choice(name, start) if isinstance(start, list) else SliderWithBox(name, *start)


# The picture. matplotlib draws text and lines in these two colors, and the page puts those of its theme in their place.

TEXT, FAINT = "#010203", "#040506"
THEME = {TEXT: "var(--jp-content-font-color1, #222)", FAINT: "var(--jp-border-color1, #999)"}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nbhelpers",
    "font.size": 11,
    "axes.facecolor": "none",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "grid.color": FAINT,
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}


def _still_svg(figure):
    """The still parts as SVG that fills the width it is given."""
    file = StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    # Its metadata is of no use in a page, and its style sheet would hold for the whole page.
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'aria-hidden="true" {FILL}', svg, count=1)
    for drawn, themed in THEME.items():
        svg = svg.replace(drawn, themed)
    return svg


FILL = 'style="width: 100%; height: auto; display: block"'
DASHES = {"solid": "", "dashed": "7 4", "dotted": "2 3", "dashdot": "7 3 2 3"}


class Frame:
    """Draws the moving parts of all panels, each in the place of its axes."""

    def __init__(self, figure, axes):
        self.width, self.height = figure.bbox.size
        self.axes = axes

    def svg(self, panels, history, record, ghost, text):
        """The SVG of `panels` for `history` at `record`, the whole of the run `ghost` behind it, with its `text`."""
        parts = [
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" {FILL} role="img" aria-label="{escape(text)}">'
        ]
        for panel, ax in zip(panels, self.axes):
            canvas = SvgCanvas(ax, self.height)
            if ghost is not None:
                canvas.pale = True
                panel.moving(canvas, ghost, len(ghost) - 1)
                canvas.pale = False
            panel.moving(canvas, history, record)
            parts.append(canvas.svg())
        return "".join([*parts, "</svg>"])


class SvgCanvas:
    """What a panel draws its moving parts on: here SVG shapes, in the place of the axes `ax`.

    The methods are those of `plots.AxesCanvas`. What is drawn while `pale` is true stands behind the rest.
    """

    def __init__(self, ax, height):
        self.transform, self.height = ax.transData, height
        left, bottom, self.width, self.tall = ax.bbox.bounds
        self.corner = left, height - bottom - self.tall
        self.behind, self.ghost, self.shapes = [], [], []
        self.pale = False

    def line(self, x, y, color, dashes="solid", width=2.0):
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in self._places(x, y))
        self._add(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="{width}" '
            f'stroke-dasharray="{DASHES[dashes]}"/>'
        )

    def dots(self, x, y, color, marker="o", size=7.0):
        for px, py in self._places(x, y):
            corners = " ".join(f"{px + size / 2 * dx:.1f},{py + size / 2 * dy:.1f}" for dx, dy in MARKERS[marker])
            round_one = f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{size / 2}" fill="{color}"/>'
            self._add(f'<polygon points="{corners}" fill="{color}"/>' if corners else round_one)

    def text(self, x, y, words, size=9.0):
        [(px, py)] = self._places([x], [y])
        self._add(
            f'<text x="{px:.1f}" y="{py:.1f}" font-size="{size}" font-family="sans-serif" fill="{BLACK}" '
            f'text-anchor="middle" dominant-baseline="central">{escape(words)}</text>'
        )

    def surface(self, values, left, right, bottom, top, low, high, smooth=True):
        file = BytesIO()
        imsave(file, values, cmap=SHADES, vmin=low, vmax=high, origin="lower", format="png")
        (x, y_bottom), (x_right, y) = self._places([left, right], [bottom, top])
        self.behind.append(
            f'<image x="{x:.1f}" y="{y:.1f}" width="{x_right - x:.1f}" height="{y_bottom - y:.1f}" '
            f'preserveAspectRatio="none" style="image-rendering: {"auto" if smooth else "pixelated"}" '
            f'href="data:image/png;base64,{b64encode(file.getvalue()).decode()}"/>'
        )

    def svg(self):
        # An inner svg element cuts off what lies outside of it.
        x, y = self.corner
        place = f"{x:.1f} {y:.1f} {self.width:.1f} {self.tall:.1f}"
        return (
            f'<svg x="{x:.1f}" y="{y:.1f}" width="{self.width:.1f}" height="{self.tall:.1f}" viewBox="{place}">'
            f'{"".join(self.behind)}<g opacity="0.35">{"".join(self.ghost)}</g>{"".join(self.shapes)}</svg>'
        )

    def _add(self, shape):
        (self.ghost if self.pale else self.shapes).append(shape)

    def _places(self, x, y):
        """The points (x, y) in the units of the SVG, kept within numbers that a browser can draw."""
        with quiet():
            places = self.transform.transform(np.column_stack([x, y]))
        places = np.clip(np.nan_to_num(places, nan=-FAR), -FAR, FAR)
        places[:, 1] = self.height - places[:, 1]
        return places.tolist()


FAR = 1e4
MARKERS = {
    "o": (),
    "s": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "^": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "D": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
}
