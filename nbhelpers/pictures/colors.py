"""The colors of all pictures, by name: what a name looks like on a light page and on a dark one.

Panels say names; the renderers say what they look like. `plots` draws the light page, `svg` leaves it to the page's
theme.
"""

# Eight colors that people with any kind of color vision can tell apart (Okabe and Ito 2008).
BLUE, VERMILLION, GREEN, PURPLE = "blue", "vermillion", "green", "purple"
ORANGE, SKY, YELLOW, BLACK = "orange", "sky", "yellow", "black"

# Roles: words and axes, what is behind it all, the run before.
INK, SOFT, FAINT, GRID, PAPER, GRAY = "ink", "soft", "faint", "grid", "paper", "gray"

# Orange is darker than theirs on a light page, and blue lighter on a dark one: at theirs a line is hard to see there.
LIGHT = {
    BLUE: "#0072B2", VERMILLION: "#D55E00", GREEN: "#009E73", PURPLE: "#CC79A7",
    ORANGE: "#B87A00", SKY: "#56B4E9", YELLOW: "#F0E442", BLACK: "#000000",
    INK: "#1f1f1f", SOFT: "#4d4d4d", FAINT: "#8c8c8c", GRID: "#e0e0e0", PAPER: "#ffffff", GRAY: "#767676",
}
DARK = {
    BLUE: "#56B4E9", VERMILLION: "#F0793A", GREEN: "#2DBE95", PURPLE: "#DE98BF",
    ORANGE: "#E69F00", SKY: "#56B4E9", YELLOW: "#F0E442", BLACK: "#000000",
    INK: "#ececec", SOFT: "#bdbdbd", FAINT: "#7d7d7d", GRID: "#333333", PAPER: "#111111", GRAY: "#9a9a9a",
}

# What a line or a marker of data may have; SKY and YELLOW are grounds for words, which are BLACK there.
LINE_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, INK, GRAY)

# Color is never the only cue: lines that share a panel differ in their dashes too.
LINES = ((BLUE, "solid"), (VERMILLION, "dashed"), (GREEN, "dotted"), (PURPLE, "dashdot"))

# A surface is ink of some hue and strength over the paper, so that one image serves the light page and the dark one.
# Each kind of surface has its stops from low to high: (hue, opacity). Outputs have two hues, losses one, and classes a
# shade each, which differ without color too.
SHADES = {
    "outputs": (("#0072B2", 0.50), ("#0072B2", 0.0), ("#E08A00", 0.0), ("#E08A00", 0.60)),
    "losses": (("#6A4FA3", 0.0), ("#6A4FA3", 0.55)),
    "classes": (("#0072B2", 0.45), ("#E69F00", 0.25), ("#009E73", 0.35)),
}
