"""The open bench of lesson 07: any network of the course on any data, as settings that fit in a line of text."""

from .settings import Bench
from .tables import Table, own_data

__all__ = ["Bench", "Table", "own_data"]
