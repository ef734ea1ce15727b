"""The drawings of lesson 01: what they show, and that their sentences are true."""

import numpy as np
import pytest
from matplotlib.text import Text

from nbhelpers import drawings
from nbhelpers.pictures.colors import LINES

close = pytest.mark.mpl_image_compare(remove_text=True, tolerance=1.5, savefig_kwargs={"dpi": 60})


def plane(across, up):
    return 5 + 3 * across - 4 * up


def arrows(picture):
    """For each line of the picture with two ends: its label, where it begins, and where it leads."""
    (ax,) = picture.figure.axes
    lines = [(line.get_label(), np.transpose(line.get_data())) for line in ax.lines]
    return {label: (ends[0], ends[1] - ends[0]) for label, ends in lines if len(ends) == 2}


def test_the_gradient_is_an_arrow_uphill_made_of_its_two_derivatives():
    picture = drawings.gradient(plane, (1, 2), ["w", "b"], label="SSR", reach=2)
    found = arrows(picture)
    for label, way in {
        "derivative in the w": (0.6, 0), "derivative in the b": (0, -0.8), "gradient: uphill": (0.6, -0.8),
        "against it: a step of the training": (-0.6, 0.8),
    }.items():
        assert np.allclose(found[label], ([1, 2], way)), label
    assert "The derivatives are 3 (w) and -4 (b)" in picture.text
    # A tenth of the arrow has the length 0.1, and the slope along it is 5.
    assert picture.text.endswith("A little along it the SSR is 0.5, where it was 0; against it, -0.5.")


def test_a_large_gradient_has_its_arrow_and_heights_that_differ_are_said_to():
    picture = drawings.gradient(lambda across, up: 3e200 * across - 4e200 * up, (0, 0), ["w", "b"], reach=2)
    assert np.allclose(arrows(picture)["gradient: uphill"], ([0, 0], (0.6, -0.8)))
    # The slope along it is 5e200, and a tenth of it is 0.1 long.
    assert picture.text.endswith("is 5e+199, where it was 0; against it, -5e+199.")
    picture = drawings.gradient(lambda across, up: 1e9 + across, (0, 0), ["w", "b"])
    assert picture.text.endswith("is 1000000000.05, where it was 1000000000; against it, 999999999.95.")


def test_a_step_whose_height_differs_in_late_digits_is_said_with_them():
    # The slope of the bowl at (1.5, 0.6) has the length of (3, 2.4).
    down = 2.97 - 1e-6 * np.hypot(3, 2.4)
    text = drawings.downhill([180], step=1e-6).text
    assert f"at 0 degrees the height falls to {down:.6f};" in text and "rises to 2.970004." in text


def test_a_flat_place_has_a_gradient_without_length():
    picture = drawings.gradient(lambda across, up: 7.0, (0, 0), ["w", "b"])
    assert not any(way.any() for _, way in arrows(picture).values()) and "0 (w) and 0 (b)" in picture.text


@pytest.mark.parametrize("angle, word", [(10, "falls"), (-60, "falls"), (85, "falls"), (95, "rises"), (180, "rises")])
def test_below_90_degrees_a_small_step_goes_down_and_above_it_up(angle, word):
    picture = drawings.downhill([angle], step=0.01)
    assert f"; at {angle} degrees the height {word} to" in picture.text
    (start, down), (_, way) = arrows(picture).values()
    # The gradient of across² + 2 up² is (2 across, 4 up).
    assert np.allclose(down / np.linalg.norm(down), -start * [2, 4] / np.linalg.norm(start * [2, 4]))
    cosine = down @ way / (np.linalg.norm(down) * np.linalg.norm(way))
    assert np.degrees(np.arccos(cosine)) == pytest.approx(abs(angle))


def test_a_step_too_short_for_any_digit_leaves_the_height_where_it_is():
    # At (1.5, 0.6) the bowl x^2 + 2 y^2 is 2.97.
    assert drawings.downhill([60], step=1e-20).text.endswith(
        "After a step of length 1e-20 at 0 degrees the height stays at 2.97; at 60 degrees the height stays at 2.97."
    )


def test_there_are_as_many_steps_downhill_as_kinds_of_lines():
    steps = drawings.downhill(range(10, 9 + len(LINES))).figure.axes[0].get_legend().get_texts()
    assert len(steps) >= len(LINES)


def test_the_half_plane_downhill_is_shaded():
    picture = drawings.downhill([60, 120])
    (ax,) = picture.figure.axes
    (shade,) = ax.patches
    ends = {label: start + way for label, (start, way) in arrows(picture).items()}
    inside = {label: shade.get_path().contains_point(end) for label, end in ends.items()}
    assert inside == {"straight down": True, "60° from straight down": True, "120° from straight down": False}
    # A rim would be one more line.
    assert shade.get_linewidth() == 0


def test_the_text_of_errors_says_from_which_step_on_they_are_below_the_limit_and_whether_they_rise_again():
    curves = {
        "good": [1e-1, 1e-7, 1e-9], "V": [1e-1, 1e-7, 1e-2], "bad": [1e-1, 1e-2, 1e-3], "last": [1e-1, 1e-7, 1e-6],
    }
    twice = drawings.errors([0.1, 0.01, 0.001, 1e-4], {"W": [1e-7, 1e-2, 1e-3, 1e-9]}, limit=1e-6)
    assert twice.text.endswith("from the step 0.1 on below 1e-06 and above it again at 0.001.")
    picture = drawings.errors([0.1, 0.01, 0.001], curves, limit=1e-6)
    good, v, bad, at_the_limit = picture.text.removesuffix(".").split(". ")
    assert good == "The error of the good difference is 0.1 at the step 0.1, from the step 0.01 on below 1e-06"
    assert v.endswith("from the step 0.01 on below 1e-06 and above it again at the shortest")
    assert bad.endswith("never below 1e-06") and at_the_limit.endswith("from the step 0.01 on below 1e-06")
    (ax,) = picture.figure.axes
    assert ax.get_xscale() == ax.get_yscale() == "log" and ax.xaxis_inverted()


@pytest.mark.parametrize("make, sentence", [
    (lambda: drawings.errors([0.1, 0.1], {"a": [1, 2]}, 1e-6), "steps must fall from the longest to the shortest, got"),
    (lambda: drawings.errors([1, 0.1], {"a": [1]}, 1e-6), "curves must have an error for each of the 2 steps, got 1"),
    (lambda: drawings.errors([0.1, 1], {"a": [1, 2]}, 1e-6), "steps must fall from the longest to the shortest, got"),
    (lambda: drawings.downhill(range(10, 10 + len(LINES))), f"angles must have at most {len(LINES) - 1} entries, got "),
    (lambda: drawings.downhill((60, 60)), "angles must be different, and none of them 0"),
    (lambda: drawings.downhill((0, 60)), "angles must be different, and none of them 0"),
    (lambda: drawings.gradient(plane, (1, 2), ["w", "w"]), "names must have different entries, got "),
])
def test_what_would_be_drawn_twice_or_in_another_order_is_refused(make, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        make()


@pytest.mark.parametrize("picture", [
    drawings.gradient(plane, (1, 2), ["w", "b"]), drawings.downhill(),
    drawings.errors([0.1, 0.01], {"central": [1e-2, 1e-4], "one-sided": [1e-1, 1e-2]}, limit=1e-6),
])
def test_lines_of_a_drawing_differ_in_more_than_color(picture):
    (ax,) = picture.figure.axes
    pairs = {(line.get_color(), line.get_linestyle()) for line in ax.lines if len(line.get_xdata()) == 2}
    colors, dashes = map(set, zip(*pairs))
    assert len(colors) == len(dashes) == len(pairs) > 2


@close
def test_the_half_plane_looks_as_it_did():
    figure = drawings.downhill().figure
    (ax,) = figure.axes
    figure.set_layout_engine("none")
    ax.get_legend().remove()
    ax.set_title("", loc="left")
    ax.set(xlabel="", ylabel="", position=[0.1, 0.1, 0.8, 0.8])
    return figure


@pytest.mark.parametrize("picture", [
    lambda: drawings.errors([0.1, 0.01], {"from $5 to $9": [1e-2, 1e-4]}, limit=1e-6),
    lambda: drawings.gradient(plane, (1, 2), ["w", "b"], label="from $5 to $9"),
])
def test_two_dollars_in_a_name_are_two_dollars(picture):
    written = [words for words in picture().figure.findobj(Text) if "$5" in words.get_text()]
    assert written and not any(words.get_parse_math() for words in written)
