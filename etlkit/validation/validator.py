"""DataValidator: which records may pass, and everything that is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from etlkit._words import shown
from etlkit.records import Problem, Record, Unfit
from etlkit.schema.parsing import parse_schema
from etlkit.validation.compiler import accepting, compile_collect, compile_failures
from etlkit.validation.messages import listed
from etlkit.validation.reference import problems_one_by_one


if TYPE_CHECKING:
    from etlkit.schema.fields import Field
    from etlkit.validation.conditions import Binder


class DataValidator:
    """Checks records against the rules of their fields.

    The rules of a field are ``type`` (a Python type, its name, or a list of them; a bool
    is no int, and an int passes for a float), ``required``, ``nullable`` (None is refused
    otherwise), ``allowed`` (a list of values), ``min`` and ``max`` (both inclusive; NaN is
    never within) and ``sensitive`` (the value is masked in every message). Fields that the
    schema does not name pass. Every problem of a record is found at once; a value of the
    wrong type has that one problem only.

    Args:
        schema: Rules by field: ``{"id": {"required": True, "type": int}}``.

    Raises:
        SchemaError: The schema is mistaken; the message names the field and the rule.

    Example:
        >>> validator = DataValidator({"id": {"required": True, "type": int, "min": 1}})
        >>> validator.validate([{"id": 1}, {"id": "x"}])
        (False, ["record 2: $.id is str 'x', expected int"])
    """

    def __init__(self, schema: Mapping[str, Mapping[str, Any]]) -> None:
        self.schema = parse_schema(schema)
        self._collect = compile_collect(self.schema)
        self._failures: Callable[[Iterable[Record]], list[tuple[int, list[Problem]]]] = (
            compile_failures(self.schema, self.problems)
        )

    def __repr__(self) -> str:
        return f"DataValidator({[field.name for field in self.schema.fields]!r})"

    def validate(self, records: Iterable[Record]) -> tuple[bool, list[str]]:
        """Whether all records pass, and every problem of those that do not.

        Returns:
            A pair: True and an empty list, or False and one message a problem; records
            are numbered from 1.
        """
        messages = [
            f"record {number}: {problem.place} {problem.message}"
            for number, problems in self._failures(records)
            for problem in problems
        ]
        return not messages, messages

    def problems(self, record: object) -> list[Problem]:
        """Everything that is wrong with one record, in the order of the schema."""
        if not isinstance(record, dict):
            what = f"is {type(record).__name__} {shown(record)}, expected a record (a dict)"
            return [Problem((), "type", what)]
        try:
            return self._collect(record)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 -- a value that cannot be compared; told field by field
            return list(problems_one_by_one(self.schema, record))

    def condition(self, code: Binder) -> str:
        """The expression over ``record`` that a kernel tests; see ``accepting``."""
        return accepting(self.schema, code)

    def refuse(self, record: Record) -> Unfit:
        """The refusal of a record that does not pass."""
        problems = tuple(self.problems(record))
        words = "; ".join(f"{problem.place} {problem.message}" for problem in problems)
        return Unfit("invalid", words or "the record does not pass", problems)

    @property
    def sensitive_fields(self) -> tuple[str, ...]:
        """Names of the fields whose values are masked."""
        return tuple(field.name for field in self.schema.fields if field.sensitive)

    def describe(self) -> str:
        """The rules in a line: ``case_id (required, str); severity (int, from 1 to 5)``."""
        return "; ".join(_described(field) for field in self.schema.fields) or "no rules"


def _described(field: Field) -> str:
    words = [word for word in ("required", "nullable", "sensitive") if getattr(field, word)]
    words += [field.type_names] if field.types else []
    low = "" if field.minimum is None else f"from {field.minimum!r}"
    high = "" if field.maximum is None else f"to {field.maximum!r}"
    words += [f"{low} {high}".strip()] if low or high else []
    words += [] if field.allowed is None else [f"one of {listed(field.allowed)}"]
    return f"{field.name} ({', '.join(words)})" if words else field.name
