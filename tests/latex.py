"""A small reader of LaTeX: it evaluates the displayed formulas of the lessons at given numbers.

Names stand for what a dictionary says: a number, an array, a function, or a range, which makes a letter an index. An
index picks from the first axes of an array; other subscripts belong to the name, so `W_{1,ik}` is W_1[i, k]. A
derivative is a name too: `\\frac{\\partial E}{\\partial v_{jk}}` is dE/dv[j, k]. The product of matrices is theirs.
"""

import itertools
import re

import numpy as np

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[a-zA-Z]|\S")
SPACES = {r"\,", r"\;", r"\!", r"\:", "\\ ", r"\left", r"\right", r"\big", r"\Big", r"\bigl", r"\bigr", r"\Bigl",
          r"\Bigr"}
COMPARED = {">": np.greater, "<": np.less, r"\le": np.less_equal, r"\ne": np.not_equal, "=": np.equal}
ENDS = {"+", "-", ",", ")", "]", "}", "&", r"\\", r"\end", ".", ";", r"\approx", r"\leftarrow", *COMPARED}
RELATIONS = {"=", r"\approx", r"\leftarrow"}
FONTS = {r"\mathrm", r"\text", r"\operatorname", r"\mathit"}
KNOWN = {"e": np.e, "log": np.log, "exp": np.exp, "diag": np.diag}


class Disagreement(ValueError):
    """A part of an equation that says two things."""


def equations(text):
    """The equations of a displayed formula, a list of tokens each; text between them is left out."""
    tokens, depth, found = [t for t in TOKEN.findall(text) if t not in SPACES], 0, [[]]
    position = 0
    while position < len(tokens):
        token = tokens[position]
        depth += {"{": 1, "(": 1, r"\begin": 1, "}": -1, ")": -1, r"\end": -1}.get(token, 0)
        if depth == 0 and token in (r"\quad", r"\qquad", ","):
            found.append([])
        elif depth == 0 and token == r"\text" and (position == 0 or tokens[position - 1] != "_"):
            position = closing(tokens, position + 1)
        else:
            found[-1].append(token)
        position += 1
    return [tokens for tokens in found if RELATIONS & {*tokens}]


def closing(tokens, opening):
    """Where the brace that opens at `opening` is closed."""
    depth = 0
    for position in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[position], 0)
        if depth == 0:
            return position
    raise SyntaxError(f"a brace is not closed in {' '.join(tokens)}")


def holds(tokens, names, tolerance=1e-9):
    """Whether all sides of an equation are equal, for all values of its free indices."""
    free = sorted({t for t in subscripts(tokens) if isinstance(names.get(t), range)} - bound(tokens))
    loose = 1e-5 if r"\approx" in tokens else tolerance
    for values in itertools.product(*(names[index] for index in free)):
        try:
            with np.errstate(all="ignore"):
                first, *others = Reader(tokens, names, dict(zip(free, values))).sides()
        except Disagreement:
            return False
        if not all(np.shape(first) == np.shape(o) and np.allclose(first, o, rtol=loose, atol=loose) for o in others):
            return False
    return True


def after(tokens, names):
    """The names as they are after an equation: an arrow has given a new value to one of them."""
    name = tokens[0]
    return names | ({name: names[f"{name}'"]} if tokens[1] == r"\leftarrow" else {})


def subscripts(tokens):
    for position, token in enumerate(tokens[:-1]):
        if token == "_":
            yield from tokens[position + 1 : closing(tokens, position + 1)] or tokens[position + 1]


def bound(tokens):
    """The indices that a sum runs over."""
    below = [tokens[position + 2 :] for position, token in enumerate(tokens) if token == r"\sum"]
    return {t[1] if t[0] == "{" else t[0] for t in below}


class Reader:
    """Reads an equation from left to right, and computes as it goes."""

    def __init__(self, tokens, names, indices):
        self.tokens, self.names, self.indices, self.position = tokens, KNOWN | names, indices, 0

    @property
    def next(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, expected=None):
        token = self.next
        if not token or (expected and token != expected):
            raise SyntaxError(f"expected {expected or 'more'} at {self.position} in {' '.join(self.tokens)}")
        self.position += 1
        return token

    def sides(self):
        # What an arrow gives a new value to is looked up with a dash.
        arrow = r"\leftarrow" in self.tokens
        values = [self.name("'")] if arrow else [self.sum()]
        while self.next in RELATIONS:
            self.take()
            values.append(self.sum())
        if self.next not in ("", ".", ";"):
            raise SyntaxError(f"{self.next} is not understood in {' '.join(self.tokens)}")
        return values

    def sum(self):
        value = self.product()
        while self.next in ("+", "-"):
            value = value + (self.product() if self.take() == "+" else -self.product())
        return value

    def product(self):
        sign = 1
        while self.next in ("+", "-"):
            sign = -sign if self.take() == "-" else sign
        value = sign * self.power()
        while self.next and self.next not in ENDS:
            operator = self.take() if self.next in (r"\cdot", r"\odot", r"\times", "/") else ""
            other = self.power()
            if operator == "/":
                value = value / other
            elif operator != r"\odot" and 0 < min(axes := (np.ndim(value), np.ndim(other))) and sum(axes) > 2:
                value = np.tensordot(value, other, axes=1)
            else:
                value = value * other
        return value

    def power(self):
        value = self.atom()
        while callable(value) and self.next == "(":
            value = value(*self.arguments())
        while self.next == "^":
            self.take()
            if self.exponent() in ("T", r"\top", r"\mathrm T"):
                value = np.transpose(value)
            else:
                value = value ** self.group()
        return value

    def exponent(self):
        """The exponent where it is a sign for transposing, and then it is taken."""
        start = self.position
        end = closing(self.tokens, start) if self.next == "{" else start
        text = " ".join(t for t in self.tokens[start : end + 1] if t not in ("{", "}"))
        if text in ("T", r"\top", r"\mathrm T"):
            self.position = end + 1
        return text

    def arguments(self):
        self.take("(")
        values = [self.sum()]
        while self.next == ",":
            self.take()
            values.append(self.sum())
        self.take(")")
        return values

    def group(self):
        """What stands in braces, or a single token."""
        if self.next != "{":
            token = self.next
            # \frac12 is one half.
            if token.isdigit() and len(token) > 1:
                self.tokens = [*self.tokens[: self.position], *token, *self.tokens[self.position + 1 :]]
            return self.atom(alone=True)
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self, alone=False):
        token = self.next
        if token in ("(", "["):
            self.take()
            value = self.sum()
            self.take({"(": ")", "[": "]"}[token])
            return value
        if token == "{":
            return self.group()
        if re.match(r"\d", token):
            return float(self.take())
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return self.fraction()
        if token == r"\sqrt":
            self.take()
            return np.sqrt(self.group())
        if token == r"\underbrace":
            return self.underbrace()
        if token == r"\sum":
            return self.summed()
        if token == r"\begin":
            return self.cases()
        return self.name(alone=alone)

    def fraction(self):
        self.take()
        if self.tokens[self.position : self.position + 2] == ["{", r"\partial"]:
            above = self.partial(braces=True)
            return self.looked_up(above, self.partial(braces=True))
        return self.group() / self.group()

    def partial(self, braces=False):
        """`\\partial` and a name: the name and its indices."""
        if braces:
            self.take("{")
        self.take(r"\partial")
        read = self.read_name()
        if braces:
            self.take("}")
        return read

    def looked_up(self, above, below):
        indices = list(dict.fromkeys([*above[1], *below[1]]))
        return self.value(f"d{above[0]}/d{below[0]}", indices)

    def underbrace(self):
        """What stands above the brace; what stands below it has to be the same, where its names have values."""
        self.take()
        value = self.group()
        self.take("_")
        start, end = self.position, closing(self.tokens, self.position)
        try:
            below = self.group()
        except KeyError:
            below = value
        if np.shape(below) != np.shape(value) or not np.allclose(below, value):
            raise Disagreement(f"below the brace stands another value: {' '.join(self.tokens[start : end + 1])}")
        self.position = end + 1
        return value

    def summed(self):
        self.take()
        self.take("_")
        if {self.next, *self.tokens[self.position + 1 : self.position + 2]} & FONTS:
            # A sum over the rows.
            self.position = closing(self.tokens, self.position + (self.next in FONTS)) + 1
            return np.sum(self.product(), axis=0)
        index = self.take("{") and self.take() if self.next == "{" else self.take()
        if self.next == "}":
            self.take()
        start, total, outer = self.position, 0.0, self.indices
        for value in self.names[index]:
            self.position, self.indices = start, {**outer, index: value}
            total = total + self.product()
        self.indices = outer
        return total

    def cases(self):
        for token in (r"\begin", "{", *"cases", "}"):
            self.take(token)
        values = []
        while self.next != r"\end":
            value = self.sum()
            self.take("&")
            if self.next in FONTS:
                self.word()
            left = self.sum()
            values.append((COMPARED[self.take()](left, self.sum()), value))
            if self.next == r"\\":
                self.take()
        for token in (r"\end", "{", *"cases", "}"):
            self.take(token)
        if not np.all(np.sum([condition for condition, _ in values], axis=0) == 1):
            raise Disagreement(f"not one of the cases holds, or more than one: {' '.join(self.tokens)}")
        return np.select(*zip(*values))[()]

    def word(self):
        self.take()
        if self.next != "{":
            return self.take()
        self.take("{")
        letters = []
        while self.next != "}":
            letters.append(self.take())
        self.take("}")
        return "".join(letters)

    def name(self, dash="", alone=False):
        if self.next == r"\partial":
            above = self.partial()
            self.take("/")
            return self.looked_up(above, self.partial())
        name, indices = self.read_name(alone)
        return self.value(name + dash, indices)

    def read_name(self, alone=False):
        token = self.next
        if token in FONTS:
            name = self.word()
        elif token in (r"\hat", r"\bar", r"\tilde"):
            accent, name = self.take()[1:], ""
            name = f"{accent} {self.word() if self.next in FONTS else self.read_name(alone=True)[0]}"
        else:
            name = self.take().lstrip("\\")
        if not re.match(r"[a-zA-Z]", name):
            raise SyntaxError(f"{name} is not a name, in {' '.join(self.tokens)}")
        indices, more = [], ""
        if self.next == "_" and not alone:
            self.take()
            if self.next in FONTS:
                parts = [self.word()]
            elif self.next == "{":
                end = closing(self.tokens, self.position)
                parts, self.position = self.tokens[self.position + 1 : end], end + 1
            else:
                parts = [self.take()]
            for part in parts:
                if part in self.indices:
                    indices.append(part)
                elif part not in (",", "{", "}", r"\text", r"\mathrm"):
                    more += part
        return (f"{name}_{more}" if more else name), [*indices]

    def value(self, name, indices):
        if name in self.indices and not indices:
            return self.indices[name]
        # The sums z_j of one layer and z_k of the next are two arrays.
        own = f"{name}_{''.join(indices)}"
        name = own if own in self.names else name
        if name not in self.names:
            raise KeyError(f"{name} has no value; the names are {', '.join(map(str, self.names))}")
        value = self.names[name]
        return value[tuple(self.indices[index] for index in indices)] if indices else value
