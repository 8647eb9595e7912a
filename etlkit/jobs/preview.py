"""A look at the first records of a job, step by step, as text and for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from etlkit._words import shown
from etlkit.engine.masking import masked, without_sensitive
from etlkit.engine.preview import Snapshot, snapshots
from etlkit.errors import ConfigurationError
from etlkit.jobs.html import paragraph, table


if TYPE_CHECKING:
    from etlkit.jobs.definition import Definition
    from etlkit.records import Record
    from etlkit.schema.fields import Place


@frozen(repr=False)
class Preview:
    """The first records before and after each step.

    Printing it, or leaving it as the last line of a notebook cell, shows all of it;
    values of sensitive fields are masked there.

    Attributes:
        snapshots: One for the source, one for each step, and one for each output that
            steps send records to; ``records`` of each are the records there, ``failed``
            says what is wrong with those that got lost.
        warnings: What should be known of the source although nothing failed.
    """

    snapshots: tuple[Snapshot, ...]
    sensitive: tuple[Place, ...]
    warnings: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that come out of the last step."""
        return [each for each in self.snapshots if not each.output][-1].records

    def __str__(self) -> str:
        lines: list[str] = []
        for snapshot in self.snapshots:
            lines.append(f"{snapshot.label}: {len(snapshot.records)} record(s)")
            lines += [f"  {self._shown(record)}" for record in snapshot.records]
            lines += [f"  failed: {self._masked(words)}" for words in snapshot.failed]
        lines += [f"warning: {words}" for words in self.warnings]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts: list[str] = []
        for snapshot in self.snapshots:
            names = list(dict.fromkeys(name for record in snapshot.records for name in record))
            rows = [[self._cell(record, name) for name in names] for record in snapshot.records]
            caption = f"{snapshot.label}: {len(rows)} record(s)"
            parts.append(table(caption, [str(name) for name in names], rows))
            parts += [paragraph("failed", self._masked(words)) for words in snapshot.failed]
        parts += [paragraph("warning", words) for words in self.warnings]
        return "".join(parts)

    def _shown(self, record: Record) -> str:
        cells = [f"{name!r}: {self._cell(record, name)}" for name in record]
        return "{" + ", ".join(cells) + "}"

    def _cell(self, record: Record, name: str) -> str:
        if name not in record:
            return ""
        inside = [place[1:] for place in self.sensitive if place[0] == name]
        return shown(without_sensitive(record[name], inside))

    def _masked(self, words: str) -> str:
        """A message without the sensitive values of any record of the sample."""
        records = [record for snapshot in self.snapshots for record in snapshot.records]
        return masked(words, self.sensitive, records)


def preview(job: Definition, n: int) -> Preview:
    """The preview of a job.

    Raises:
        ConfigurationError: ``n`` is not a positive number, or the source can be read once.
    """
    if type(n) is not int or n < 1:  # True is an int too
        message = f"preview shows at least one record, got n={n!r}"
        raise ConfigurationError(message)
    if not job.source.readable_again:
        message = f"{job.source.uri}: a preview would use up the iterator; pass a list instead"
        raise ConfigurationError(message)
    job.source.check()
    remarks: list[str] = []
    places = job.sensitive_places
    found = snapshots(job.source, job.plan, n, remarks=remarks, sensitive=places)
    return Preview(found, places, tuple(remarks))
