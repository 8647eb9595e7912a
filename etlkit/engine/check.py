"""A validator as a step of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from etlkit._words import nearest
from etlkit.errors import EtlkitError
from etlkit.records import Record, Unfit
from etlkit.transformations.step import RecordStep


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from etlkit.runs.tally import StepTally
    from etlkit.transformations.step import StepCode
    from etlkit.validation.ledger import Ledger
    from etlkit.validation.validator import DataValidator


@frozen
class Check(RecordStep):
    """A validator as a step: a record passes, or is refused.

    Attributes:
        label: What the step is called.
        validator: What it asks.
        ledger: What the attempt at hand remembers and counts; without one nothing is
            counted, and nothing compared with earlier records.
    """

    stage = "validate"

    label: str = field()
    validator: DataValidator
    ledger: Ledger | None = None

    def each(self, record: Record) -> tuple[Record]:
        """The record, with what coercion made of it.

        Raises:
            Unfit: It does not pass; every problem is in it.
        """
        self.validator.judge(record, self.ledger)
        return (record,)

    def write(self, code: StepCode) -> None:
        """One condition for all rules; which of them broke is looked up for failures only."""
        self.validator.write(code, self.ledger)

    def explain(self, error: Exception, record: Record) -> Exception:
        """The problems behind a required key that is missing, which shows as KeyError.

        Raises:
            EtlkitError: What failed is not the fault of the record.
        """
        if isinstance(error, EtlkitError):
            raise error
        return error if isinstance(error, Unfit) else self.validator.refuse(record)

    def fresh(self) -> Check:
        """The step with a ledger of its own, if its validator needs one."""
        if not self.validator.is_stateful:
            return self
        return evolve(self, ledger=self.validator.ledger())

    def finish(self, tally: StepTally) -> None:
        """Hand over the counts of the attempt, and forget what was seen."""
        if self.ledger is not None:
            tally.warned = dict(self.ledger.warned)
            tally.coerced = dict(self.ledger.coerced)
            tally.dropped = dict(self.ledger.dropped)
            self.ledger.close()


MOST_TOLD = 10
"""Fields that are told one by one."""


def unseen(check: Check, keys: Iterable[object]) -> Iterator[str]:
    """What to say of fields with rules that no record had.

    A rule for a field that is never there never fails, however wrong the data is.

    Args:
        check: The check.
        keys: Those of the records that came to it in the first batch. A field that is only
            rare is not among them, so what is told has to look like a mistake: another
            field has a near name, or there is none that has rules.
    """
    keys = set(keys)
    names = [field.name for field in check.validator.schema.fields]
    missing = [name for name in names if name not in keys]
    others = sorted(key for key in keys.difference(names) if isinstance(key, str))
    for name in missing[:MOST_TOLD]:
        near = nearest(name, others)
        if near is not None or (others and len(missing) == len(names)):
            hint = "" if near is None else f"; they have {near!r}"
            yield (
                f"{check.label}: none of the first records has the field {name!r}, so its "
                f"rules had nothing to judge{hint}"
            )
