"""Expressions: what users write, with operators and functions, about the fields of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from etlkit._codegen import Code
from etlkit._words import shown
from etlkit.expressions.called_fields import not_called
from etlkit.expressions.data import from_data, to_data
from etlkit.expressions.evaluating import evaluate, explained, holds
from etlkit.expressions.failures import label_of
from etlkit.expressions.namespaces import Functions, no_function
from etlkit.expressions.nodes import (
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
    checked,
)
from etlkit.expressions.operands import cast_type, constants, node_of, operand
from etlkit.expressions.places import mistake, refuse
from etlkit.expressions.printing import whole
from etlkit.expressions.writing import ExpressionWriter, KernelCode
from etlkit.records import Record


class Expression(Functions["Expression"]):
    """A value worked out from a record: a field, a constant, or what is made of them.

    Expressions are values: nothing happens until one is evaluated. Operators make new
    expressions, also ``==``, so two of them are compared by :meth:`same_as`.

    Example:
        >>> from etlkit import F
        >>> total = F.price * F.n
        >>> total.evaluate({"price": 2.5, "n": 4})
        10.0
        >>> (total > 5) & F.state.is_in(["CA", "NY"])
        (F.price * F.n > 5) & F.state.is_in(['CA', 'NY'])
    """

    __slots__ = ("node",)

    node: Node

    def __init__(self, node: Node) -> None:
        object.__setattr__(self, "node", checked(node))

    @property
    def _first(self) -> Node:
        return self.node

    def _made(self, node: Node) -> Expression:
        return Expression(node)

    # -- arithmetic

    def __add__(self, other: object) -> Expression:
        return self._calculated("+", other)

    def __radd__(self, other: object) -> Expression:
        return self._calculated("+", other, swapped=True)

    def __sub__(self, other: object) -> Expression:
        return self._calculated("-", other)

    def __rsub__(self, other: object) -> Expression:
        return self._calculated("-", other, swapped=True)

    def __mul__(self, other: object) -> Expression:
        return self._calculated("*", other)

    def __rmul__(self, other: object) -> Expression:
        return self._calculated("*", other, swapped=True)

    def __truediv__(self, other: object) -> Expression:
        return self._calculated("/", other)

    def __rtruediv__(self, other: object) -> Expression:
        return self._calculated("/", other, swapped=True)

    def __floordiv__(self, other: object) -> Expression:
        return self._calculated("//", other)

    def __rfloordiv__(self, other: object) -> Expression:
        return self._calculated("//", other, swapped=True)

    def __mod__(self, other: object) -> Expression:
        return self._calculated("%", other)

    def __rmod__(self, other: object) -> Expression:
        return self._calculated("%", other, swapped=True)

    def __pow__(self, other: object) -> Expression:
        return self._calculated("**", other)

    def __rpow__(self, other: object) -> Expression:
        return self._calculated("**", other, swapped=True)

    def __neg__(self) -> Expression:
        return Expression(Negation(self.node))

    def __abs__(self) -> Expression:
        return self.abs()

    def __round__(self, digits: int = 0) -> Expression:
        return self.round(digits)

    def _calculated(self, operator: str, other: object, *, swapped: bool = False) -> Expression:
        left, right = self.node, operand(other, operator)
        if swapped:
            left, right = right, left
        for node in (left, right):
            if isinstance(node, Literal) and isinstance(node.value, str):
                joins = "; concat(...) joins texts" if operator == "+" else ""
                refuse(f"{operator} takes numbers, got {shown(node.value)}{joins}")
        if isinstance(left, Operation) and left.operator == operator != "**":
            return Expression(Operation(operator, (*left.values, right)))
        return Expression(Operation(operator, (left, right)))

    # -- comparisons and logic

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]  # it makes a claim
        return Expression(Comparison("==", self.node, operand(other, "==")))

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]  # it makes a claim
        return Expression(Comparison("!=", self.node, operand(other, "!=")))

    def __lt__(self, other: object) -> Expression:
        return Expression(Comparison("<", self.node, operand(other, "<")))

    def __le__(self, other: object) -> Expression:
        return Expression(Comparison("<=", self.node, operand(other, "<=")))

    def __gt__(self, other: object) -> Expression:
        return Expression(Comparison(">", self.node, operand(other, ">")))

    def __ge__(self, other: object) -> Expression:
        return Expression(Comparison(">=", self.node, operand(other, ">=")))

    def __and__(self, other: object) -> Expression:
        return self._joined("&", other)

    def __rand__(self, other: object) -> Expression:
        return self._joined("&", other, swapped=True)

    def __or__(self, other: object) -> Expression:
        return self._joined("|", other)

    def __ror__(self, other: object) -> Expression:
        return self._joined("|", other, swapped=True)

    def __invert__(self) -> Expression:
        return Expression(Not(self.node))

    def _joined(self, operator: str, other: object, *, swapped: bool = False) -> Expression:
        left, right = self.node, operand(other, operator)
        if swapped:
            left, right = right, left
        for claim in (left, right):
            if isinstance(claim, Literal) and not isinstance(claim.value, bool | None):
                words = f"{operator} joins claims, and {shown(claim.value)} is none"
                hint = f"put each comparison in parentheses: (F.a > 1) {operator} (F.b < 2)"
                refuse(f"{words}; {hint}")
        if isinstance(left, Logic) and left.operator == operator:
            return Expression(Logic(operator, (*left.claims, right)))
        return Expression(Logic(operator, (left, right)))

    def between(self, low: object, high: object) -> Expression:
        """Whether the value is neither below ``low`` nor above ``high``."""
        return (self >= low) & (self <= high)

    def is_in(self, values: Iterable[object]) -> Expression:
        """Whether the value equals one of these constants; None if it is None."""
        return Expression(IsIn(self.node, constants(values)))

    # -- None and missing fields

    def is_null(self) -> Expression:
        """Whether there is no value: never None itself."""
        return Expression(IsNull(self.node))

    def is_not_null(self) -> Expression:
        """Whether there is a value: never None itself."""
        return Expression(Not(IsNull(self.node)))

    def fill_null(self, value: object) -> Expression:
        """The value, or another one where it is None."""
        return Expression(Coalesce((self.node, operand(value, "fill_null"))))

    def default(self, value: object) -> Expression:
        """The field, or another value where the record does not have the field.

        A field that is there and None stays None.
        """
        if not isinstance(self.node, Field | Item):
            words = "only fields have a default, such as F.name.default(None)"
            refuse(f"{words}, got {self!r}")
        return Expression(Default(self.node, node_of(value)))

    def __getitem__(self, key: object) -> Expression:
        if not isinstance(key, str | int) or isinstance(key, bool):
            words = "in brackets stand the name of a nested field or a place in a list"
            parts = (
                "; .str.slice(...) and .list.slice(...) give parts"
                if isinstance(key, slice)
                else ""
            )
            refuse(f"{words}, got {shown(key)}{parts}")
        return Expression(Item(self.node, key))

    # -- types and functions

    def cast(self, type: type | str, *, strict: bool = True) -> Expression:  # noqa: A002 -- the field's word
        """The value as another type; what would lose something fails, or gives None.

        Args:
            type: ``int``, ``float``, ``str``, ``bool``, ``Decimal``, ``date``,
                ``datetime``, ``time``, ``UUID``, or the name of one.
            strict: Fail where there is no such value; otherwise it is None.
        """
        return Expression(Cast(self.node, cast_type(type), bool(strict)))

    if not TYPE_CHECKING:  # so that checkers know which functions there are

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # as copy and pickle ask for, before there is a node
                raise AttributeError(name)
            raise no_function(type(self), "", name, repr(self))

        _refuses_calls = True  # see etlkit._functions

        def __call__(self, *given: object, **_: object) -> NoReturn:
            """Refuse what other tools write."""
            name = self.fields()[0] if isinstance(self.node, Field) else ""
            raise not_called(repr(self), name, given[0] if given else None)

    # -- what an expression is asked for

    def evaluate(self, record: Record) -> Any:
        """The value for a record, worked out step by step.

        Raises:
            Unfit: There is none; the message says why.
        """
        return evaluate(self.node, record)

    def holds(self, record: Record) -> bool:
        """Whether it is true of a record, and neither false nor None.

        Raises:
            Unfit: There is no value, or it is no bool.
        """
        return holds(self.node, record)

    def function(self) -> Callable[[Record], Any]:
        """A compiled function of the record that gives the same values and errors."""
        code = Code()
        with code.block("def expression(record):"):
            with code.block("try:"):
                code.line(f"return {self.write(code, 'record')}")
            with code.block("except Exception as error:"):
                code.line(f"raise {code.bind('explain', self.explain)}(error, record)")
        return code.function("expression")

    def write(self, code: KernelCode, record: str) -> str:
        """Add lines that compute the value, and give the text that stands for it.

        What the lines raise is put into words by :meth:`explain`. For several expressions
        of one record use one :class:`ExpressionWriter`, which computes what they share once.

        Args:
            code: A kernel or function in the making.
            record: The variable of the record, which is not changed.
        """
        return ExpressionWriter(code, record).value(self.node)

    def write_condition(self, code: KernelCode, record: str) -> str:
        """As ``write``; the text is true where :meth:`holds` is."""
        return ExpressionWriter(code, record).claim(self.node)

    def explain(self, error: Exception, record: Record) -> Exception:
        """What is wrong with the record for which the compiled form raised ``error``."""
        return explained(self.node, error, record)

    def same_as(self, other: object) -> bool:
        """Whether the other is an equal expression."""
        return isinstance(other, Expression) and self.node == other.node

    def fields(self) -> tuple[str, ...]:
        """The names of the fields that it reads, in order."""
        return tuple(
            dict.fromkeys(node.name for node in self.node.walk() if isinstance(node, Field))
        )

    def to_dict(self) -> Any:
        """The expression as plain data for JSON and YAML; a constant is itself."""
        return to_data(self.node)

    @classmethod
    def from_dict(cls, data: object) -> Expression:
        """The expression of what ``to_dict`` gave.

        Raises:
            ExpressionError: It is something else.

        Example:
            >>> Expression.from_dict({">": [{"field": "amount"}, 100]})
            F.amount > 100
        """
        return Expression(from_data(data))

    @property
    def label(self) -> str:
        """The text, cut short where it is long."""
        return label_of(self.node)

    def __repr__(self) -> str:
        return whole(self.node)

    # -- what Python does with values, and cannot do with these

    def __bool__(self) -> bool:
        words = (
            f"{self!r} is true or false for a record only: write & for and, | for or, ~ for not, "
            ".is_in([...]) for in, .between(1, 5) for 1 <= x <= 5, when(...).then(...) for if, "
            "least(...) and greatest(...) for min and max, and put comparisons in parentheses: "
            "(F.a > 1) & (F.b < 2)"
        )
        raise mistake(words)

    def __hash__(self) -> int:
        words = (
            "an expression is no key of a dict or set, for == makes a new expression; use "
            f"repr(...), or compare by .same_as(...): {self!r}"
        )
        raise mistake(words)

    def __iter__(self) -> NoReturn:
        refuse(
            f"{self!r} has no values to iterate over before there is a record; Explode makes "
            "records of a list"
        )

    def __contains__(self, value: object) -> bool:
        words = "write F.x.is_in([...]) for in, .str.contains(...) or .list.contains(...) for"
        refuse(f"{words} {shown(value)} in {self!r}")

    def __len__(self) -> int:
        words = f"write .str.length() or .list.length() for len({self!r})"
        raise mistake(words)

    def __format__(self, spec: str) -> str:
        words = "an expression in a text would be its name and not its value"
        refuse(f"{words}; write concat(F.first, ' ', F.last): {self!r}")

    def __int__(self) -> int:
        refuse(f"write .cast(int) for int({self!r})")

    def __float__(self) -> float:
        refuse(f"write .cast(float) for float({self!r})")
