"""The open bench of lesson 07: any network of the course on any data, as settings that fit in a line of text."""

from .tables import Table, own_data
from .workbench import Bench

__all__ = ["Bench", "Table", "own_data"]
