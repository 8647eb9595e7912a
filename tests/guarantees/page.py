"""The page of the documentation that says what holds for each destination and source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from etlkit import DataLoader, DataSource, ETLJob, FileSource, RecordsSource
from etlkit.destinations import (
    DatasetDestination,
    Destination,
    FileDestination,
    LoadSession,
    MemoryDestination,
)
from etlkit.jobs.guarantee import Guarantee, guarantee
from etlkit.runs import Load


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "guarantees.md"

_HEAD = """\
<!-- Made by the code that explain() uses: `python -m guarantees`, run in tests/, writes it anew. -->

# Guarantees

What `explain()` prints for a job, by destination, mode and source.
The engine goes by the same declarations, and this page is made from them.

- **exactly once** means that every accepted record is at the destination once and every rejected one in the quarantine once, after the work was done, however often it was killed and repeated.
- **at least once** means that nothing is missing, and that a repeated run loads again.
- **best effort** means that nothing outlives the process.

The work is the same when the job and the `run_key` are the same.
A run without a key is work of its own, and only its retries share it.
The state is kept below the root; without a root it lasts as long as the process.
[Guarantees and their limits](../explanation/guarantees.md) explains, and [what is promised, and how it is tested](../explanation/promises.md) shows the proof.
"""

_INCREMENTS = """\
A replace is refused here, since it would leave only what is new, and so are several outputs.
Two runs of one job are kept apart by the lock of the destination, or by the root that they share; where there is neither, both may load the same part of the source."""


class Elsewhere(Destination):
    """A destination of a user's that keeps no commit records."""

    uri = "a destination of your own"

    def guarantee(self, mode: str) -> str:
        """What its author says."""
        return "what its author says"

    def open(self, load: Load) -> LoadSession:
        """Nothing is loaded here."""
        raise NotImplementedError


class Recording(Elsewhere):
    """A destination of a user's that keeps the commit records."""

    uri = "a destination of your own that keeps commit records"

    def finds(self, mode: str) -> str:  # type: ignore[override] -- one of the three words
        """By its records."""
        return "record"


DESTINATIONS: tuple[tuple[str, Destination, str], ...] = (
    ("file", FileDestination("cases.jsonl"), "replace"),
    ("file", FileDestination("cases.jsonl"), "append"),
    ("dataset folder", DatasetDestination("cases"), "append"),
    ("dataset folder", DatasetDestination("cases"), "replace"),
    ("dataset folder", DatasetDestination("cases", partition_by=["state"]), "replace-partition"),
    ("`memory:`", MemoryDestination(), "replace"),
    ("`memory:`", MemoryDestination(), "append"),
    (Recording.uri, Recording(), "append"),
    (Elsewhere.uri, Elsewhere(), "replace"),
    (Elsewhere.uri, Elsewhere(), "append"),
)

SOURCES: tuple[tuple[str, DataSource], ...] = (
    ("any source, read as a whole", RecordsSource([])),
    (
        "new files or records only (`incremental=True`, `CursorSource`)",
        FileSource("in/", format="jsonl", incremental=True),
    ),
)


def of(source: DataSource, destination: Destination, mode: str) -> Guarantee:
    """What holds for a job of these."""
    job = ETLJob("job", "Job", source, None, DataLoader(destination, mode))
    return guarantee(job.definition, job.loader)


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_tables(), ""])


def _tables() -> Iterator[str]:
    for words, source in SOURCES:
        yield f"## {words[0].upper()}{words[1:]}\n"
        if source.incremental:
            yield f"{_INCREMENTS}\n"
        yield "| destination | mode | a record is there | since | what readers see |"
        yield "|---|---|---|---|---|"
        for name, destination, mode in DESTINATIONS:
            if source.incremental and mode in {"replace", "replace-partition"}:
                continue  # such a job is refused: it would leave only what is new
            found = of(source, destination, mode)
            yield (
                f"| {name} | {mode} | **{found.level}** {found.unit} | {found.reason} | "
                f"{found.readers} |"
            )
        yield ""
