"""The single faults that `python -m tests.mutants` plants in the package: what each one changes, and where."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or,
    ast.Or: ast.And,
}
RENAMED = dict(
    min="max", max="min", any="all", all="any", minimum="maximum", maximum="minimum", argmin="argmax", argmax="argmin",
    sum="mean", mean="sum", zeros="ones", ones="zeros", zeros_like="ones_like", ones_like="zeros_like",
)
# What gives the same whichever way round its first two arguments are.
SYMMETRIC = {
    *RENAMED, "add", "multiply", "allclose", "array_equal", "logaddexp", "hypot", "fmax", "fmin", "clip", "swapaxes",
}
# The words of a message and the types of a signature are no behavior that a test of ours should hold on to.
LEFT_ALONE = (ast.JoinedStr, ast.Import, ast.ImportFrom)


class Mutant(NamedTuple):
    """One fault: in `module`, at `line`, the text `before` becomes `after`; `source` is the module with it."""

    module: str
    line: int
    text: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What names this fault in the list of equivalent ones: no number of a line, as lines move."""
        return f"{self.module} | {self.text} | {self.before} -> {self.after}"


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every fault that can be planted in the module's `source`, in the order of its lines."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    starts = [sum(map(len, lines[:row])) for row in range(len(lines) + 1)]
    code = source.encode()
    for node in _behavior(ast.parse(source)):
        begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        before, text = code[begin:end].decode(), lines[node.lineno - 1].decode().strip()
        for after in _faults(node):
            changed = (code[:begin] + after.encode() + code[end:]).decode()
            if changed != source:
                yield Mutant(module, node.lineno, text, " ".join(before.split()), after, changed)


def _behavior(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes under `node` that have a place in the source, but for messages, docstrings and annotations."""
    if isinstance(node, LEFT_ALONE) or _is_left_alone(node):
        return
    if hasattr(node, "lineno"):
        yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns") and not isinstance(node, ast.Raise):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _behavior(child)


def _is_left_alone(node: ast.AST) -> bool:
    """Whether `node` is an example that a checker tries, or never run: by types alone, or in a browser's Python."""
    match node:
        case ast.keyword(arg="cases") | ast.If(test=ast.Name("TYPE_CHECKING")):
            return True
        case ast.Raise(exc=ast.Name("NotImplementedError")):
            return True
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return "browser" in name.lower()
        case ast.Call(func=ast.Attribute(attr="array"), args=[ast.List()]):
            return True
    return False


def _faults(node: ast.AST) -> Iterator[str]:
    """What may stand in the place of `node`."""
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.Compare(ops=[op]) if type(op) in SWAPPED:
            # An operator is kept in a list by a comparison alone.
            other = SWAPPED[type(op)]()
            yield _like(node, **{"ops": [other]} if isinstance(node, ast.Compare) else {"op": other})
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield _like(operand)
        case ast.Constant(value=bool(value)):
            yield repr(not value)
        # Of the largest floats one more is the same.
        case ast.Constant(value=int(value) | float(value)) if value + 1 != value:
            yield repr(value + 1)
        case ast.Name(id=name, ctx=ast.Load()) if name in RENAMED:
            yield RENAMED[name]
        case ast.Attribute(attr=name) if name in RENAMED:
            yield _like(node, attr=RENAMED[name])
        case ast.Call(func=function, args=[first, second, *rest]) if not isinstance(first, ast.Starred):
            if ast.unparse(function).rpartition(".")[2] in SYMMETRIC or ast.dump(first) == ast.dump(second):
                return
            yield _like(node, args=[second, first, *rest])
        case ast.IfExp(body=body, orelse=orelse):
            yield _like(node, body=orelse, orelse=body)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Break() | ast.Continue():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.Return(value=ast.AST()):
            yield "return None"


def _like(node: ast.AST, **changes: object) -> str:
    """The text of `node` with `changes`, in brackets where it has parts."""
    fields = dict(ast.iter_fields(node)) | changes
    text = ast.unparse(type(node)(**fields))
    return text if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Constant)) else f"({text})"
