"""Pictures and films: what they show, what they say, and their bytes in a notebook."""

import warnings
from base64 import b64decode
from html import escape
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from nbhelpers import SGD, Dense, Network, fibonacci, identity, ssr, train
from nbhelpers.pictures.axes import AxesCanvas, as_written
from nbhelpers.pictures.colors import GREEN, LIGHT, VERMILLION
from nbhelpers.pictures.panels import Derivatives, Fit, Landscape, LossCurve
from nbhelpers.pictures.plots import DPI, Picture, draw, film, lay_out
from nbhelpers.pictures.protocols import Line, Still
from nbhelpers.published import single_neuron

NAMES = ["input weight", "bias", "output weight"]

# Between matplotlib 3.9 and 3.11 the pictures differ by 0.3, between fonts not at all. A missing marker makes a
# difference of 3.2, a missing curve one of 8 and more.
close = pytest.mark.mpl_image_compare(remove_text=True, tolerance=1.5, savefig_kwargs={"dpi": 60})


@pytest.fixture(scope="module")
def history():
    return single_neuron.run()


def lesson_panels():
    landscape = Landscape(0, 1, NAMES[:2], xlim=(-1.5, 2), ylim=(-1.5, 1.5), columns=8, rows=6)
    return [Fit(), LossCurve(), Derivatives([0, 1, 2], NAMES), landscape]


def bare(figure):
    """The figure of one panel without its words and in a fixed place, so that no font moves anything in it."""
    (ax,) = figure.axes
    figure.set_size_inches(6, 4)
    ax.set(xlabel="", ylabel="", position=[0.1, 0.1, 0.8, 0.8])
    ax.set_title("", loc="left")
    for text in [*ax.texts]:
        text.remove()
    if ax.get_legend():
        ax.get_legend().remove()
    return figure


def colored(image, color):
    """The places (row, column) of the pixels of `color` in `image`."""
    wanted = list(bytes.fromhex(LIGHT[color][1:]))
    return np.argwhere((abs(np.asarray(image.convert("RGB")).astype(int) - wanted) < 40).all(axis=2))


def test_pictures_are_really_compared(pytestconfig):
    assert pytestconfig.getoption("mpl") or pytestconfig.getini("mpl"), "pytest compares no pictures without mpl = true"


@close
def test_the_fit_looks_as_it_did(history):
    return bare(draw([Fit()], history).figure)


@close
def test_the_loss_curve_looks_as_it_did(history):
    return bare(draw([LossCurve()], history, record=60).figure)


@close
def test_the_derivatives_look_as_they_did(history):
    return bare(draw([Derivatives([0, 1, 2], NAMES)], history, record=120).figure)


@close
def test_the_landscape_looks_as_it_did(history):
    return bare(draw(lesson_panels()[3:], history).figure)


def test_a_picture_in_a_notebook_is_an_image_with_its_text_as_the_alternative():
    from matplotlib.figure import Figure

    text = 'a < b & "c"'
    bundle, metadata = Picture(Figure(figsize=(2, 1)), text)._repr_mimebundle_()
    assert bundle["text/plain"] == text and metadata["image/png"]["alt"] == text
    assert f'<img alt="{escape(text)}"' in bundle["text/html"]
    assert bundle["image/png"] in bundle["text/html"]
    with Image.open(BytesIO(b64decode(bundle["image/png"]))) as image:
        assert image.format == "PNG" and image.size == (220, 110)


def test_a_picture_is_its_text_where_there_are_no_pictures(history):
    picture = draw([LossCurve()], history)
    assert repr(picture) == picture.text


@pytest.mark.parametrize("record, there", [(60, 60), (-1, 200)])
def test_the_text_of_a_picture_is_that_of_its_panels_at_the_record_shown(history, record, there):
    panels = [Fit(), Derivatives([1], NAMES[1:2])]
    assert draw(panels, history, record=record).text == " ".join(panel.text(history, there) for panel in panels)


def test_panels_have_their_titles_axes_and_legends(history):
    _, axes = lay_out(lesson_panels(), history)
    fit, loss, derivatives, landscape = (ax.get_title(loc="left") for ax in axes)
    assert (fit, loss, derivatives) == ("data and prediction", "SSR over the steps", "derivatives")
    assert "SSR" in landscape
    assert [ax.get_xlabel() for ax in axes] == ["x", "step", "step", "input weight"]
    legends = [[text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else [] for ax in axes]
    assert legends == [["data", "prediction"], [], NAMES, []]


def test_axes_stay_where_they_are_whatever_is_written_beside_them_later(history):
    figure, axes = lay_out(lesson_panels(), history)
    before = [ax.get_position().bounds for ax in axes]
    axes[0].set_ylabel("a\nlabel\nof\nmany\nlines")
    figure.draw_without_rendering()
    assert [ax.get_position().bounds for ax in axes] == before


def test_the_mark_of_a_picture_is_a_text(history):
    with pytest.raises(TypeError, match="^mark must be a text, got 3"):
        draw([LossCurve()], history, mark=3)


def test_an_axis_has_the_ticks_with_words_and_no_others(history):
    (ax,) = [ax for ax in draw([LossCurve()], history).figure.axes if ax.get_yscale() == "log"]
    assert not [*ax.get_xticks(minor=True), *ax.get_yticks(minor=True)]
    assert all(label.get_text() for label in [*ax.get_xticklabels(), *ax.get_yticklabels()])


def test_panels_are_placed_as_the_arrangement_says(history):
    a, b, c = (ax.get_position() for ax in lay_out([Fit()] * 3, history, "AA;BC")[1])
    assert a.y0 > b.y1 and b.y0 == pytest.approx(c.y0) and c.x0 > b.x1 and a.width > 1.8 * b.width
    a, b, c = (ax.get_position() for ax in lay_out([Fit()] * 3, history)[1])
    assert a.y0 == pytest.approx(b.y0) == pytest.approx(c.y0) and b.x0 > a.x1 and c.x0 > b.x1
    a, b, tall = (ax.get_position() for ax in lay_out([Fit(), Fit(), lesson_panels()[3]], history)[1])
    assert tall.x0 > a.x1 and b.y1 < a.y0 and tall.height > 1.9 * a.height


def test_lines_that_share_a_panel_differ_in_more_than_color(history):
    lines = draw([Derivatives([0, 1, 2], NAMES)], history).figure.axes[0].lines
    drawn = [line for line in lines if len(line.get_xdata()) > 2]
    assert len(drawn) == 6
    assert len({line.get_linestyle() for line in drawn}) == len({line.get_color() for line in drawn}) == 3


@pytest.mark.parametrize("arrangement", ["A", "AB;CD", "AA;B"])
def test_an_arrangement_for_another_number_of_panels_is_refused_in_a_sentence(history, arrangement):
    with pytest.raises(ValueError, match="^arrangement must .*" + arrangement):
        draw([LossCurve(), Fit()], history, arrangement=arrangement)


class Mark:
    """A still line at the bottom and a dot over it whose place tells the record: a panel that is drawn in no time."""

    def still(self, history):
        line = Line((0.0, 10.0), (-0.5, -0.5), GREEN, width=4.0)
        return Still("", (-1.0, 11.0), (-1.0, 1.0), xticks=(), yticks=(), marks=(line,))

    def moving(self, canvas, history, record):
        canvas.dots([record], [0], VERMILLION)

    def text(self, history, record):
        return "A dot."


@pytest.mark.parametrize("every, records", [
    (1, list(range(11))), (4, [0, 4, 8, 10]), (5, [0, 5, 10]), (50, [0, 10]),
])
def test_a_film_has_a_frame_for_every_so_many_records_and_the_last_in_their_order(tmp_path, every, records):
    path = tmp_path / "film.gif"
    assert film([Mark()], single_neuron.run(epochs=10), path, every=every, size=(3, 2), progress=False) == len(records)
    with Image.open(path) as image:
        # A GIF without a loop plays once.
        assert image.format == "GIF" and image.n_frames == len(records) and "loop" not in image.info
        dots, lines = [], []
        for frame in range(image.n_frames):
            image.seek(frame)
            dots.append(colored(image, VERMILLION))
            lines.append(len(colored(image, GREEN)))
    places = [dot[:, 1].mean() for dot in dots]
    expected = np.interp(records, [records[0], records[-1]], [places[0], places[-1]])
    assert places[-1] - places[0] > 100 and np.allclose(places, expected, atol=1.5)
    # Each frame has one dot, its own, and all of what stands still.
    assert max(map(len, dots)) < 1.5 * min(map(len, dots)) and min(lines) > 0.9 * max(lines) > 200


def test_a_film_marks_what_lies_outside_as_a_picture_does(tmp_path, monkeypatch):
    marked = []
    monkeypatch.setattr(AxesCanvas, "finish", lambda canvas: marked.append(bool(canvas.outside)))
    run = single_neuron.run(epochs=4)
    film([LossCurve(ylim=(1e-9, 1e-8)), LossCurve()], run, tmp_path / "film.gif", progress=False)
    assert marked.count(True) == 5


def test_a_film_says_which_step_a_frame_shows(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    titles, suptitle = [], Figure.suptitle
    monkeypatch.setattr(Figure, "suptitle", lambda self, title: titles.append(title) or suptitle(self, title))
    film([Mark()], single_neuron.run(epochs=10), tmp_path / "film.gif", every=5, size=(2, 1.5), progress=False)
    assert [title for title in titles if title.strip()] == ["step 0", "step 5", "step 10"]


def test_the_progress_bar_of_a_film_counts_its_frames(tmp_path, capsys):
    history = single_neuron.run(epochs=3)
    film([Mark()], history, tmp_path / "film.gif", size=(2, 1.5))
    assert "4/4" in capsys.readouterr().err
    film([Mark()], history, tmp_path / "film.gif", size=(2, 1.5), progress=False)
    assert capsys.readouterr().err == ""


def test_an_interrupt_leaves_no_half_film_and_the_one_before_as_it_was(tmp_path, monkeypatch):
    path, save = tmp_path / "film.gif", Image.Image.save

    def interrupted(image, file, **settings):
        save(image, file, **settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    for before in (None, b"the film before"):
        if before is not None:
            path.write_bytes(before)
        with pytest.raises(KeyboardInterrupt):
            film([Mark()], single_neuron.run(epochs=3), path, size=(2, 1.5), progress=False)
        assert [file.read_bytes() for file in tmp_path.iterdir()] == ([] if before is None else [before])


@pytest.mark.parametrize("every, error", [(0, ValueError), (1.5, TypeError)])
def test_a_film_of_no_frames_is_refused(tmp_path, history, every, error):
    with pytest.raises(error, match=f"^every must be a whole number of at least 1, got {every}"):
        film([Mark()], history, tmp_path / "film.gif", every=every)
    assert not list(tmp_path.iterdir())


def test_a_film_that_no_memory_holds_is_refused_before_its_first_frame(tmp_path):
    # 42 frames of 7200 by 7200 points, which are there twice as they are written, are 4.35e9 bytes, and 4 GB 4.29e9.
    sentence = r"size and the number of frames must be .* 4 GB of memory, got \(\(100, 100\), 42\), which takes 4 GB"
    with pytest.raises(ValueError, match=sentence):
        film([Mark()], single_neuron.run(epochs=41), tmp_path / "film.gif", size=(100, 100))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("rows", [1, 6])
def test_a_perfect_network_can_be_drawn_too(rows):
    network, X = Network(1, [Dense(1, identity)]), fibonacci()[0][:rows]
    network.theta = [1, 0]
    history = train(network, X, X, loss=ssr, optimizer=SGD(), epochs=3)
    for panel in (Fit(), LossCurve(), Derivatives([0, 1], NAMES[:2])):
        picture = draw([panel], history)
        assert picture.png().startswith(b"\x89PNG") and picture.text


def test_a_landscape_whose_lowest_place_is_exactly_zero_can_be_drawn_too():
    network, (X, _) = Network(1, [Dense(1, identity)]), fibonacci()
    history = train(network, X, X, loss=ssr, optimizer=SGD(0.001), epochs=3)
    # The center of its nine places is (1, 0), the perfect line.
    landscape = Landscape(0, 1, ["weight", "bias"], xlim=(-0.5, 2.5), ylim=(-1.5, 1.5), columns=3, rows=3)
    image = Image.open(BytesIO(draw([landscape], history).png())).convert("L")
    # No contour line is as light as the paper, which the center alone has.
    center = image.getpixel((image.width // 2, image.height // 2))
    corner = image.getpixel((image.width * 4 // 5, image.height // 5))
    assert center > corner + 20


@pytest.mark.parametrize("settings", [
    {"axes.facecolor": "black", "lines.linewidth": 9, "font.size": 30, "axes.grid": True, "image.cmap": "jet"},
    {"axes.titlelocation": "right", "legend.loc": "center", "savefig.dpi": 20, "figure.facecolor": "red"},
])
def test_what_the_user_has_set_in_matplotlib_changes_no_picture(history, settings):
    import matplotlib

    pictures = [draw(lesson_panels(), history).png()]
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context(settings):
        pictures.append(draw(lesson_panels(), history).png())
    assert pictures[0] == pictures[1] and dict(matplotlib.rcParams) == before


def test_a_long_title_is_made_smaller_before_it_runs_into_the_next_panel(history):
    named = [Derivatives([i], [name]) for i, name in enumerate(NAMES)]
    figure = draw([Fit(), LossCurve(), *named], history, arrangement="AAAA;BCDE", size=(12, 5.5)).figure
    figure.set_dpi(DPI)
    figure.draw_without_rendering()
    *_, input_weight, bias, output_weight = (ax._left_title for ax in figure.axes)
    assert input_weight.get_window_extent().x1 < bias.get_window_extent().x0
    assert output_weight.get_window_extent().x1 <= figure.bbox.x1 + 1


@pytest.mark.parametrize("width", np.arange(4.0, 6.0, 0.1).round(1))
def test_no_title_runs_out_of_its_figure(width, history):
    panel = Derivatives([0], ["the weight from the input to the output neuron"])
    figure = draw([panel], history, size=(width, 2)).figure
    figure.set_dpi(DPI)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert 0.8 * ax.bbox.width < ax._left_title.get_window_extent().width
    assert ax._left_title.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("name, error, sentence", [
    ("film.png", ValueError, r"path must end in \.gif, got '.*film\.png'"),
    ("nowhere/film.gif", FileNotFoundError, "path must lie in a folder that is there"),
])
def test_a_film_that_cannot_be_is_refused_before_its_first_frame(tmp_path, name, error, sentence):
    class Watched(Mark):
        def still(self, shown):
            raise AssertionError("a frame was begun")

    with pytest.raises(error, match=sentence):
        film([Watched()], single_neuron.run(epochs=3), tmp_path / name, progress=False)


@pytest.mark.parametrize("count", [10, 11])
def test_ten_letters_that_the_font_lacks_are_named(history, count):
    letters = [chr(ord("一") + k) for k in range(count)]
    with pytest.warns(UserWarning) as caught:
        draw([Derivatives([0], ["".join(letters)])], history).png()
    named = ", ".join(letters[:10]) + " and others" * (count > 10)
    assert str(caught[0].message).startswith(f"the font of the pictures has no {named}: they are boxes there")


def test_letters_that_the_font_lacks_are_said_in_one_sentence(tmp_path, history):
    sentence = "^the font of the pictures has no 長, 度: they are boxes there; the sliders and the texts have them$"
    panels = [Derivatives([0], ["長度"]), LossCurve()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw(panels, history)
    for make in (picture.png, lambda: film(panels, history, tmp_path / "film.gif", every=100, progress=False)):
        with pytest.warns(UserWarning, match=sentence) as caught:
            make()
        assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw([LossCurve()], history).png()
    # Other warnings come through.
    with pytest.warns(DeprecationWarning, match="^other$"):
        picture.figure.savefig = lambda *_, **__: warnings.warn("other", DeprecationWarning, 2) or Figure().savefig(*_)
        picture.png()


def test_a_picture_is_made_of_a_figure_alone():
    with pytest.raises(TypeError, match="^figure must be a Figure of matplotlib, got 'a'$"):
        Picture("a", "what it shows")


def test_a_figure_without_room_for_its_panels_is_refused(history):
    with pytest.raises(ValueError, match="^size must leave room for the panels, got .* take a larger one$"):
        lay_out([LossCurve(), Fit(), LossCurve()], history, size=(1.0, 1.0))


def test_what_stands_between_two_dollars_is_no_formula():
    axes = Figure().subplots()
    axes.set_title("from $5 to $9")
    as_written(axes)
    assert not axes.title.get_parse_math()
    figure, _ = lay_out([LossCurve()], single_neuron.run(epochs=3), title="from $5 to $9")
    assert figure.get_suptitle() == "from $5 to $9" and not figure._suptitle.get_parse_math()
