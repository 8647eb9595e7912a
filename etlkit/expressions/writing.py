"""Expressions as lines of generated code, to run inside a kernel or a function of their own.

The lines raise where the evaluator does; what they raise is put into words by it later.
Each operand that may be None gets a variable, a part that comes twice is computed once, and
what a user wrote is bound, never part of the text.
"""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import reduce, singledispatchmethod
from typing import Protocol

from attrs import frozen

from etlkit.expressions.bounds import GREATEST, power
from etlkit.expressions.calling import MISSING, calling, element, reaching
from etlkit.expressions.casting import cast
from etlkit.expressions.nodes import (
    Call,
    Case,
    Cast,
    Coalesce,
    Comparison,
    Default,
    Field,
    IsIn,
    IsNull,
    Item,
    Literal,
    Logic,
    Negation,
    Node,
    Not,
    Operation,
)
from etlkit.expressions.registry import BOOL, NUMBER, WHOLE


class KernelCode(Protocol):
    """Lines in the making, of a kernel or of a function."""

    def bind(self, hint: str, value: object) -> str:
        """A name for a value; values never enter the text."""

    def line(self, *texts: str) -> None:
        """Add lines."""

    def block(self, header: str) -> AbstractContextManager[None]:
        """The lines added inside stand one level below ``header``."""


@frozen
class Written:
    """A value in the text.

    Attributes:
        text: A variable, or a bound constant.
        nullable: It may be None.
        whole: It is a whole number, or a bool, wherever it is not None.
        number: It is a number.
        claim: It is True, False or None.
    """

    text: str
    nullable: bool = True
    whole: bool = False
    number: bool = False
    claim: bool = False


class ExpressionWriter:
    """Writes expressions about one record, which does not change while it writes.

    Args:
        code: Where the lines go.
        record: The variable of the record.
    """

    def __init__(self, code: KernelCode, record: str = "record") -> None:
        self._code = code
        self._record = record
        self._known: list[dict[Node, Written]] = [{}]

    def value(self, node: Node) -> str:
        """Lines that compute a node, and the text of its value."""
        return self._value(node).text

    def claim(self, node: Node) -> str:
        """Lines that compute a claim, and a text that is as true as the claim.

        The lines raise where the value is neither True, False nor None.
        """
        return self._claim(node).text

    def _value(self, node: Node) -> Written:
        for known in reversed(self._known):
            if node in known:
                return known[node]
        written = self._write(node)
        self._known[-1][node] = written
        return written

    def _claim(self, node: Node) -> Written:
        written = self._value(node)
        if written.claim:
            return written
        text = written.text
        with self._code.block(
            f"if {text} is not True and {text} is not False and {text} is not None:"
        ):
            self._raise("type", TypeError)
        return Written(text, claim=True)

    # -- lines

    def _new(self, hint: str = "value") -> str:
        """A variable of no other expression in the kernel."""
        return self._code.bind(hint, object())

    def _set(self, text: str, hint: str = "value") -> str:
        name = self._new(hint)
        self._code.line(f"{name} = {text}")
        return name

    def _raise(self, hint: str, kind: type[Exception]) -> None:
        self._code.line(f"raise {self._code.bind(hint, kind)}")

    @contextmanager
    def _maybe(self, header: str) -> Iterator[None]:
        """A block; what is computed in it is not known to be computed after it."""
        self._known.append({})
        with self._code.block(header):
            yield
        self._known.pop()

    def _strict(self, text: str, *operands: Written, **traits: bool) -> Written:
        """The value of a text that is None if one of its operands is."""
        none = self._none(*operands)
        return Written(
            self._set(f"None if {none} else {text}" if none else text),
            nullable=bool(none),
            **traits,
        )

    def _none(self, *operands: Written) -> str:
        """The condition that one of the operands is None; empty where none can be."""
        texts = dict.fromkeys(one.text for one in operands if one.nullable)
        return " or ".join(f"{text} is None" for text in texts)

    def _check_finite(self, text: str, *, nullable: bool = False) -> None:
        """Raise for NaN, an infinity, or what is no number: minus itself it is not zero."""
        guard = f"{text} is not None and " if nullable else ""
        with self._code.block(f"if {guard}{text} - {text}:"):
            self._raise("arithmetic", ArithmeticError)

    # -- nodes

    @singledispatchmethod
    def _write(self, node: Node) -> Written:
        raise TypeError(node)

    @_write.register
    def _(self, node: Field) -> Written:
        key = self._code.bind("field", sys.intern(node.name))
        return Written(self._set(f"{self._record}[{key}]", "field"))

    @_write.register
    def _(self, node: Literal) -> Written:
        value = node.value
        whole, number = isinstance(value, int), isinstance(value, int | float)
        claim = value is None or isinstance(value, bool)
        text = self._code.bind("constant", value)
        return Written(text, nullable=value is None, whole=whole, number=number, claim=claim)

    @_write.register
    def _(self, node: Item) -> Written:
        held = self._value(node.of)
        key = self._code.bind("key", node.key)
        if isinstance(node.key, int):
            taken = self._code.bind("element", element)
            return Written(self._strict(f"{taken}({held.text}, {key})", held).text)
        return Written(self._strict(f"{held.text}[{key}]", held).text)

    @_write.register
    def _(self, node: Default) -> Written:
        if isinstance(node.of, Field) and isinstance(node.value, Literal):
            key = self._code.bind("field", sys.intern(node.of.name))
            value = self._value(node.value).text
            return Written(self._set(f"{self._record}.get({key}, {value})"))
        reach = self._code.bind("reach", reaching(node.of))
        result = self._set(f"{reach}({self._record})")
        with self._maybe(f"if {result} is {self._code.bind('missing', MISSING)}:"):
            self._code.line(f"{result} = {self._value(node.value).text}")
        return Written(result)

    @_write.register
    def _(self, node: Operation) -> Written:
        values = [self._value(one) for one in node.values]
        whole = all(one.whole for one in values) and node.operator not in {"/", "**"}
        none = self._none(*values)
        result = self._new()
        if none:
            self._code.line(f"if {none}: {result} = None")
        with self._code.block("else:") if none else nullcontext():
            self._arithmetic(result, node, values)
            if not whole:
                self._check_finite(result)
        return Written(result, nullable=bool(none), whole=whole, number=True)

    def _arithmetic(self, result: str, node: Operation, values: list[Written]) -> None:
        """Lines that refuse what is no number, and calculate.

        Without them Python would repeat a text as often as a product says, or take it for
        a template. Only numbers, dates and durations can be taken from themselves.
        """
        operator, texts = node.operator, [one.text for one in values]
        unsure = values[:1] if operator == "%" else []
        if operator == "*" and (node.values[2:] or not any(map(_is_small, node.values))):
            unsure = values
        sure = [f"{one.text} - {one.text}" for one in unsure if not one.number]
        self._code.line(*dict.fromkeys(sure))
        if operator == "**":
            called = self._code.bind("power", power)
            text = reduce(lambda left, right: f"{called}({left}, {right})", texts)
            self._code.line(f"{result} = {text}")
        elif operator == "*":
            self._multiply(result, texts)
        else:
            self._code.line(f"{result} = {f' {operator} '.join(texts)}")

    def _multiply(self, result: str, texts: list[str]) -> None:
        """Lines for a product, which stop before it is a number that takes time."""
        least, most = self._code.bind("least", -GREATEST), self._code.bind("greatest", GREATEST)
        left = texts[0]
        for right in texts[1:]:
            self._code.line(f"{result} = {left} * {right}")
            left = result
            with self._code.block(
                f"if {result}.__class__ is int and not {least} < {result} < {most}:"
            ):
                self._raise("arithmetic", ArithmeticError)

    @_write.register
    def _(self, node: Negation) -> Written:
        value = self._value(node.of)
        return self._strict(f"-{value.text}", value, whole=value.whole, number=value.number)

    @_write.register
    def _(self, node: Comparison) -> Written:
        left, right = self._value(node.left), self._value(node.right)
        return self._strict(f"{left.text} {node.operator} {right.text}", left, right, claim=True)

    @_write.register
    def _(self, node: Logic) -> Written:
        decided = node.operator == "|"
        first, *others = node.claims
        written = self._claim(first)
        result = self._set(written.text, "claim")
        nullable = written.nullable
        for claim in others:
            with self._maybe(f"if {result} is not {decided}:"):
                other = self._claim(claim)
                guard = f"if {result} is {not decided} or {other.text} is {decided}: "
                self._code.line(f"{guard if nullable else ''}{result} = {other.text}")
                nullable = nullable or other.nullable
        return Written(result, nullable=nullable, whole=True, claim=True)

    @_write.register
    def _(self, node: Not) -> Written:
        value = self._claim(node.of)
        return self._strict(f"not {value.text}", value, claim=True)

    @_write.register
    def _(self, node: IsNull) -> Written:
        value = self._value(node.of)
        return Written(self._set(f"{value.text} is None"), nullable=False, claim=True)

    @_write.register
    def _(self, node: IsIn) -> Written:
        value = self._value(node.of)
        constants = self._code.bind("constants", frozenset(node.values))
        return self._strict(f"{value.text} in {constants}", value, claim=True)

    @_write.register
    def _(self, node: Coalesce) -> Written:
        first, *others = node.values
        written = self._value(first)
        result = self._set(written.text, "filled")
        every = [written]
        for one in others:
            with self._maybe(f"if {result} is None:"):
                written = self._value(one)
                self._code.line(f"{result} = {written.text}")
            every.append(written)
        return _either(result, every, nullable=all(one.nullable for one in every))

    @_write.register
    def _(self, node: Case) -> Written:
        result, decided = self._new("chosen"), self._new("decided")
        every: list[Written] = []
        for number, (condition, value) in enumerate(node.branches):
            if number == 0:
                self._code.line(f"{decided} = {self._claim(condition).text}")
            else:
                with self._maybe(f"if not {decided}:"):
                    self._code.line(f"{decided} = {self._claim(condition).text}")
                    with self._maybe(f"if {decided}:"):
                        every.append(self._value(value))
                        self._code.line(f"{result} = {every[-1].text}")
                continue
            with self._maybe(f"if {decided}:"):
                every.append(self._value(value))
                self._code.line(f"{result} = {every[-1].text}")
        with self._maybe(f"if not {decided}:"):
            every.append(self._value(node.otherwise))
            self._code.line(f"{result} = {every[-1].text}")
        return _either(result, every, nullable=any(one.nullable for one in every))

    @_write.register
    def _(self, node: Cast) -> Written:
        value = self._value(node.of)
        function, kind = self._code.bind("cast", cast), self._code.bind("type", node.type)
        text = f"{function}({value.text}, {kind}, strict={bool(node.strict)})"
        whole, claim = node.type in {int, bool}, node.type is bool
        number = node.type in {int, bool, float}
        written = self._strict(text, value, whole=whole, claim=claim, number=number)
        nullable = written.nullable or not node.strict
        return Written(written.text, nullable=nullable, whole=whole, number=number, claim=claim)

    @_write.register
    def _(self, node: Call) -> Written:
        values = [self._value(one) for one in node.values]
        function = node.function
        whole, claim = function.gives is WHOLE, function.gives is BOOL
        if function.nulls == "handle":
            text = self._called(node, values)
            return Written(self._set(text), nullable=not claim, whole=whole, claim=claim)
        if function.inline is not None and _has_constants(node):
            result, nullable = self._inlined(node, function.inline, values), values[0].nullable
            written = Written(result, nullable=nullable, whole=whole, claim=claim)
        else:
            written = self._strict(self._called(node, values), *values, whole=whole, claim=claim)
        if function.optional:
            written = Written(written.text, whole=whole, claim=claim)
        if function.gives is NUMBER:
            self._check_finite(written.text, nullable=written.nullable)
        return written

    def _called(self, node: Call, values: list[Written]) -> str:
        """The text of a call: that of the template, where there is one and it fits."""
        template = node.function.template
        if template is None or not all(isinstance(one, Literal) for one in node.values[1:]):
            texts = ", ".join(one.text for one in values)
            return f"{self._code.bind('call', calling(node))}({texts})"
        return self._filled(template, node, values)

    def _inlined(self, node: Call, inline: str, values: list[Written]) -> str:
        """Lines that do without a call for the usual type; the variable of the result."""
        result, first = self._new(), values[0]
        kind = self._code.bind("type", node.function.takes[0].types[0])
        text = self._filled(inline, node, values)
        self._code.line(f"if {first.text}.__class__ is {kind}: {result} = {text}")
        if first.nullable:
            self._code.line(f"elif {first.text} is None: {result} = None")
        self._code.line(f"else: {result} = {self._called(node, values)}")
        return result

    def _filled(self, template: str, node: Call, values: list[Written]) -> str:
        used = {**node.function.uses, **node.function.defaults, **dict(node.options)}
        names = {name: self._code.bind(name, value) for name, value in used.items()}
        return template.format(*[one.text for one in values], **names)


def _has_constants(node: Call) -> bool:
    """Whether all operands but the first are constants, and none of them is None."""
    return all(isinstance(one, Literal) and one.value is not None for one in node.values[1:])


def _is_small(node: Node) -> bool:
    """Whether it is a constant that repeats a text a few times at most, or not at all."""
    value = node.value if isinstance(node, Literal) else None
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= _FEW)


_FEW = 16


def _either(text: str, every: list[Written], *, nullable: bool) -> Written:
    """What is known of a value that is one of several."""
    return Written(
        text,
        nullable=nullable,
        whole=all(one.whole for one in every),
        number=all(one.number for one in every),
        claim=all(one.claim for one in every),
    )
