"""The challenges of lesson 07: each can be met, and what falls short of it is told what is missing."""

import re
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

from nbhelpers import Bench
from nbhelpers.bench import Table
from nbhelpers.bench.positions import CONTROLS, LARGEST, moved, positions
from nbhelpers.exercises import bench as challenges

from .environment import PROJECT

BIASES_STAND_STILL = "all is 0: they are never updated"
SLOPE_LEFT_OUT = "the slope of {activation} is left out"

SPIRAL = Bench(layers=((8, "tanh"),), epochs=2000, schedule="cosine")
BY_HEART = Bench(data="moons", noise=0.3, layers=((16, "tanh"), (16, "tanh")), epochs=2000)
LINE = Bench(data="line", optimizer="sgd", learning_rate=3)
# Two units that say "one at least" and "both", and an output that says "the one and not the other".
BY_HAND = Bench(data="xor", layers=((2, "sigmoid"),), epochs=1, learning_rate=1e-4).but(
    edits=tuple((0, place, value) for place, value in enumerate((10, 6, 10, 6, -5, -9, 10, -10, -5)))
)
LOOSE = Bench(data="moons", noise=0.3, samples=100, layers=((16, "tanh"), (16, "tanh")))
FLOWERS = Bench(
    data="iris", test_share=0.5, layers=((8, "tanh"),), loss="softmax_cross_entropy", epochs=200, optimizer="momentum",
    learning_rate=0.03,
)
RINGS = Bench(
    data="circles", noise=0.05, layers=((4, "tanh"),), optimizer="momentum", learning_rate=0.1, epochs=300, seed=2,
)
DIGITS = Bench(
    data="digits", samples=1797, layers=((16, "tanh"),), loss="softmax_cross_entropy", batch_size=32, epochs=60,
    learning_rate=0.01, schedule="cosine", weight_decay=1e-3,
)

SOLVED = {
    "moons": [Bench(data="moons")],
    "circles": [Bench(data="circles", layers=((3, "tanh"),), learning_rate=0.1)],
    "saved": [LINE, LINE.but(learning_rate=0.1)],
    "by_hand": [BY_HAND],
    "by_heart": [BY_HEART],
    "decay": [LOOSE, LOOSE.but(weight_decay=3e-3)],
    "wrong_and_well": [FLOWERS.but(fault=(2, "biases", BIASES_STAND_STILL))],
    "wrong_wins": [RINGS.but(fault=(2, "slope", SLOPE_LEFT_OUT))],
    "spiral": [SPIRAL],
    "digits": [DIGITS],
}


def said(challenge, *benches):
    lines = [bench.share() if isinstance(bench, Bench) else bench for bench in benches]
    return getattr(challenges, f"check_{challenge}")(*lines)


def test_there_are_ten_challenges_and_each_has_a_solution_here():
    checkers = {name.removeprefix("check_") for name in vars(challenges) if name.startswith("check_")}
    assert checkers - {"gradient"} == SOLVED.keys() and len(SOLVED) == 10


@pytest.mark.parametrize("challenge", [*SOLVED])
def test_a_challenge_can_be_met(challenge):
    verdict = said(challenge, *SOLVED[challenge])
    assert verdict and verdict.message.startswith("Right: "), verdict


@pytest.mark.parametrize("folder", ["", "solutions"])
def test_the_answers_of_the_lesson_are_within_reach_of_its_controls(folder):
    cells = nbformat.read(PROJECT / "notebooks" / folder / "07_playground.ipynb", as_version=4).cells
    answers = re.findall(r"^\w+ = Bench\((?:.|\n)*?\)(?=\n\w)", "\n".join(cell.source for cell in cells), re.MULTILINE)
    assert len(answers) == sum(map(len, SOLVED.values()))
    start = positions(Bench())
    for answer in answers:
        bench = eval(answer.partition(" = ")[2], {"Bench": Bench})
        # Irises have a number of their own.
        moves = {name: value for name, value in positions(bench).items() if name != "samples"}
        assert moved(Bench(), start, moves, None).but(samples=bench.samples, edits=bench.edits) == bench
        assert bench.samples <= CONTROLS["samples"][2] and all(abs(value) <= LARGEST for _, _, value in bench.edits)


def test_a_line_is_pasted_between_the_quotes_of_the_lesson():
    cells = nbformat.read(PROJECT / "notebooks" / "07_playground.ipynb", as_version=4).cells
    calls = [cell.source for cell in cells if cell.source.startswith("challenges.")]
    assert len(calls) == len(SOLVED)
    # Its fault and the name of its column have an apostrophe, as many have.
    table = Table(("the dog's age", "kind"), ((0.5, "x"), (1, "y"), (2, "x"), (3, "y")))
    bench = Bench(data=table, fault=(1, "weights", "the layer's input is left out"))
    heard = SimpleNamespace(**{f"check_{name}": lambda *lines: lines for name in SOLVED})
    for call in calls:
        pasted = re.sub(r"(?<=['\"])(?=['\"])", lambda _: bench.share(), call)
        lines = eval(pasted, {"challenges": heard})
        assert lines and all(Bench.from_share(line) == bench for line in lines), call


@pytest.mark.parametrize("challenge", [*SOLVED])
@pytest.mark.parametrize("line, sentence", [
    (..., "Not answered yet: paste the shared line of a bench."), ("", "Not answered yet: "),
    ("hello", "Not yet: a shared line begins with"), (42, "Not yet: a shared line is a text"),
    (Bench(data="or", loss="ssr").share() + "x", "Not yet: the shared line is damaged"),
])
def test_a_challenge_without_a_readable_line_says_so(challenge, line, sentence):
    lines = [line] * len(SOLVED[challenge])
    assert said(challenge, *lines).message.startswith(sentence) and not said(challenge, *lines)


@pytest.mark.parametrize("challenge, benches, sentence", [
    ("moons", [Bench()], "this challenge is about the data 'moons'"),
    ("moons", [Bench(data="moons", loss="ssr")], "this challenge is measured by the loss mse"),
    ("moons", [Bench(data="moons", epochs=1)], "the test loss is "),
    ("circles", [Bench(data="circles")], "there are more than 3 hidden units"),
    ("circles", [Bench(data="circles", layers=((2, "tanh"),))], "the test loss is "),
    ("circles", [SOLVED["circles"][0].but(edits=((0, 0, 1.0),))], "here no weight may be set by hand"),
    ("saved", [LINE, LINE], "the two benches differ in nothing"),
    ("saved", [LINE, LINE.but(learning_rate=0.1, seed=1)], "the two benches differ in learning rate, seed,"),
    ("saved", [LINE.but(learning_rate=0.1), LINE], "the first bench does not diverge"),
    ("saved", [LINE, LINE.but(learning_rate=4)], "the second bench diverges too"),
    ("saved", [LINE, LINE.but(learning_rate=1e-5)], "the second bench ends at "),
    ("by_hand", [BY_HAND.but(epochs=2)], "nothing is to be learned here"),
    ("by_hand", [BY_HAND.but(edits=())], "no weight is set by hand"),
    ("by_hand", [BY_HAND.but(edits=BY_HAND.edits[:5])], "the test loss is "),
    ("by_heart", [BY_HEART.but(noise=0.1)], "this challenge has a noise of 0.3 at the least"),
    ("by_heart", [BY_HEART.but(epochs=20)], "the training loss is "),
    ("by_heart", [BY_HEART.but(edits=((0, 0, 1.0),))], "here no weight may be set by hand"),
    ("decay", [LOOSE, LOOSE.but(weight_decay=3e-3, seed=3)], "the two benches must differ in the weight decay alone"),
    ("decay", [LOOSE.but(weight_decay=3e-3), LOOSE], "the two benches must differ in the weight decay alone"),
    ("decay", [LOOSE, LOOSE.but(weight_decay=0.5)], "the test loss does not fall"),
    ("wrong_and_well", [FLOWERS], "the gradient is the right one: choose a fault"),
    ("wrong_and_well", [FLOWERS.but(fault=(2, "slope", SLOPE_LEFT_OUT))], "here this fault is none"),
    ("wrong_and_well", [FLOWERS.but(fault=(2, "biases", BIASES_STAND_STILL), epochs=2)], "with the seeds 0, 1 and 2"),
    ("wrong_wins", [RINGS.but(fault=(1, "slope", SLOPE_LEFT_OUT))], "the test loss is "),
    # Behind this loss the last layer is linear, with the slope 1.
    ("wrong_wins", [RINGS.but(loss="sigmoid_cross_entropy", fault=(2, "slope", SLOPE_LEFT_OUT))], "here this fault is"),
    ("wrong_wins", [RINGS.but(fault=(2, "slope", SLOPE_LEFT_OUT), epochs=1)], "the right gradient does not learn here"),
    ("spiral", [Bench()], "there are more than 8 hidden units"),
    ("spiral", [SPIRAL.but(samples=60)], "take 200 samples at the least"),
    ("spiral", [SPIRAL.but(noise=0.0)], "this challenge has a noise of 0.03 at the least"),
    ("spiral", [SPIRAL.but(epochs=30)], "the test losses are "),
    ("digits", [DIGITS.but(layers=((17, "tanh"),))], "there are more than 16 hidden units"),
    ("digits", [DIGITS.but(epochs=1)], "with the seeds 0, 1 and 2 it gets "),
])
def test_what_falls_short_of_a_challenge_is_told_what_is_missing(challenge, benches, sentence):
    verdict = said(challenge, *benches)
    assert not verdict and verdict.message.startswith(f"Not yet: {sentence}"), verdict


@pytest.mark.parametrize("fallen, enough", [(0.68, False), (0.65, True)])
def test_weight_decay_has_to_save_a_third_of_the_test_loss(fallen, enough, monkeypatch):
    ends = {0.0: (0.1, 1.0), 3e-3: (0.2, fallen)}

    def run(bench):
        trained, tested = ends[bench.weight_decay]
        return SimpleNamespace(loss=[trained], test_loss=[tested])

    monkeypatch.setattr(Bench, "run", run)
    verdict = said("decay", *SOLVED["decay"])
    assert bool(verdict) == enough and ("a third less is wanted" in verdict.message) == (not enough)


def test_every_one_of_the_three_seeds_counts(monkeypatch):
    losses = {0: 0.01, 1: 0.2, 2: 0.05}
    monkeypatch.setattr(Bench, "run", lambda bench: SimpleNamespace(test_loss=[1.0, losses[bench.seed]]))
    verdict = said("spiral", SPIRAL)
    assert not verdict and verdict.message.startswith("Not yet: the test losses are 0.01, 0.2, 0.05, and under 0.1 is")
    losses[1] = 0.09
    assert said("spiral", SPIRAL)


@pytest.mark.parametrize("loss, passed", [(0.1, True), (0.1001, False)])
def test_a_wrong_gradient_wins_with_half_the_test_loss_of_the_right_one(monkeypatch, loss, passed):
    monkeypatch.setattr(challenges, "is_wrong", lambda *_: True)
    monkeypatch.setattr(Bench, "run", lambda bench: SimpleNamespace(test_loss=[1.0, loss if bench.fault else 0.2]))
    assert said("wrong_wins", RINGS.but(fault=(1, "slope", SLOPE_LEFT_OUT))).passed == passed


def test_right_answers_are_those_of_the_end():
    answers = {-1: [0, 1, 1, 1], -2: [0, 0, 0, 1]}
    run = SimpleNamespace(
        X_test=None, Y_test=None, truths=lambda Y: np.array([0, 1, 1, 0]),
        answers=lambda X, record: np.array(answers[record]),
    )
    assert challenges.right_answers(run) == 0.75


def test_a_press_on_the_stop_button_while_a_checker_trains_is_a_sentence(monkeypatch):
    def run(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Bench, "run", run)
    assert said("moons", Bench(data="moons")).message == "Not yet: stopped before the training had come to its end."


def ends(loss, test_loss=(1.0, 1.0), stopped="epochs"):
    return SimpleNamespace(loss=np.array(loss), test_loss=np.array(test_loss), stopped=stopped)


@pytest.mark.parametrize("run, words", [
    (ends([1.0, 0.02]), "the training loss is 0.02: some samples"),
    (ends([1.0, 0.005], [1.0, 0.05]), "the test loss is 0.05: it has learned the moons"),
    (ends([1.0, 0.005], [1.0, 0.2]), "Right: it knows the samples by heart"),
])
def test_known_by_heart_is_what_is_low_in_training_and_high_in_the_test(monkeypatch, run, words):
    monkeypatch.setattr(Bench, "run", lambda self: run)
    verdict = challenges.check_by_heart(BY_HEART.share())
    assert words in verdict.message and verdict.passed == words.startswith("Right")


@pytest.mark.parametrize("last, passed", [(0.39, True), (0.41, False)])
def test_a_training_is_saved_that_ends_below_a_tenth_of_its_start(monkeypatch, last, passed):
    lost, saved = ends([4.0, np.inf], stopped="diverged"), ends([4.0, last])
    monkeypatch.setattr(Bench, "run", lambda self: lost if self.learning_rate == 3 else saved)
    verdict = challenges.check_saved(LINE.share(), LINE.but(learning_rate=0.1).share())
    assert verdict.passed == passed and ("a tenth of 4, its start, is wanted" in verdict.message) != passed
