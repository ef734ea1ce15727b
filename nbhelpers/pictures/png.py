"""Surfaces as PNG images: numbers of shades, and a palette of hues whose opacity lets the page's own color through."""

import struct
from base64 import b64encode
from functools import cache
from zlib import compress, crc32

import numpy as np

from ..activations import quiet
from ..arguments import Array
from .colors import SHADES
from .contours import heights

# Levels of a surface whose shades run into each other.
LEVELS = 64


@cache
def palette(shades: str) -> Array:
    """The shades as red, green, blue and opacity from 0 to 255, shape (levels, 4); `classes` have a level each."""
    stops = np.array([[*bytes.fromhex(hue[1:]), 255 * opacity] for hue, opacity in SHADES[shades]])
    if shades == "classes":
        return stops.round()
    # Where a hue ends, the other one begins: both have no opacity there.
    places = np.linspace(0, 1, len(stops)) if len(stops) == 2 else np.array([0, 0.5, 0.5, 1])
    at = (np.arange(LEVELS) + 0.5) / LEVELS
    sides = [at < 0.5, at >= 0.5] if len(stops) == 4 else [at >= 0]
    parts = [
        np.column_stack([np.interp(at[side], places[2 * k : 2 * k + 2], stop) for stop in stops[2 * k : 2 * k + 2].T])
        for k, side in enumerate(sides)
    ]
    return np.concatenate(parts).round()


def levels_of(values: Array, low: float, high: float, shades: str) -> np.ndarray:
    """The number of the shade of each of the `values`, in the same shape."""
    levels, values = len(palette(shades)), heights(values)
    if shades == "classes":
        return np.clip(values, 0, levels - 1).astype(np.uint8)
    with quiet():
        share = (values - low) / ((high - low) or 1.0)
        return np.clip(np.nan_to_num(share * levels), 0, levels - 1).astype(np.uint8)


def png(numbers: np.ndarray, shades: str) -> bytes:
    """An image of the `numbers` of shades, (rows, columns), row 0 at the bottom (the format: ISO/IEC 15948)."""
    rows, columns = numbers.shape
    colors = palette(shades).astype(np.uint8)
    # Every row begins with the number of its filter: none.
    scanlines = np.concatenate([np.zeros((rows, 1), np.uint8), numbers[::-1]], axis=1).tobytes()
    chunks = {
        b"IHDR": struct.pack(">2I5B", columns, rows, 8, 3, 0, 0, 0),
        b"PLTE": colors[:, :3].tobytes(),
        b"tRNS": colors[:, 3].tobytes(),
        b"IDAT": compress(scanlines, 6),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))
        for kind, data in chunks.items()
    )


def data_url(values: Array, low: float, high: float, shades: str) -> str:
    """The surface as the address of an image in a page."""
    return "data:image/png;base64," + b64encode(png(levels_of(values, low, high, shades), shades)).decode()
