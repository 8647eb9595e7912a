"""What the built-in verbs share: arguments that are data, and words for what is missing."""

from __future__ import annotations

import keyword

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from attrs import NOTHING, fields

from etlkit._words import missing_field, shown
from etlkit.errors import ConfigurationError
from etlkit.expressions import Expression
from etlkit.records import Problem, Unfit
from etlkit.transformations.called import Called
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.transformations.step import StepCode

Missing: TypeAlias = Literal["error", "ignore"]
"""What a verb does about a record without one of its fields."""

MISSING: tuple[str, ...] = ("error", "ignore")

MISSING_HINT = "; missing='ignore' lets records without it pass"

SHOWN = 80
"""Characters of a verb that messages, counts and plans show."""


class Verb(RecordStep):
    """A record-wise step whose arguments are data: it has a text and a dict form.

    Attributes:
        takes: The argument that comes first, which may be written without its name.
        spread: How it is written: ``one`` value, ``many`` values, or ``named`` values.
        secret: An argument that never becomes data; empty where there is none.
        example: How it is written where it has named values, for messages.
        expression: An argument that is an expression, which as data is a text.
        expressions: An argument that is a dict of them.
        sees: What it looks at to do its work, as the reference says it.
        makes: What comes out of that.
        counts_as: Where that is in the accounting of a run: ``filtered``, ``produced``, ...
    """

    __attrs_attrs__: ClassVar[Any]
    takes: ClassVar[str]
    spread: ClassVar[Literal["one", "many", "named"]] = "one"
    secret: ClassVar[str] = ""
    example: ClassVar[str] = ""
    expression: ClassVar[str] = ""
    expressions: ClassVar[str] = ""
    sees: ClassVar[str] = "one record"
    makes: ClassVar[str] = "one record"
    counts_as: ClassVar[str] = "nothing: it stays one record"

    @property
    def releases(self) -> bool:  # type: ignore[override]  # it depends on the arguments
        """Unless it calls a function of the user."""
        return self.opaque is None

    @property
    def label(self) -> str:
        """The verb as it is written, cut short where it is long."""
        text = repr(self)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    @classmethod
    def _usage(cls, given: Sequence[object], named: Mapping[str, object], /) -> str:
        return f"; write {cls.example}" if cls.example else super()._usage(given, named)

    def settings(self) -> dict[str, Any]:
        """The arguments by name, without those that are as they are by default."""
        found = {}
        for each in fields(type(self)):
            value = getattr(self, each.name)
            usual = each.default is not NOTHING and _alike(value, each.default)
            if each.init and not usual:
                found[each.name] = value
        return found

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Verb:
        """The verb of arguments by name."""
        more = dict(settings)
        make: Callable[..., Verb] = cls
        if cls.takes not in more:
            return make(**more)
        first = more.pop(cls.takes)
        if cls.spread == "many" and not isinstance(first, (list, tuple)):
            message = f"{cls.__name__}: {cls.takes} is a list of names, got {shown(first)}"
            raise ConfigurationError(message)
        return make(*first, **more) if cls.spread == "many" else make(first, **more)

    def __repr__(self) -> str:
        more = self.settings()
        parts = [] if self.takes not in more else self._first(more.pop(self.takes), more)
        parts += [f"{name}={_written(value)}" for name, value in more.items()]
        return f"{type(self).__name__}({', '.join(parts)})"

    def _first(self, given: Any, more: Mapping[str, Any]) -> list[str]:
        if self.spread == "many":
            return [_written(one) for one in given]
        if self.spread == "named" and isinstance(given, Mapping) and not more:
            options = {each.name for each in fields(type(self))} - {self.takes}
            if all(_is_keyword_name(name) and name not in options for name in given):
                return [f"{name}={_written(one)}" for name, one in given.items()]
        return [_written(given)]


def _is_keyword_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _alike(value: object, default: object) -> bool:
    if isinstance(value, Expression) or isinstance(default, Expression):
        return False
    return value is default or (value.__class__ is default.__class__ and value == default)


def _written(value: object) -> str:
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_written(one)}' for key, one in value.items())}}}"
    if callable(value) and not isinstance(value, Expression):
        return Called(value).name
    return repr(value)


def comparable(value: Any) -> Any:
    """What makes two arguments equal, since ``==`` of expressions makes another expression."""
    if isinstance(value, Expression):
        return value.node
    if isinstance(value, Mapping):
        return tuple((comparable(key), comparable(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return value.__class__, tuple(map(comparable, value))
    return value.__class__, value


def missing(name: str, record: Record, hint: str = MISSING_HINT) -> Unfit:
    """The refusal of a record that does not have a field."""
    problem = Problem((), "missing_field", f"{missing_field(name, record)}{hint}")
    return Unfit.of("missing_field", (problem,))


def clash(name: str) -> Unfit:
    """The refusal of a record that has a field of a new name already."""
    message = f"the record has a field {name!r} already; Drop it first, or choose another name"
    return Unfit("name_clash", message)


def expected_field(
    names: Iterable[str], error: Exception, record: Record, hint: str = MISSING_HINT
) -> Exception:
    """In better words, what a record was refused for that does not have all of these fields."""
    if isinstance(error, KeyError):
        for name in names:
            if name not in record:
                better = missing(name, record, hint)
                better.__cause__ = error
                return better
    return error


def explained(
    works: Iterable[Callable[[Record], object]], error: Exception, record: Record
) -> Exception:
    """In better words, what a record was refused for by the lines of expressions.

    Args:
        works: What the expressions are asked for, in the order of the lines.
        error: What the lines raised.
        record: The record.
    """
    if isinstance(error, Unfit):
        return error
    for work in works:
        try:
            work(record)
        except Unfit as better:
            better.__cause__ = better.__cause__ or error
            return better
    return error


def variable(code: StepCode, hint: str) -> str:
    """A variable that no other line of the kernel has."""
    return code.bind(hint, object())


def write_call(
    code: StepCode, result: str, function: Callable[..., Any], refuse: Callable[[], None]
) -> None:
    """Lines that ask a function of the record, which has no more or fewer fields afterwards.

    Args:
        code: The kernel.
        result: The variable for what it returns.
        function: The function.
        refuse: Raises the refusal of a record that it has changed.
    """
    size = variable(code, "size")
    code.line(f"{size} = len(record)", f"{result} = {code.bind('function', function)}(record)")
    code.line(f"if len(record) != {size}: {code.bind('refuse', refuse)}()")


def changed(words: str, function: Any) -> Unfit:
    """The refusal of a record that was changed by a function which should only look at it."""
    called = Called(function)
    where = "" if called.place in called.name else f" ({called.place})"
    message = (
        f"{words}: {called.name}{where} changed the record that it was to look at; Map changes "
        "records, and Derive gives them fields"
    )
    return Unfit("step", message)


def refused(field: str, code: str, words: str, value: str | None = None, hint: str = "") -> Unfit:
    """The refusal of the value of a field.

    Args:
        field: Its name.
        code: Stable word for the reason.
        words: What is wrong; its first ``{}`` is where the value stands.
        value: As it may be shown, if the field is not sensitive.
        hint: What to do about it.
    """
    if value is None:
        return Unfit.of(code, (Problem((field,), code, f"{words}{hint}"),))
    told, masked = (f"{words.replace('{}', one, 1)}{hint}" for one in (value, "***"))
    return Unfit.of(code, (Problem((field,), code, told, masked=masked),))
