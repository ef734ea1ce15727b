"""Pictures: every one comes with a text that says what it shows.

A picture is made of panels (see `panels`). The same panels make the still figures of a lesson, its film, and
the moving picture of its sliders.
"""

from base64 import b64encode
from html import escape
from io import BytesIO
from itertools import zip_longest
from string import ascii_uppercase

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..arguments import whole_number

# Eight colors that people with any kind of color vision can tell apart (Okabe and Ito 2008).
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#000000"

# Color is never the only cue: lines that share a panel differ in their dashes too.
LINES = ((BLUE, "solid"), (VERMILLION, "dashed"), (GREEN, "dotted"), (PURPLE, "dashdot"))

# Light enough at its dark end for every line color to be seen on it.
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#8c8c8c"])
DPI = 110


class Picture:
    """A figure and `text`, the sentences that say what it shows.

    Shown in a notebook it is the picture with `text` as its alternative text; where there are no pictures it
    is the text alone.
    """

    def __init__(self, figure, text):
        self.figure = figure
        self.text = text

    def __repr__(self):
        return self.text

    def png(self):
        """The picture as the bytes of a PNG file."""
        from PIL import Image

        drawn, file = BytesIO(), BytesIO()
        self.figure.savefig(drawn, format="png", dpi=DPI)
        # A notebook carries its pictures: with a palette they take a third of the room.
        Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = b64encode(self.png()).decode()
        # JupyterLab gives an image/png no alternative text, so an HTML image carries it there.
        html = f'<img alt="{escape(self.text)}" src="data:image/png;base64,{data}" style="max-width: 100%">'
        bundle = {"text/plain": self.text, "text/html": html, "image/png": data}
        return bundle, {"image/png": {"alt": self.text}}


def draw(panels, history, record=-1, arrangement=None, size=(10.0, 5.0)):
    """A Picture of `panels`, a list, for `history` as it was at record `record`.

    `arrangement` places the panels, a letter for each, as matplotlib's `subplot_mosaic` does: "AB;CD" is two rows
    of two. `size` is the width and the height in inches.
    """
    record = range(len(history))[record]
    figure, axes = lay_out(panels, history, arrangement, size)
    for panel, ax in zip(panels, axes):
        panel.moving(AxesCanvas(ax), history, record)
    return Picture(figure, describe(panels, history, record))


def film(panels, history, path, every=1, arrangement=None, size=(10.0, 5.0), progress=True):
    """Write a film of the training to `path`, a GIF that plays once. Returns the number of its frames.

    It has a frame for every `every`-th record and for the last one, in the order of the records, and a progress
    bar where `progress` is true.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    from tqdm.auto import tqdm

    records = sorted({*range(0, len(history), whole_number("every", every, least=1)), len(history) - 1})
    figure, axes = lay_out(panels, history, arrangement, size, title=" ")
    screen, frames = FigureCanvasAgg(figure), []
    for record in tqdm(records, unit="frame", disable=not progress):
        canvases = [AxesCanvas(ax) for ax in axes]
        for panel, canvas in zip(panels, canvases):
            panel.moving(canvas, history, record)
        figure.suptitle(f"{history.unit} {history.epochs[record]}")
        screen.draw()
        frames.append(Image.fromarray(np.asarray(screen.buffer_rgba())).convert("RGB").quantize(64))
        for canvas in canvases:
            canvas.clear()
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=80)
    return len(records)


def describe(panels, history, record):
    """The sentences of all panels for `history` as it was at record `record`."""
    return " ".join(panel.text(history, record) for panel in panels)


def lay_out(panels, history, arrangement=None, size=(10.0, 5.0), title=None):
    """A figure with the still parts of `panels` in it, and the list of their axes. The layout is final."""
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    names = ascii_uppercase[: len(panels)]
    if arrangement is None:
        arrangement = names if len(names) < 2 else ";".join(a + b for a, b in zip_longest(*[iter(names)] * 2, fillvalue="."))
    if set(arrangement) - set(".;\n ") != set(names):
        raise ValueError(f"arrangement must place the panels {names}, got {arrangement!r}")
    placed = figure.subplot_mosaic(arrangement)
    axes = [placed[name] for name in names]
    for panel, ax in zip(panels, axes):
        panel.still(ax, history)
    if title is not None:
        figure.suptitle(title)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure, axes


class AxesCanvas:
    """What a panel draws its moving parts on: here the axes of a matplotlib figure.

    `pale` is true where the panel draws the ghost of another run, behind the one that is shown.
    """

    pale = False

    def __init__(self, ax):
        self.ax = ax
        self.artists = []

    def line(self, x, y, color, dashes="solid", width=2.0):
        """A line through the points (x, y), in data coordinates; `width` is in points."""
        self.artists += self.ax.plot(x, y, color=color, linestyle=dashes, linewidth=width)

    def dots(self, x, y, color, marker="o", size=7.0):
        """A marker, one of "o", "s", "^" and "D", at each point (x, y); `size` is in points."""
        self.artists += self.ax.plot(x, y, color=color, marker=marker, markersize=size, linestyle="none")

    def text(self, x, y, words, size=9.0):
        """Words centered at the point (x, y), black, which is readable on every shade of a surface; `size` in points."""
        self.artists.append(self.ax.text(x, y, words, color=BLACK, fontsize=size, ha="center", va="center"))

    def surface(self, values, left, right, bottom, top, low, high, smooth=True):
        """Shades a rectangle with `values`, shape (rows, columns), row 0 at the bottom: `low` light, `high` dark.

        Between the centers of its cells the shades run into each other where `smooth` is true.
        """
        self.artists.append(self.ax.imshow(
            values, cmap=SHADES, vmin=low, vmax=high, extent=(left, right, bottom, top), origin="lower",
            aspect="auto", interpolation="bilinear" if smooth else "nearest", zorder=0,
        ))

    def clear(self):
        """Takes away all that was drawn."""
        for artist in self.artists:
            artist.remove()
        self.artists.clear()


def sweep_heatmap(results, size=(9.6, 4.8)):
    """A Picture of `results`, the DataFrame of a sweep: a cell for every learning rate (across) and seed (up).

    The lighter a cell, the lower the loss, on a logarithmic scale; white where there was no run. A cross marks the runs that
    diverged or failed.
    """
    if not len(results):
        raise ValueError("results must have at least one run, got none: run the sweep to its end")
    table = results.pivot_table(index="seed", columns="learning_rate", values="loss", aggfunc="last", dropna=False)
    figure = Figure(figsize=size, dpi=72, layout="constrained")
    ax = figure.subplots()
    losses = table.to_numpy(dtype=float)
    # A loss of 0 has no logarithm: it is drawn like the least of the others.
    heights = np.log10(np.maximum(losses, np.min(losses, where=losses > 0, initial=1.0)))
    image = ax.imshow(heights, cmap=SHADES, origin="lower", aspect="auto", interpolation="nearest")
    missed = results[results["loss"].isna()]
    rows, columns = table.index.get_indexer(missed["seed"]), table.columns.get_indexer(missed["learning_rate"])
    ax.plot(columns, rows, color=VERMILLION, marker="x", markersize=8, linestyle="none")
    ax.set(title="loss at the end of each run", xlabel="learning rate", ylabel="seed")
    for axis, values in ((ax.xaxis, table.columns), (ax.yaxis, table.index)):
        # At most a dozen labels, evenly spread.
        places = range(0, len(values), -(-len(values) // 12))
        axis.set_ticks(places, [f"{values[place]:g}" for place in places])
    figure.colorbar(image, ax=ax, label="loss, as a power of ten")
    return Picture(figure, _sweep_text(results))


def _sweep_text(results):
    """The sentences of a sweep: its size, its best run, the best learning rate, and what went wrong."""
    rates, seeds = results["learning_rate"].nunique(), results["seed"].nunique()
    text = f"{len(results)} runs: {rates} learning rates, {seeds} seeds."
    finite = results[np.isfinite(results["loss"])]
    if len(finite):
        best = finite.loc[finite["loss"].idxmin()]
        text += f" The lowest loss is {best['loss']:.3g}, at learning rate {best['learning_rate']:g} and seed {best['seed']}."
        # A run without a loss counts as the worst there is.
        medians = results["loss"].fillna(np.inf).groupby(results["learning_rate"]).median()
        text += f" The lowest median over the seeds is {medians.min():.3g}, at learning rate {medians.idxmin():g}."
    for stopped, words in (("diverged", "diverged"), ("error", "failed")):
        count = int((results["stopped"] == stopped).sum())
        if count:
            text += f" {count} {'run' if count == 1 else 'runs'} {words}."
    return text
