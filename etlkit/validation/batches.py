"""The loop over records at hand, and the lines of a check in a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from etlkit._codegen import Code
from etlkit.validation.accepting import accepting
from etlkit.validation.collecting import has_errors
from etlkit.validation.traits import has_warnings, is_compared, rewrites


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from etlkit.records import Record, Unfit
    from etlkit.schema.fields import Schema
    from etlkit.validation.ledger import Ledger
    from etlkit.validation.messages import Finding
    from etlkit.validation.rewriting import Change


class Judge(Protocol):
    """What the generated code calls for records that do not simply pass."""

    schema: Schema

    def own(self, record: Any) -> Any:
        """A copy that was rewritten; what is no record comes back as it is."""

    def rewrite(self, record: Record, changes: list[Change]) -> None:
        """Change a record in place."""

    def found(self, record: Any) -> list[Finding]:
        """Every broken rule of a record."""

    def refuse(self, record: Record) -> Unfit:
        """The refusal of a record that does not pass."""

    def settle(self, record: Record) -> list[Finding]:
        """The warnings of a record that is not refused."""

    def admit(self, record: Record, ledger: Ledger) -> list[Finding]:
        """The same, for what an earlier record has too."""


class Lines(Protocol):
    """Lines of a function, and names for the values in them."""

    def bind(self, hint: str, value: object) -> str:
        """A name for a value of the user."""

    def line(self, *texts: str) -> None:
        """Add lines."""

    def block(self, header: str) -> AbstractContextManager[None]:
        """The lines added inside stand one level below ``header``."""


def write_check(judge: Judge, code: Lines, ledger: Ledger | None) -> None:
    """The lines that judge ``record`` and raise ``Unfit`` if it is refused.

    Without a ledger nothing is counted, and nothing compared with earlier records.
    """
    schema = judge.schema
    if rewrites(schema):
        code.line("changes = []", f"{code.bind('rewrite', judge.rewrite)}(record, changes)")
    warns, compares = has_warnings(schema), ledger is not None and is_compared(schema)
    if warns:
        _doubt(code, accepting(schema, code))
        with code.block("if doubtful:"):
            code.line(f"warnings = {code.bind('settle', judge.settle)}(record)")
        with code.block("else:"):
            code.line("warnings = ()")
    else:
        with code.block(f"if not ({accepting(schema, code)}):"):
            code.line(f"raise {code.bind('refuse', judge.refuse)}(record)")
    if ledger is None:
        return
    book = code.bind("ledger", ledger)
    if compares:
        admitted = f"{code.bind('admit', judge.admit)}(record, {book})"
        code.line(f"warnings = [*warnings, *{admitted}]" if warns else f"warnings = {admitted}")
    if warns or compares:
        with code.block("if warnings:"):
            code.line(f"{book}.warn(warnings)")
    if rewrites(schema):
        with code.block("if changes:"):
            code.line(f"{book}.note(changes)")


def _doubt(code: Lines, condition: str) -> None:
    """Set ``doubtful`` where the condition is false, or raises."""
    with code.block("try:"):
        code.line(f"doubtful = not ({condition})")
    with code.block("except MemoryError:"):
        code.line("raise")
    with code.block("except Exception:"):
        code.line("doubtful = True  # the thorough look says what it is")


def _pass_on(code: Lines, condition: str) -> None:
    """Go on with the next record where the condition is true."""
    with code.block("try:"), code.block(f"if {condition}:"):
        code.line("continue")
    with code.block("except MemoryError:"):
        code.line("raise")
    with code.block("except Exception:"):
        code.line("pass  # the thorough look says what it is")


def compile_failures(judge: Judge) -> Callable[[Iterable[Record], Ledger, list[str]], bool]:
    """The function that adds a message for each finding, and says whether all records pass.

    Findings become words at once: a list of them would be kept in order by the garbage
    collector again and again.
    """
    code, schema = Code(), judge.schema
    found = code.bind("found", judge.found)
    with code.block("def failures(records, ledger, messages):"):
        code.line("passed, add = True, messages.append")
        with code.block("for number, record in enumerate(records, 1):"):
            if rewrites(schema):
                code.line(f"record = {code.bind('own', judge.own)}(record)")
            condition = f"record.__class__ is dict and ({accepting(schema, code)})"
            if is_compared(schema):
                _doubt(code, condition)
                code.line(f"problems = {found}(record) if doubtful else []")
                with code.block(f"if not {code.bind('has_errors', has_errors)}(problems):"):
                    code.line("problems += ledger.admit(record)")
            else:
                _pass_on(code, condition)
                code.line(f"problems = {found}(record)")
            with code.block("for words, value, at in problems:"):
                code.line("add(f'record {number}: {words.words(value, at)}')")
                code.line("passed = passed and words.is_warning")
        code.line("return passed")
    return code.function("failures")
