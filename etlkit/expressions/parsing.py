"""Expressions written as text, for pipelines in YAML: read by ``ast``, and never evaluated.

The text is Python's grammar, of which each kind of node is translated by itself or refused:
what is not listed here has no meaning. Names are fields.
"""

from __future__ import annotations

import ast
import re
import tokenize

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from etlkit._words import did_you_mean, shown
from etlkit.errors import ExpressionError
from etlkit.expressions import building
from etlkit.expressions.expression import Expression
from etlkit.expressions.namespaces import ELSEWHERE, SPACES, Functions, names_of
from etlkit.expressions.places import mistake, without_place
from etlkit.expressions.sql_words import sql_hint


MOST_CHARACTERS = 10_000
MOST_NODES = 2_000
DEEPEST = 100

_FREE: dict[str, Callable[..., Any]] = {
    "coalesce": building.coalesce,
    "concat": building.concat,
    "greatest": building.greatest,
    "least": building.least,
    "list_of": building.list_of,
    "lit": building.lit,
    "when": building.when,
}

_SPACES = {space.word: frozenset(names_of(space)) - {"word"} for space in SPACES}
_METHODS = (frozenset(names_of(Functions)) - frozenset(_SPACES)) | {
    "between",
    "cast",
    "default",
    "fill_null",
    "is_in",
    "is_not_null",
    "is_null",
}
_CASES = {"then": building.When, "when": building.Then, "otherwise": building.Then}

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: lambda left, right: left**right,
    ast.BitAnd: lambda left, right: left & right,
    ast.BitOr: lambda left, right: left | right,
}

_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}


def parse_expression(text: object) -> Expression:
    """The expression that a text stands for; nothing in it is run.

    Names are fields, ``and``, ``or``, ``not``, ``in`` and ``is None`` may be used, and what
    ``repr`` of an expression says is understood too.

    Raises:
        ExpressionError: The text has anything else; the message says where.

    Example:
        >>> parse_expression("amount > 100 and state in ['CA', 'NY']")
        (F.amount > 100) & F.state.is_in(['CA', 'NY'])
    """
    if not isinstance(text, str):
        message = f"parse_expression takes a text, got {shown(text)}"
        raise mistake(message)
    if len(text) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS} characters, got {len(text)}"
        raise mistake(message)
    tree = _parsed(text)
    _check_size(tree, text)
    translator = _Translator()
    try:
        return translator.expression(tree)
    except ExpressionError as error:
        raise _at(text, translator.place(text), without_place(error)) from None


def _parsed(text: str) -> ast.expr:
    """The tree of a text.

    Raises:
        ExpressionError: It is none.
    """
    joined = _one_line(text.strip())
    if "\\" in joined:
        _check_escapes(text, joined)
    try:
        return ast.parse(joined, mode="eval").body
    except SyntaxError as error:
        place = _place(text, error.lineno, error.offset) if error.offset else len(text) + 1
        raise _at(text, place, f"{error.msg}{sql_hint(text, place)}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        message = f"{shown(text)} is no expression: {error}"
        raise mistake(message) from None


def _check_escapes(text: str, joined: str) -> None:
    """Refuse what Python would warn of: a pattern as it is often written in YAML."""
    for token in _tokens(joined):
        quoted = token.string if token.type == tokenize.STRING else ""
        found = None if "r" in quoted[:2].lower() else _NO_ESCAPE.search(quoted)
        if found is not None:
            words = f"{found[1]} has no meaning in a text; for a pattern write r before the quotes"
            line, column = token.start
            raise _at(text, _place(text, line, column + found.start(1) + 1), words)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    lines = iter(text.splitlines(keepends=True))
    with suppress(tokenize.TokenError, SyntaxError):  # what is no Python is refused by ast
        yield from tokenize.generate_tokens(lambda: next(lines, ""))


_NO_ESCAPE = re.compile(r"""(?<!\\)(?:\\\\)*(\\[^\\'"\nabfnrtvx0-7NuU])""")


def _place(text: str, line: int | None, character: int | None) -> int:
    """The character of a text, from 1, at a place in the lines that were parsed."""
    lines = _one_line(text.strip()).splitlines(keepends=True)
    before = sum(map(len, lines[: (line or 1) - 1]))
    return len(text) - len(text.lstrip()) + before + (character or 1)


def _at(text: str, character: int, words: str) -> ExpressionError:
    return mistake(f"{shown(text)}, character {character}: {words}")


def _behind(name: str) -> str:
    """What to write for a function that stands behind its value here."""
    name = ELSEWHERE.get(name.lower(), name.lower())
    calls = [f".{space}.{name}(...)" for space, known in _SPACES.items() if name in known]
    if name in _METHODS:
        calls.insert(0, f".{name}(...)")
    return f"; write {' or '.join(calls)} behind the value" if calls else ""


def _one_line(text: str) -> str:
    """The text with its lines joined, as in YAML, unless that would change what it says."""
    if any(mark in text for mark in ("#", '"""', "'''", "\\\n")):
        return text
    return text.replace("\n", " ")


def _check_size(tree: ast.AST, text: str) -> None:
    level, depth, nodes = [tree], 0, 0
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        if depth > DEEPEST or nodes > MOST_NODES:
            message = (
                f"{shown(text)} is nested more than {DEEPEST} levels deep, or has more than "
                f"{MOST_NODES} parts"
            )
            raise mistake(message)
        level = [inner for one in level for inner in ast.iter_child_nodes(one)]


class _Translator:
    """Makes expressions of the nodes of a text; a method for each of ``_KINDS``."""

    def __init__(self) -> None:
        self._node: ast.AST | None = None

    def place(self, text: str) -> int:
        """The character of the text that it was at when it stopped."""
        line = getattr(self._node, "lineno", 1)
        lines = _one_line(text.strip()).splitlines()
        before = lines[line - 1].encode()[: getattr(self._node, "col_offset", 0)]
        return _place(text, line, len(before.decode(errors="ignore")) + 1)

    def expression(self, node: ast.expr) -> Expression:
        """The expression of a node; of a constant too."""
        made = self._made(node)
        return made if isinstance(made, Expression) else building.lit(self._whole(made, node))

    def _whole(self, made: Any, node: ast.expr) -> Any:
        if isinstance(made, building.When):
            self._refuse(node, "after when(...) comes .then(...)")
        return made

    def _refuse(self, node: ast.AST, words: str) -> NoReturn:
        self._node = node
        raise mistake(words)

    def _made(self, node: ast.expr) -> Any:
        """An expression, or a constant where it may be an option."""
        if type(node) not in _KINDS:
            self._refuse(node, f"{_named(node)} has no meaning in an expression")
        read: Callable[[Any], Any] = getattr(self, f"_{type(node).__name__.lower()}")
        outer, self._node = self._node, node
        made = read(node)
        self._node = outer
        return made

    def _constant(self, node: ast.Constant) -> Any:
        if node.value is not None and not isinstance(node.value, bool | int | float | str):
            self._refuse(node, f"{shown(node.value)} is no constant of expressions")
        return node.value

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> list[Any]:
        return [self._whole(self._made(one), one) for one in node.elts]

    _tuple = _set = _list

    def _name(self, node: ast.Name) -> Expression:
        if node.id == "F":
            self._refuse(node, "F stands before a field, such as F.amount")
        return building.F[node.id]

    def _attribute(self, node: ast.Attribute) -> Expression:
        name = node.attr
        if not isinstance(node.value, ast.Name) or node.value.id != "F":
            words = f".{name} is no field: write outer[{name!r}] for what is nested"
            self._refuse(node, f"{words}, and .{name}() for a function")
        return building.F[name]

    def _subscript(self, node: ast.Subscript) -> Expression:
        key = self._made(node.slice)
        if not isinstance(key, str | int) or isinstance(key, bool):
            self._refuse(node.slice, "in brackets stand a name or a place in a list")
        if isinstance(node.value, ast.Name) and node.value.id == "F":
            if isinstance(key, int):
                self._refuse(node.slice, f"a field has a text as its name, got {key}")
            return building.F[key]
        return self.expression(node.value)[key]

    def _binop(self, node: ast.BinOp) -> Expression:
        combine = _BINARY.get(type(node.op))
        if combine is None:
            self._refuse(node, f"{_named(node.op)} has no meaning in an expression")
        made: Expression = combine(self.expression(node.left), self._right(node.right))
        return made

    def _right(self, node: ast.expr) -> Any:
        """A right operand, where a bare None is refused in words."""
        made = self._whole(self._made(node), node)
        if isinstance(made, list):
            self._refuse(node, "a list is no operand here")
        return made

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.USub):
            made = self._made(node.operand)
            if isinstance(made, int | float) and not isinstance(made, bool):
                return -made
            return -self.expression(node.operand)
        if isinstance(node.op, ast.UAdd):
            self._refuse(node, "+ before a value has no meaning in an expression")
        return ~self.expression(node.operand)

    def _boolop(self, node: ast.BoolOp) -> Expression:
        first, *others = node.values
        made = self.expression(first)
        for one in others:
            claim = self._right(one)
            made = made & claim if isinstance(node.op, ast.And) else made | claim
        return made

    def _compare(self, node: ast.Compare) -> Expression:
        every: list[Expression] = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            every.append(self._compared(operator, left, right))
            left = right
        made = every[0]
        for one in every[1:]:
            made = made & one
        return made

    def _compared(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> Expression:
        first = self.expression(left)
        if isinstance(operator, ast.Is | ast.IsNot):
            if not isinstance(right, ast.Constant) or right.value is not None:
                self._refuse(right, "only None comes after 'is'; write == for equal values")
            return first.is_null() if isinstance(operator, ast.Is) else first.is_not_null()
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple | ast.Set):
                hint = "write .str.contains(...) or .list.contains(...) for a part of a value"
                self._refuse(right, f"after 'in' comes a list of constants; {hint}")
            found = first.is_in(self._list(right))
            return ~found if isinstance(operator, ast.NotIn) else found
        made: Expression = _COMPARED[type(operator)](first, self._right(right))
        return made

    def _ifexp(self, node: ast.IfExp) -> Expression:
        then = building.when(self._whole(self._made(node.test), node.test)).then(
            self._whole(self._made(node.body), node.body)
        )
        return then.otherwise(self._whole(self._made(node.orelse), node.orelse))

    def _call(self, node: ast.Call) -> Any:
        function = self._function(node.func)
        arguments = [self._argument(node, number) for number in range(len(node.args))]
        named: dict[str, Any] = {}
        for one in node.keywords:
            if one.arg is None:
                self._refuse(one.value, "** has no meaning in an expression")
            named[one.arg] = self._whole(self._made(one.value), one.value)
        try:
            return function(*arguments, **named)
        except TypeError as error:  # too many or too few for a method that is no registered one
            raise mistake(str(error)) from None

    def _argument(self, node: ast.Call, number: int) -> Any:
        given = node.args[number]
        casts = isinstance(node.func, ast.Attribute) and node.func.attr == "cast"
        if casts and number == 0 and isinstance(given, ast.Name):
            return given.id
        return self._whole(self._made(given), given)

    def _function(self, node: ast.expr) -> Callable[..., Any]:
        if isinstance(node, ast.Name):
            if node.id in _FREE:
                return _FREE[node.id]
            near = did_you_mean(node.id, _FREE) or _behind(node.id)
            self._refuse(node, f"there is no function {node.id!r}{near}")
        if not isinstance(node, ast.Attribute):
            self._refuse(node, "only functions of expressions are called")
        name, inner = node.attr, node.value
        if name in _CASES:
            before = self._made(inner)
            if isinstance(before, _CASES[name]):
                method: Callable[..., Any] = getattr(before, name)
                return method
        if self._is_space(inner):
            return self._method(node, self.expression(inner.value), inner.attr)  # type: ignore[attr-defined]  # it is an Attribute
        return self._method(node, self.expression(inner), "")

    def _is_space(self, node: ast.expr) -> bool:
        """Whether it is such as ``name.str``, and not the field ``F.str``."""
        if not isinstance(node, ast.Attribute) or node.attr not in _SPACES:
            return False
        return not (isinstance(node.value, ast.Name) and node.value.id == "F")

    def _method(self, node: ast.Attribute, of: Expression, space: str) -> Callable[..., Any]:
        if node.attr.startswith("_"):
            self._refuse(node, f"there is no function .{node.attr}")
        known = _SPACES[space] if space else _METHODS
        owner = getattr(of, space) if space else of
        if node.attr not in known and hasattr(type(owner), node.attr):
            self._refuse(node, f".{node.attr} is no function of a record's values")
        method: Callable[..., Any] = getattr(owner, node.attr)  # an unknown one raises in words
        return method


_KINDS = {
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.Constant,
    ast.IfExp,
    ast.List,
    ast.Name,
    ast.Set,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
}


def _named(node: ast.AST) -> str:
    word = type(node).__name__
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"
