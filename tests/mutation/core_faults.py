"""Faults planted in our own code: every small change of a function that a test ought to notice.

Only what decides is changed. Docstrings, annotations, assertions, decorators, the arguments of an
exception that is raised and sentences for people (texts with a space or in Chinese) stay as they
are; so does what runs at import: constants, defaults of arguments and of dataclasses.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_REASONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
Node = TypeVar("Node", bound=ast.AST)
_NAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPOUND = (ast.If, ast.While, ast.For, ast.With, ast.Try, ast.Match, *_FUNCTIONS)


@dataclass(frozen=True)
class Fault:
    """One change of one function.

    function: as Python calls it, `Class.method`. change: what was, an arrow, what is; told apart
    by a number where a function has the same twice. lines: the first and the last line of the
    statement that is changed. plant: makes the change in the syntax tree of the module.
    """

    module: str
    function: str
    change: str
    lines: tuple[int, int]
    plant: Callable[[], None]

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is known by in the list of survivors, whatever line it has come to stand on."""
        return self.module, self.function, self.change


@dataclass(frozen=True)
class _Place:
    """Where a node hangs, so that another can be put there."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class Source:
    """The syntax tree of a module, and every fault that can be planted in it."""

    module: str
    path: Path
    tree: ast.Module

    @classmethod
    def read(cls, module: str, path: Path) -> Source:
        """Read a module's file."""
        return cls(module, path, ast.parse(path.read_text(encoding="utf-8")))

    def faults(self) -> list[Fault]:
        """Return every fault, in the order of the file."""
        found: list[Fault] = []
        seen: dict[tuple[str, str], int] = {}
        for name, function in functions(self.tree):
            for lines, change, plant in _in_function(function):
                number = seen[name, change] = seen.get((name, change), 0) + 1
                told = change if number == 1 else f"{change} #{number}"
                found.append(Fault(self.module, name, told, lines, plant))
        return found


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Return the functions of a module and the methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not _is_protocol(node):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


Change = tuple[tuple[int, int], str, Callable[[], None]]


def _in_function(function: ast.FunctionDef) -> Iterator[Change]:
    for index, statement in enumerate(function.body):
        yield from _in(statement, _Place(function, "body", index), (0, 0))


def _in(node: ast.AST, place: _Place, lines: tuple[int, int]) -> Iterator[Change]:
    """Return the changes of a node and of everything below it."""
    if isinstance(node, ast.Assert) or _is_wording(node):
        return
    if isinstance(node, ast.stmt):
        lines = _lines(node)
    for after in _changed(node, place):
        yield lines, _told(node, after), _planting(place, after)
    if isinstance(node, ast.Raise):
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "args") and isinstance(
            node, (ast.AnnAssign, *_FUNCTIONS, ast.Lambda, ast.arg)
        ):
            continue
        for index, inner in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(inner, ast.AST) and not _is_type_of_cast(node, field, index):
                spot = _Place(node, field, index if isinstance(value, list) else None)
                yield from _in(inner, spot, lines)


def _planting(place: _Place, after: ast.AST) -> Callable[[], None]:
    return lambda: place.put(after)


def _lines(node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement; of one that has others inside, those of its head."""
    last = node.end_lineno or node.lineno
    if isinstance(node, _COMPOUND):
        body = node.cases if isinstance(node, ast.Match) else node.body
        first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
        last = max(node.lineno, first.lineno - 1)
    return node.lineno, last


def _is_wording(node: ast.AST) -> bool:
    """Whether it is a sentence for people, or a docstring."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _is_sentence(node.value)
    return isinstance(node, ast.JoinedStr) and any(map(_is_wording, node.values))


def _is_sentence(text: str) -> bool:
    return " " in text or any(ord(letter) > 0x2E7F for letter in text)


def _is_type_of_cast(node: ast.AST, field: str, index: int) -> bool:
    return isinstance(node, ast.Call) and _called(node) == "cast" and (field, index) == ("args", 0)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _told(node: ast.AST, after: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(after, ast.Call):
        (left_out,) = {each.arg for each in node.keywords} - {each.arg for each in after.keywords}
        return f"{ast.unparse(node.func)}(…, {left_out}=…) → {ast.unparse(node.func)}(…)"
    return f"{_text(node)} → {_text(after)}"


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.comprehension):
        return " ".join(f"if {ast.unparse(each)}" for each in node.ifs) or "every one"
    if isinstance(node, _COMPOUND):
        node = _head(node)
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 120 else text[:80] + " … " + text[-36:]


def _head(node: ast.stmt) -> ast.AST:
    if isinstance(node, (ast.If, ast.While)):
        return ast.Expr(ast.Name("if " + ast.unparse(node.test)))
    return node


def _changed(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    """Return what may stand in the place of a node."""
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    elif isinstance(node, ast.comprehension):
        if node.ifs:
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
    elif isinstance(node, ast.expr):
        yield from _expressions(node, place)


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise():
            yield _at(node, ast.Pass())
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield _at(node, ast.Return(_at(value, ast.Constant(None))))
        case ast.Assign(value=value) if not _is_none(value):
            yield _at(node, ast.Assign(node.targets, _at(value, ast.Constant(None))))
        case ast.AnnAssign(value=ast.expr() as value) if not _is_none(value):
            nothing = _at(value, ast.Constant(None))
            yield _at(node, ast.AnnAssign(node.target, node.annotation, nothing, node.simple))
        case ast.AugAssign():
            yield _at(node, ast.Assign([node.target], node.value))
            swapped = _REASONED.get(type(node.op))
            if swapped is not None:
                yield _at(node, ast.AugAssign(node.target, swapped(), node.value))
        case ast.If() | ast.While() if _is_plain(node.test):
            yield _at(node, type(node)(_negated(node.test), node.body, node.orelse))
        case ast.Break():
            yield _at(node, ast.Continue())
        case ast.Continue():
            yield _at(node, ast.Break())
        case _:
            return


def _expressions(node: ast.expr, place: _Place) -> Iterator[ast.expr]:
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                ops = [*node.ops]
                ops[number] = _COMPARED[type(operator)]()
                yield _at(node, ast.Compare(node.left, ops, node.comparators))
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _at(node, ast.BoolOp(other, node.values))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _REASONED:
            yield _at(node, ast.BinOp(node.left, _REASONED[type(node.op)](), node.right))
        case ast.IfExp() if _is_plain(node.test):
            yield _at(node, ast.IfExp(_negated(node.test), node.body, node.orelse))
        case ast.Constant():
            yield from _constants(node)
        case ast.Name(id="min" | "max" | "any" | "all") if place.field == "func":
            yield _at(node, ast.Name(_NAMED[node.id], ast.Load()))
        case ast.Call():
            for number, keyword in enumerate(node.keywords):
                if keyword.arg is not None:
                    rest = [*node.keywords[:number], *node.keywords[number + 1 :]]
                    yield _at(node, ast.Call(node.func, node.args, rest))
        case _:
            return


def _constants(node: ast.Constant) -> Iterator[ast.expr]:
    value = node.value
    if isinstance(value, bool):
        yield _at(node, ast.Constant(not value))
    elif isinstance(value, int):
        yield _at(node, ast.Constant(value + 1))
    elif isinstance(value, (str, bytes)):
        mark = "XX" if isinstance(value, str) else b"XX"
        yield _at(node, ast.Constant(mark + value + mark))  # type: ignore[operator]  # both alike


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_plain(test: ast.expr) -> bool:
    """Whether a condition has nothing in it that is changed anyway."""
    return not isinstance(test, (ast.Compare, ast.BoolOp)) and not (
        isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    )


def _negated(test: ast.expr) -> ast.expr:
    return _at(test, ast.UnaryOp(ast.Not(), test))


def _at(old: ast.AST, new: Node) -> Node:
    """Return a new node, standing where the old one stood."""
    return ast.fix_missing_locations(ast.copy_location(new, old))
