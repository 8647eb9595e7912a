"""What a step reads of each record: the values of fields, expressions and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression, ExpressionWriter, F
from etlkit.records import Problem, Record, Unfit
from etlkit.transformations.called import Called


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

Given: TypeAlias = "str | Expression | Callable[[Record], Any]"
"""A field by its name, an expression, or a function of the record."""


@frozen(eq=False)
class Values:
    """Values worked out from one record: expressions first, then what calls functions.

    Attributes:
        given: The expressions and functions, in the order of their values.
    """

    given: tuple[Expression | Callable[[Record], Any], ...]

    def of(self, record: Record) -> list[Any]:
        """The values for a record.

        Raises:
            Unfit: One has no value.
        """
        made = {
            place: one.evaluate(record)
            for place, one in enumerate(self.given)
            if isinstance(one, Expression)
        }
        for place, one in enumerate(self.given):
            if not isinstance(one, Expression):
                made[place] = one(record)
        return [made[place] for place in range(len(self.given))]

    def write(self, code: StepCode) -> list[str]:
        """Add the lines that work them out of ``record``; the texts of the values."""
        writer = ExpressionWriter(code, "record")
        texts = {
            place: writer.value(one.node)
            for place, one in enumerate(self.given)
            if isinstance(one, Expression)
        }
        for place, one in enumerate(self.given):
            if not isinstance(one, Expression):
                texts[place] = f"called_{place}"
                code.line(f"called_{place} = {code.bind('function', one)}(record)")
        return [texts[place] for place in range(len(self.given))]

    def explain(self, error: Exception, record: Record) -> Exception:
        """Why there are no values for a record, in the words of the expression that failed."""
        if isinstance(error, Unfit):
            return error
        for one in self.given:
            if isinstance(one, Expression):
                told = one.explain(error, record)
                if isinstance(told, Unfit):
                    return told
        return error

    @property
    def opaque(self) -> str | None:
        """Where the functions are written, or None where there are none."""
        places = [Called(one).place for one in self.given if not isinstance(one, Expression)]
        return ", ".join(places) or None


def explained_key(
    keys: Iterable[Expression | Callable[[Record], Any]],
    error: Exception,
    record: Record,
    *,
    code: str = "type",
    use: str = "be a key",
) -> Exception:
    """In better words, why a value of a record is no key: such as a list, it has no hash.

    Args:
        keys: How the values are worked out; those of functions are not asked for again.
        error: What was raised for the record.
        record: The record.
        code: Stable word for the reason.
        use: What cannot be done with the value.
    """
    if not isinstance(error, TypeError):
        return error
    for one in keys:
        value = one.evaluate(record) if isinstance(one, Expression) else None
        if isinstance(one, Expression) and not _is_hashable(value):
            words = f"is a {type(value).__name__}, which cannot {use}; make a text or tuple of it"
            told, masked = f"{shown(value)} {words}", f"*** {words}"
            better = Unfit.of(code, (Problem(one.fields()[:1], code, told, masked=masked),))
            better.__cause__ = error
            return better
    return error


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def named_values(by: object, step: str, verb: str) -> dict[str, Expression | Callable[..., Any]]:
    """What users pass as ``by=``: names, and how the value of each is worked out.

    Args:
        by: A field, a list of fields, or a dict of names and expressions or functions.
        step: The step, for messages.
        verb: What it does by them, for messages: ``groups``.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(by, Mapping) and by and all(isinstance(name, str) for name in by):
        return {name: _value(name, one, step) for name, one in by.items()}
    names = [by] if isinstance(by, str | Expression) else by
    if isinstance(names, Iterable) and not isinstance(names, Mapping | bytes):
        fields = [(_name(name), name) for name in names]
        if fields and all(name is not None for name, _ in fields):
            return {str(name): F[str(name)] for name, _ in fields}
    message = (
        f"{step} {verb} by a field, a list of fields, or a dict of names and expressions, "
        f"got {shown(by)}"
    )
    raise ConfigurationError(message)


def step_name(step: str, given: object) -> str | None:
    """What users pass as ``name=``.

    Raises:
        ConfigurationError: It is no text.
    """
    if given is None or isinstance(given, str):
        return given
    message = f"{step}: name is what messages call the step, got {shown(given)}"
    raise ConfigurationError(message)


def _name(given: object) -> str | None:
    """The name of a field that is given by its name or as ``F.name``."""
    if isinstance(given, Expression):
        fields = given.fields()
        return fields[0] if fields and given.same_as(F[fields[0]]) else None
    return given if isinstance(given, str) else None


def _value(name: str, given: object, step: str) -> Expression | Callable[..., Any]:
    if isinstance(given, Expression):
        return given
    if callable(given):
        return given
    hint = f"; did you mean F[{given!r}]?" if isinstance(given, str) else ""
    message = f"{step}: {name!r} needs an expression or a function, got {shown(given)}{hint}"
    raise ConfigurationError(message)
