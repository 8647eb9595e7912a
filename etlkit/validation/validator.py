"""DataValidator: which records may pass, and everything that is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from etlkit._words import shown
from etlkit.records import Problem, Record, Unfit, expect_records, own
from etlkit.schema.fields import Schema
from etlkit.schema.parsing import parse_schema
from etlkit.validation.accepting import accepting
from etlkit.validation.batches import compile_failures, write_check
from etlkit.validation.collecting import compile_collect, has_errors
from etlkit.validation.description import described
from etlkit.validation.ledger import Ledger
from etlkit.validation.messages import Complaint
from etlkit.validation.reference import findings
from etlkit.validation.rewriting import compile_rewrite
from etlkit.validation.traits import is_stateful, rewrites


if TYPE_CHECKING:
    from etlkit.schema.fields import Place, RecordCheck, Rules, Severity, Unknown
    from etlkit.validation.batches import Lines
    from etlkit.validation.conditions import Binder
    from etlkit.validation.messages import Finding
    from etlkit.validation.rewriting import Change


class DataValidator:
    """Checks records against the rules of their fields.

    The rules of a field are ``type`` (a Python type, its name, or a list of them; a bool
    is no int, and an int passes for a float), ``required``, ``nullable`` (None is refused
    otherwise), ``allowed`` (a list of values), ``min``, ``max``, ``exclusive_min`` and
    ``exclusive_max`` (NaN is never within), ``min_length`` and ``max_length``, ``pattern``
    (a regular expression for the whole text), ``format`` (``"email"``, ``"date-time"``,
    ...), ``unique`` (no two records of a run share the value), ``fields`` (rules of a
    nested dict), ``items`` (rules of each item of a list), ``check`` (a function of the
    value), ``coerce`` (turn a value into its type where that loses nothing), ``severity``
    (``"warning"`` counts and lets pass) and ``sensitive`` (the value is masked in every
    message). Every problem of a record is found at once; a value of the wrong type has
    that one problem only.

    Args:
        schema: Rules by field: ``{"id": {"required": True, "type": int}}``, or a
            :class:`~etlkit.schema.Schema`.
        unknown: What becomes of fields that the schema does not name, nested ones too:
            ``"allow"`` lets them through, ``"drop"`` removes them, ``"refuse"`` refuses
            the record.
        checks: Checks over several fields, made for records of which no field breaks a
            rule with the severity error: functions of the record by name, or a list of
            functions and :class:`~etlkit.schema.RecordCheck`. A check returns True or
            False, or a text that says what is wrong; an exception is the problem of that
            record.
        unique: Fields, or groups of fields, whose values together differ in all records.
        coerce: What fields do that say nothing of ``coerce`` themselves.
        severity: The severity of fields and checks that name none.

    Raises:
        SchemaError: The schema is mistaken; the message names the field and the rule.

    Example:
        >>> validator = DataValidator({"id": {"required": True, "type": int, "min": 1}})
        >>> validator.validate([{"id": 1}, {"id": "x"}])
        (False, ["record 2: $.id is str 'x', expected int"])
    """

    def __init__(
        self,
        schema: Rules | Schema,
        *,
        unknown: Unknown = "allow",
        checks: Mapping[str, Callable[[Record], object]]
        | Iterable[Callable[[Record], object] | RecordCheck] = (),
        unique: Iterable[str | Iterable[str]] = (),
        coerce: bool = False,
        severity: Severity = "error",
    ) -> None:
        self.schema = parse_schema(
            schema, unknown=unknown, checks=checks, unique=unique, coerce=coerce, severity=severity
        )
        self._collect = compile_collect(self.schema)
        self._rewrite = compile_rewrite(self.schema) if rewrites(self.schema) else None
        self._failures = compile_failures(self)

    @classmethod
    def from_json_schema(
        cls, document: dict[str, Any], *, check_formats: bool = True
    ) -> DataValidator:
        """A validator with the rules that a JSON Schema document says.

        What no rule can say is refused by name, never left out. See the how-to guide on
        JSON Schema for what is imported.

        Args:
            document: The document as a dict; draft 2020-12, 2019-09, 07 or 06.
            check_formats: Whether ``format`` is a rule; otherwise it is an annotation.

        Raises:
            SchemaError: The document has a keyword that no rule can say, or is mistaken;
                the message has the place as a JSON pointer.

        Example:
            >>> schema = {"properties": {"id": {"type": "integer"}}, "required": ["id"]}
            >>> DataValidator.from_json_schema(schema).validate([{"id": "x"}])
            (False, ["record 1: $.id is str 'x', expected int"])
        """
        from etlkit.validation.json_schema.importing import rules_from

        rules, options = rules_from(document, check_formats=check_formats)
        return cls(rules, **options)

    def to_json_schema(self) -> dict[str, Any]:
        """The rules as a JSON Schema document, draft 2020-12.

        The document refuses nothing that the rules let pass. Rules that JSON Schema has no
        keyword for are annotations that begin with ``x-etlkit-``.

        Raises:
            SchemaError: A field has values that JSON has no form for.

        Example:
            >>> validator = DataValidator({"id": {"required": True, "type": int, "min": 1}})
            >>> document = validator.to_json_schema()
            >>> document["properties"], document["required"]
            ({'id': {'type': 'integer', 'minimum': 1}}, ['id'])
        """
        from etlkit.validation.json_schema.exporting import document_from

        return document_from(self.schema)

    def examples(self, n: int, seed: int = 0) -> list[Record]:
        """Records that pass, without a warning, for tests and for trying a pipeline.

        The same seed gives the same records. Fields that are not required are left out now
        and then, nullable ones are None now and then, and bounds are met.

        Args:
            n: How many; unique fields differ in all of them.
            seed: Another seed gives other records.

        Raises:
            SchemaError: No record is found that passes, or a field has values that cannot
                be made up; the message names the field.

        Example:
            >>> validator = DataValidator({"id": {"required": True, "type": int, "min": 1}})
            >>> records = validator.examples(100)
            >>> validator.validate(records)
            (True, [])
        """
        from etlkit.validation.examples import examples

        return examples(self.schema, n, seed, self._problems_and_warnings)

    def __repr__(self) -> str:
        return f"DataValidator({[field.name for field in self.schema.fields]!r})"

    # -- on records at hand

    def validate(self, records: Iterable[Record]) -> tuple[bool, list[str]]:
        """Whether all records pass, and every problem of those that do not.

        The records stay as they are: coercion works on copies.

        Returns:
            A pair: whether there is no error, and one message a problem; records are
            numbered from 1. Messages of warnings begin with ``warning:``.

        Raises:
            ConfigurationError: It is no iterable of records, such as a path or a data frame.
        """
        expect_records(records, "validate")
        messages: list[str] = []
        with closing(Ledger.of(self.schema)) as ledger:
            passed = self._failures(records, ledger, messages)
        return passed, messages

    def problems(self, record: object) -> list[Problem]:
        """Everything that refuses one record, in the order of the schema.

        The record stays as it is, and is compared with no other: ``unique`` is not judged.
        """
        return _problems(self.found(self.own(record)), are_warnings=False)

    def warnings(self, record: object) -> list[Problem]:
        """The broken rules of one record that let it pass all the same."""
        return _problems(self.found(self.own(record)), are_warnings=True)

    # -- in a run

    @property
    def is_stateful(self) -> bool:
        """Whether a run needs a ledger: something is counted, or compared with what came before."""
        return is_stateful(self.schema)

    def ledger(self) -> Ledger:
        """The memory and the counts of one attempt."""
        return Ledger.of(self.schema)

    def condition(self, code: Binder) -> str:
        """The expression over ``record`` that a kernel tests; see ``accepting``."""
        return accepting(self.schema, code)

    def write(self, code: Lines, ledger: Ledger | None) -> None:
        """Add the lines that judge ``record`` to a kernel; see ``write_check``."""
        write_check(self, code, ledger)

    def judge(self, record: Record, ledger: Ledger | None) -> None:
        """Judge a record, which may be changed in place; what ``write`` says as code.

        Raises:
            Unfit: It does not pass; every problem is in it.
        """
        changes: list[Change] = []
        self.rewrite(record, changes)
        warnings = self.settle(record)
        if ledger is not None:
            warnings += self.admit(record, ledger)
            ledger.warn(warnings)
            ledger.note(changes)

    def own(self, record: Any) -> Any:
        """A copy of a record that coercion has worked on; the record itself if there is none.

        A record that cannot be copied becomes what is no record, so that it does not pass.
        """
        if self._rewrite is None or not isinstance(record, dict):
            return record
        try:
            record = own(record)
        except RecursionError:
            return _UNCOPIED
        self._rewrite(record, [])
        return record

    def rewrite(self, record: Record, changes: list[Change]) -> None:
        """Coerce values and drop fields, in place."""
        if self._rewrite is not None:
            self._rewrite(record, changes)

    def found(self, record: Any) -> list[Finding]:
        """Every broken rule of a record that coercion has worked on."""
        if not isinstance(record, dict):
            return [(self._no_record(record), record, ())]
        found: list[Finding] = []
        try:
            self._collect(record, found, ())
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 -- a value that cannot be compared; told field by field
            return list(findings(self.schema, record))
        return found

    def settle(self, record: Record) -> list[Finding]:
        """The warnings of a record that passes.

        Raises:
            Unfit: It does not pass; every problem is in it.
        """
        found = self.found(record)
        if has_errors(found):
            raise _unfit(found)
        return found

    def admit(self, record: Record, ledger: Ledger) -> list[Finding]:
        """Let a record count as seen; gives its warnings.

        Raises:
            Unfit: An earlier record has something too that has to differ.
        """
        found = ledger.admit(record)
        if has_errors(found):
            raise _unfit(found)
        return found

    def refuse(self, record: Record) -> Unfit:
        """The refusal of a record that does not pass."""
        return _unfit(self.found(record))

    # -- about the schema

    @property
    def sensitive_fields(self) -> tuple[str, ...]:
        """Names of the fields whose values are masked, or hold what is masked."""
        return tuple(field.name for field in self.schema.fields if field.is_masked)

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """The places of masked values: ``("contact", "email")``; None is each item of a list."""
        return tuple(self.schema.sensitive_places())

    def describe(self) -> str:
        """The rules in a line: ``case_id (required, str); severity (int, from 1 to 5)``."""
        return described(self.schema) or "no rules"

    def _problems_and_warnings(self, record: Record) -> list[Problem]:
        return [*self.problems(record), *self.warnings(record)]

    def _no_record(self, record: object) -> Complaint:
        if record is _UNCOPIED:
            return Complaint("depth", (), lambda _: _TOO_DEEP, place=(), is_warning=False)
        what = shown(record, sensitive=bool(self.sensitive_fields))
        words = f"is {type(record).__name__} {what}, expected a record (a dict)"
        return Complaint("type", (), lambda _: words, place=(), is_warning=False)


_UNCOPIED = object()
"""Stands for a record that is nested too deeply to be copied."""

_TOO_DEEP = "is nested too deeply to be copied, or holds itself, so nothing in it can be coerced"


def _problems(found: Iterable[Finding], *, are_warnings: bool) -> list[Problem]:
    return [
        words.problem(value, at) for words, value, at in found if words.is_warning is are_warnings
    ]


def _unfit(found: list[Finding]) -> Unfit:
    problems = tuple(_problems(found, are_warnings=False))
    words = "; ".join(f"{problem.place} {problem.message}" for problem in problems)
    return Unfit("invalid", words or "the record does not pass", problems)
