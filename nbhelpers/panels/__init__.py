"""The panels that pictures are made of, each one view of a training run.

A panel draws its axes, labels and legend once (`still(ax, history)`), and on a canvas what changes from record to
record (`moving(canvas, history, record)`). `text(history, record)` says in a sentence what it then shows.
"""

from .curves import Derivatives, Fit, LossCurve
from .diagram import Diagram
from .surfaces import Landscape

__all__ = ["Derivatives", "Diagram", "Fit", "Landscape", "LossCurve"]
