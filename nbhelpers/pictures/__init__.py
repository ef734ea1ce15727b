"""The pictures: panels (what is shown, as data), figures and films of them (`plots`), and the sliders (`explorer`).

`protocols` says what a panel is, in the names of `colors`. Two renderers show it: `svg` with `shapes` in the sliders,
`plots` with `axes` by matplotlib. They share `scales`, `contours`, `png` (surfaces) and `grid` (what stands where).
"""
