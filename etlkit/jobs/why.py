"""Why a source record is, or is not, at the destination: asked of state, quarantine and chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from etlkit._files.paths import exists
from etlkit._files.versions import sha256_of, version_of
from etlkit._words import named, shown
from etlkit.engine.refusing import files_read
from etlkit.engine.tracing import (
    Spot,
    added_sources,
    is_same_file,
    is_within,
    missing,
    parts_with,
    spot_of,
    spot_with,
    trace,
)
from etlkit.errors import ConfigurationError, EtlkitError
from etlkit.jobs.becoming import RunAnswer, Why
from etlkit.state.entries import EntryFilter
from etlkit.state.forcing import is_replay
from etlkit.state.lineage.questions import Lineage


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from etlkit.engine.traces import Trace
    from etlkit.jobs.becoming import Became, Since
    from etlkit.jobs.definition import Definition
    from etlkit.records import Record
    from etlkit.runs.commit import CommitRecord
    from etlkit.runs.inputs import InputFile
    from etlkit.sources.source import DataSource
    from etlkit.state.entries import QuarantineEntry
    from etlkit.state.lineage.questions import LineageRow
    from etlkit.state.store import Settled, StateStore
    from etlkit.transformations.readable import Readable


@frozen
class Question:
    """Which record is asked about: by its place, by its bytes, or by its values.

    Attributes:
        file: The file, as the job names it or in full; the name of another source.
        record_no: The number of the record there, from 1.
        raw: Or its bytes, as they stand in the source.
        record: Or its values, as they are in the source or as they were loaded.

    Raises:
        ConfigurationError: Not one of the three was given.
    """

    file: str | None = None
    record_no: int | None = None
    raw: bytes | None = None
    record: Record | None = None

    def __attrs_post_init__(self) -> None:
        by_place = self.file is not None and self.record_no is not None
        given = [by_place, self.raw is not None, self.record is not None]
        alone = by_place or (self.file is None and self.record_no is None)
        if sum(given) != 1 or not alone:
            message = "why takes a file and record_no, or raw=, or record="
            raise ConfigurationError(message)
        raw: object = self.raw
        if raw is not None and not isinstance(raw, bytes):
            message = f"raw is the bytes of the record, got {shown(raw)}"
            raise ConfigurationError(message)
        if by_place and (type(self.record_no) is not int or self.record_no < 1):
            message = f"record_no is a number from 1 on, got {shown(self.record_no)}"
            raise ConfigurationError(message)


def why(job: Definition, state: StateStore, root: str | None, question: Question) -> Why:
    """Why a record of a job's source is, or is not, at its destination.

    It reads the source up to the record, and sends the record through the chain as it is
    now; nothing is written.

    Args:
        job: The job.
        state: What is remembered of its runs.
        root: The folder of the state, or None.
        question: Which record is asked about.

    Raises:
        CorruptState: A lineage file does not verify.
    """
    return _Inquiry(job, state, root).answer(question)


def job_reading(jobs: Iterable[Definition], state: StateStore, file: str | None) -> Definition:
    """The one job that reads a file, or the only one where no file is named.

    Raises:
        ConfigurationError: None does, or several do.
    """
    every = list(jobs)
    found = every if len(every) == 1 else []
    if file is not None and not found:
        found = [job for job in every if _reads(job, state, file)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(job.job_id) for job in found or every) or "none yet"
    what = "several jobs read it" if found else "no job is known to read it"
    words = (
        "why needs the job of a record that is told by its content"
        if file is None
        else (f"{file}: {what}")
    )
    message = f"{words}; pass job_id=, registered are: {names}"
    raise ConfigurationError(message)


def _reads(job: Definition, state: StateStore, file: str) -> bool:
    try:
        for source in (job.source, *(added for _, added in added_sources(job.plan))):
            if is_within(file, source.uri) or parts_with(source, file):
                return True
    except EtlkitError:  # its files may be gone, and its commits know of them
        pass
    return any(
        is_within(file, each.uri)
        for settled in state.commits(job.job_id)
        for each in files_read(settled.record.position, settled.record.tally)
    )


def _found(question: Question, source: DataSource | Readable) -> Spot | None:
    if question.file is not None and question.record_no is not None:
        return spot_of(source, question.file, question.record_no)
    return spot_with(source, raw=question.raw, record=question.record)


class _Inquiry:
    """The search for one answer."""

    def __init__(self, job: Definition, state: StateStore, root: str | None) -> None:
        self.job = job
        self.state = state
        self.root = root
        self.lineage = Lineage(state, root)
        self.remarks: list[str] = []

    def answer(self, question: Question) -> Why:
        file, record_no = question.file, question.record_no
        spot: Spot | None = None
        if file is None or record_no is None:
            rows = () if question.record is None else self._loaded_as(question.record)
            if rows and rows[0].record_no is None:
                return self._merged(rows)
            if rows:
                file, record_no = rows[0].file, rows[0].record_no
            else:
                spot = self._spot(question)
                if spot is None:
                    self.remarks.append("nothing like it is in the source, or was loaded")
                    return self._told(self.job.source.uri, None, (), None)
                file, record_no = spot.file, spot.record_no
        assert file is not None  # noqa: S101 -- a question has a place, or one was found
        assert record_no is not None  # noqa: S101 -- so has its number
        return self._of_place(file, record_no, spot)

    def _of_place(self, file: str, record_no: int, spot: Spot | None) -> Why:
        spot = spot or self._spot(Question(file, record_no))
        found = missing(file, record_no)
        if spot is not None:
            found = trace(spot, self.job.plan, sensitive=self.job.sensitive_places)
        readable = spot is not None or not self.remarks
        runs = _Runs(self, file, record_no, found if readable else None).answers()
        self._compare(runs, found)
        return self._told(file, record_no, runs, found if readable else None)

    def _loaded_as(self, record: Record) -> Sequence[LineageRow]:
        if not self.lineage.loads():
            return ()
        rows = self.lineage.find(record=record, include_replaced=True)
        mine = [row for row in rows if row.job_id == self.job.job_id]
        places = {(row.file, row.record_no) for row in mine if row.record_no is not None}
        if len(places) > 1:
            self.remarks.append(f"{len(places)} source records were loaded as this one")
        return mine

    def _merged(self, rows: Sequence[LineageRow]) -> Why:
        files = ", ".join(dict.fromkeys(row.file for row in rows))
        self.remarks.append("the loaded record was made of several, of all files that are named")
        answers = [
            RunAnswer(
                row.run_id,
                row.loaded_at,
                "loaded",
                "lineage",
                (row.destination,),
                (row.row_hash,),
                is_replaced=row.is_replaced,
            )
            for row in {row.nonce: row for row in rows}.values()
        ]
        return self._told(files, None, answers, None)

    def _spot(self, question: Question) -> Spot | None:
        source = self.job.source
        if not source.readable_again:
            self.remarks.append(f"{source.uri} can be read only once, so nothing was traced")
            return None
        try:
            return _found(question, source) or self._added(question)
        except (EtlkitError, OSError) as error:
            words = str(error) if isinstance(error, EtlkitError) else named(error)
            self.remarks.append(f"the source cannot be read now: {words}")
            return None

    def _added(self, question: Question) -> Spot | None:
        """Where the record stands in a source whose records a step adds."""
        for enters, source in added_sources(self.job.plan):
            spot = _found(question, source)
            if spot is not None:
                return evolve(spot, enters=enters)
        return None

    def _compare(self, runs: Sequence[RunAnswer], found: Trace) -> None:
        """Say where the chain of now makes something else of the record than a run did."""
        last = runs[-1] if runs else None
        if last is None or last.became != "loaded" or last.evidence != "lineage":
            return
        if found.outcome == "passes" and set(found.row_hashes) == set(last.row_hashes):
            return
        if found.outcome in ("passes", "filtered", "rejected"):
            cause = (
                "the plan has"
                if not last.same_plan
                else ("the file, or what functions use beside the record, has")
            )
            self.remarks.append(f"now it ends otherwise than in the last run: {cause} changed")

    def _told(
        self, file: str, record_no: int | None, runs: Sequence[RunAnswer], found: Trace | None
    ) -> Why:
        return Why(
            self.job.job_id,
            file,
            record_no,
            tuple(runs),
            found,
            self.job.plan_hash,
            tuple(self.remarks),
        )


_PRUNED = "whether it was loaded is not known, since the lineage of this load is not kept any more"


class _Runs:
    """What each run that read a record made of it."""

    def __init__(self, inquiry: _Inquiry, file: str, record_no: int, found: Trace | None) -> None:
        self._inquiry = inquiry
        self._file = file
        self._record_no = record_no
        self._trace = found
        lineage = inquiry.lineage
        self._rows = lineage.of(file, record_no, include_replaced=True) if lineage.loads() else ()
        which = EntryFilter(job_id=inquiry.job.job_id, record_no=record_no)
        entries = inquiry.state.entries(which)
        self._entries = [each for each in entries if is_same_file(each.uri, file)]

    def answers(self) -> list[RunAnswer]:
        by_run: dict[str, list[Settled]] = {}
        for settled in self._inquiry.state.commits(self._inquiry.job.job_id):
            by_run.setdefault(settled.record.run.nonce, []).append(settled)
        found = (self._answer(commits) for commits in by_run.values())
        return [each for each in found if each is not None]

    def _answer(self, commits: Sequence[Settled]) -> RunAnswer | None:
        """What a run made of the record; None for one that did not read it."""
        record = commits[0].record
        rows = [row for row in self._rows if row.nonce == record.run.nonce]
        known = self._known(record, rows)
        if known is not None:
            return self._about(commits, known)
        mine = self._input(commits)
        if _is_replay(record) or not (mine is not None or self._may_have_read(commits)):
            return None
        if mine is not None and self._is_beyond(mine):
            return self._about(commits, _answer(record, "not_there", "position"))
        return self._about(commits, self._by_trace(commits))

    def _input(self, commits: Sequence[Settled]) -> InputFile | None:
        """The file as the run read it."""
        records = [one.record for one in commits]
        inputs = (each for one in records for each in files_read(one.position, one.tally))
        read = (each for each in inputs if not each.unread)
        return next((each for each in read if is_within(self._file, each.uri)), None)

    def _is_beyond(self, read: InputFile) -> bool:
        """Whether the file, if it is no archive, was shorter when it was read."""
        return is_same_file(read.uri, self._file) and self._record_no > read.records

    def _may_have_read(self, commits: Sequence[Settled]) -> bool:
        """Whether a run of a source that names no files has read the record, for all we know."""
        named = any(one.record.position.inputs for one in commits)
        if not any(one.record.tally.read or one.record.written.records for one in commits):
            return False
        return not named and self._trace is not None and self._trace.outcome != "missing"

    def _known(self, record: CommitRecord, rows: Sequence[LineageRow]) -> RunAnswer | None:
        """What the run itself has noted."""
        if rows:
            return evolve(
                _answer(record, "loaded", "lineage"),
                destinations=tuple(dict.fromkeys(row.destination for row in rows)),
                row_hashes=tuple(row.row_hash for row in rows),
                is_replaced=all(row.is_replaced for row in rows),
            )
        for entry in self._entries:
            if entry.id in record.replayed:
                return _answer(record, "loaded", "quarantine")
            if _is_rejected_by(entry, record):
                return evolve(
                    _answer(record, "rejected", "quarantine"),
                    step=entry.step or entry.stage,
                    message=entry.message,
                    status=entry.status,
                )
        return None

    def _by_trace(self, commits: Sequence[Settled]) -> RunAnswer:
        """What the chain makes of the record now, as far as that fits the run."""
        record = commits[0].record
        unknown = _answer(record, "unknown", "trace")
        found = self._trace
        if found is None:
            return unknown
        step = None if found.end is None else found.end.label
        if found.outcome in ("filtered", "merged", "taken", "blank"):
            return evolve(unknown, became=found.outcome, step=step)
        if found.outcome == "rejected" and record.tally.rejected and record.quarantine is None:
            message = "" if found.end is None else found.end.message
            return evolve(unknown, became="rejected", step=step, message=message)
        files = [each.record.lineage for each in commits if each.record.lineage is not None]
        if found.outcome == "passes" and not files:
            return evolve(unknown, became="loaded", row_hashes=found.row_hashes)
        if any(not exists(each.at(self._inquiry.root).path) for each in files):
            return evolve(unknown, message=_PRUNED)
        return unknown

    def _about(self, commits: Sequence[Settled], answer: RunAnswer) -> RunAnswer:
        """The answer with what is known of the run."""
        plan_hash = commits[0].record.plan_hash
        own_plan = _is_replay(commits[0].record)  # which has a source of its own
        places = tuple(dict.fromkeys(each.place for each in commits))
        return evolve(
            answer,
            destinations=answer.destinations or places,
            plan_hash=plan_hash,
            same_plan=own_plan or plan_hash in ("", self._inquiry.job.plan_hash),
            file_since=_since(self._input(commits)),
        )


def _answer(record: CommitRecord, became: Became, evidence: str) -> RunAnswer:
    return RunAnswer(record.run.run_id, record.committed_at, became, evidence)


def _is_replay(record: CommitRecord) -> bool:
    return bool(record.replayed) or is_replay(record.run)


def _is_rejected_by(entry: QuarantineEntry, record: CommitRecord) -> bool:
    """Whether a run has rejected the record of an entry, the last time or an earlier one."""
    if entry.nonce == record.run.nonce:
        return True
    return entry.first_rejected_at <= record.run.started <= entry.rejected_at


def _since(read: InputFile | None) -> Since:
    """What is known of a file since it was read."""
    if read is None:
        return "unknown"
    try:
        now = version_of(read.uri, 0.0)
        if now.resembles(read.size_bytes, read.etag):
            return "as it was"
        if read.sha256 is not None:
            return "as it was" if sha256_of(read.uri) == read.sha256 else "changed"
    except (EtlkitError, OSError):
        return "unknown"
    if None not in (now.size_bytes, read.size_bytes) and now.size_bytes != read.size_bytes:
        return "changed"
    return "unknown" if None in (now.etag, read.etag) else "rewritten"
