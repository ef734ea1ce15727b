"""The pictures: panels (what is shown), figures and films of them (`plots`), and the sliders (`explorer`)."""
