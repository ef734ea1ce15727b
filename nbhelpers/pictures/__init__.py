"""The pictures: panels (what is shown), figures and films of them (`plots`), and the sliders (`explorer`).

`protocols` says what a panel is. The sliders are made of `controls`, and draw with `svg`.
"""
