"""Lineage: which file and record a loaded record came from."""

from __future__ import annotations

import os

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from etlkit._files.paths import inside
from etlkit._files.removing import remove_file
from etlkit._files.versions import full_name
from etlkit._files.writing import size_of
from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.row_hash import ROW_HASH_BYTES
from etlkit.formats.row_hash import row_hash as hash_of
from etlkit.state.lineage.index import answer
from etlkit.state.lineage.loads import LineageLoad, loads_of
from etlkit.state.lineage.reading import Entry, LineageFile, opened
from etlkit.state.lineage.writing import FOLDER


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from etlkit.records import Record
    from etlkit.state.store import StateStore


@frozen
class LineageRow:
    """Where one loaded record came from.

    Attributes:
        file: The file, as the run named it.
        record_no: The number of the record there, from 1; None for a record that a step
            made of several: it came from this file among others.
        row_hash: Of the record as it was loaded, in hexadecimal digits.
        loaded_at: When it was committed, in UTC.
        run_id: By which run.
        job_id: Of which job.
        destination: Where it went.
        is_replaced: A later load has taken its place there.
        output: Name of the output in a job with several; else empty.
        nonce: The attempt that committed.
    """

    file: str
    record_no: int | None
    row_hash: str
    loaded_at: datetime
    run_id: str
    job_id: str
    destination: str
    is_replaced: bool = False
    output: str = ""
    nonce: str = ""


class Lineage:
    """Answers where loaded records came from, of jobs that run with ``lineage=True``.

    Only loads count that were committed. A load that was replaced since is left out
    unless it is asked for; records that an upsert has overwritten are not told apart.

    Args:
        state: What is remembered of the runs.
        root: The folder of the state, for the index; None for none.
    """

    def __init__(self, state: StateStore, root: str | None) -> None:
        self._state = state
        self._root = root
        self._index = None if root is None else inside(inside(root, FOLDER), "index.db")

    def __repr__(self) -> str:
        return f"Lineage(root={self._root!r})"

    def loads(self, job_id: str | None = None) -> tuple[LineageLoad, ...]:
        """The loads that have a lineage, oldest first."""
        found = (
            evolve(load, kept=load.kept.at(self._root)) for load in loads_of(self._state.commits())
        )
        return tuple(each for each in found if job_id is None or each.job_id == job_id)

    def find(
        self,
        *,
        record: Record | None = None,
        row_hash: str | bytes | None = None,
        include_replaced: bool = False,
    ) -> tuple[LineageRow, ...]:
        """Where a loaded record came from; several rows where equal ones were loaded.

        Args:
            record: The record as it was loaded, all of its fields.
            row_hash: Or its hash, as bytes or hexadecimal digits.
            include_replaced: Look into loads that were replaced since too.

        Raises:
            ConfigurationError: Not one of the two was given, or it is none, or no load has
                kept its lineage.
            CorruptState: A lineage file does not verify.
        """
        wanted = _wanted(record, row_hash)
        return tuple(self._rows(lambda file: file.find(wanted), every=include_replaced))

    def of(
        self, file: str | os.PathLike[str], record_no: int, *, include_replaced: bool = False
    ) -> tuple[LineageRow, ...]:
        """What was loaded of a source record; nothing for one that was not loaded.

        Args:
            file: As the run named it, or its path in full.
            record_no: Its number there, from 1.
            include_replaced: Look into loads that were replaced since too.

        Raises:
            ConfigurationError: The number is none, or no load has kept its lineage.
            CorruptState: A lineage file does not verify.
        """
        name, given = os.fspath(file), record_no
        if type(given) is not int or given < 1:
            message = f"record_no is a number from 1 on, got {shown(given)}"
            raise ConfigurationError(message)
        full = full_name(name)

        def look(kept: LineageFile) -> list[Entry]:
            return kept.of(name, record_no) or kept.of(full, record_no)

        return tuple(self._rows(look, every=include_replaced))

    def sql(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[dict[str, Any]]:
        """The rows of a SELECT statement, in the dialect of SQLite.

        The view ``hms_lineage(file, row_hash, loaded_at, record_no, run_id)`` has the records
        that are at their destinations now; ``hms_lineage_all`` has the replaced ones too, and
        ``job_id``, ``destination`` and ``live``. The first question after a load puts it into
        an index, which takes some seconds for each million records.

        Raises:
            ConfigurationError: It is no such statement, or no load has kept its lineage; the
                message says what is wrong.
            CorruptState: A lineage file or the index does not verify.
        """
        return answer(self._index, self._kept(self._tracked()), query, parameters)

    def _tracked(self) -> tuple[LineageLoad, ...]:
        """The loads that have a lineage; an error where there are others only."""
        loads = self.loads()
        if not loads and next(iter(self._state.commits()), None) is not None:
            message = (
                "no load has kept its lineage: pass lineage=True to create_pipeline(...) or "
                "ETLJob(...), which keeps it from the next load on"
            )
            raise ConfigurationError(message)
        return loads

    def _kept(self, loads: Sequence[LineageLoad]) -> list[LineageLoad]:
        """The loads without those that were replaced and whose files were removed since."""
        return [
            load for load in loads if not load.is_replaced or size_of(load.kept.path) is not None
        ]

    def prune(self, job_id: str | None = None) -> int:
        """Remove the lineage files of loads that were replaced since; how many there were.

        What was loaded by them is then not known any more; that they were is.
        """
        replaced = [load for load in self.loads(job_id) if load.is_replaced]
        return sum(remove_file(load.kept.path) for load in replaced)

    def _rows(
        self, look: Callable[[LineageFile], list[Entry]], *, every: bool
    ) -> Iterator[LineageRow]:
        for load in self._kept(self._tracked()):
            if every or not load.is_replaced:
                with opened(load.kept) as file:
                    rows = [row for entry in look(file) for row in _told(entry, file, load)]
                yield from (row for row in rows if every or not row.is_replaced)


def _wanted(record: object, row_hash: object) -> bytes:
    if (record is None) is (row_hash is None):
        message = "find takes record= or row_hash=, one of the two"
        raise ConfigurationError(message)
    if isinstance(record, dict):
        return hash_of(record)
    if record is not None:
        message = f"record is a dict, as it was loaded, got {shown(record)}"
        raise ConfigurationError(message)
    wanted = row_hash
    if isinstance(row_hash, str):
        try:
            wanted = bytes.fromhex(row_hash)
        except ValueError:
            wanted = None
    if isinstance(wanted, bytes) and len(wanted) == ROW_HASH_BYTES:
        return wanted
    message = f"row_hash is {2 * ROW_HASH_BYTES} hexadecimal digits, got {shown(row_hash)}"
    raise ConfigurationError(message)


def _told(entry: Entry, file: LineageFile, load: LineageLoad) -> Iterator[LineageRow]:
    for name in file.files if entry.file is None else (entry.file,):
        reread = entry.file is not None and load.was_reread(name, file.in_full(name))
        yield LineageRow(
            name,
            entry.record_no,
            entry.row_hash.hex(),
            load.loaded_at,
            load.run_id,
            load.job_id,
            load.destination,
            is_replaced=load.is_replaced or reread,
            output=load.output,
            nonce=load.nonce,
        )
