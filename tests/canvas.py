"""A canvas for the tests of the panels: it remembers what it was told to draw."""

import numpy as np

from nbhelpers.pictures.plots import lay_out


class RememberingCanvas:
    """`lines`, `markers`, `words` and `surfaces` hold the arguments of each call, in the order of the calls."""

    def __init__(self, pale):
        self.pale, self.lines, self.markers, self.words, self.surfaces = pale, [], [], [], []

    def line(self, x, y, color, dashes="solid", width=2.0):
        self.lines.append((np.asarray(x), np.asarray(y), color, dashes, width))

    def dots(self, x, y, color, marker="o", size=7.0):
        self.markers.append((np.asarray(x), np.asarray(y), color, marker, size))

    def text(self, x, y, words, size=9.0):
        self.words.append((x, y, words))

    def surface(self, values, *place, low, high, smooth=True):
        self.surfaces.append((values, place, low, high, smooth))


def drawn(panel, history, record, pale=False):
    """The canvas on which `panel` has drawn `history` at `record`."""
    canvas = RememberingCanvas(pale)
    panel.moving(canvas, history, range(len(history))[record])
    return canvas


def laid_out_panels(makers, history):
    """(panel, figure, axes) for each of the panels that `makers` makes, by their names, their still parts drawn."""
    def with_figure(panel):
        figure, (ax,) = lay_out([panel], history)
        return panel, figure, ax

    return {name: with_figure(make()) for name, make in makers.items()}
