"""The panels that pictures are made of, each one view of a training run (see `protocols` for what makes a panel)."""

from ...edges import spelled
from .angles import Angle
from .codes import Codes, Cube, LogLossCurve
from .comparison import LossCurves
from .curves import Derivatives, Fit, LossCurve
from .diagram import Diagram
from .learning import HiddenWeights, LearningCurves, Regions
from .square import Predictions, Square
from .surfaces import Landscape
from .sweeps import Columns, FinalLosses

__all__ = [
    "Angle", "Codes", "Columns", "Cube", "Derivatives", "Diagram", "FinalLosses", "Fit", "HiddenWeights", "Landscape",
    "LearningCurves", "LogLossCurve", "LossCurve", "LossCurves", "Predictions", "Regions", "Square",
]

for name in __all__:
    spelled(globals()[name])
