"""What becomes of a record that fails: a rejection, and then the policy of the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from etlkit._words import missing_in, named
from etlkit.engine.kernel import DECODE, ENCODE
from etlkit.engine.masking import masked, masked_path, unquoted, withheld
from etlkit.errors import BudgetExceeded, RecordError
from etlkit.formats.exactness import json_holds
from etlkit.formats.values import canonical_json
from etlkit.records import Record, Rejection, Unfit, as_object
from etlkit.sources.decoding import explained
from etlkit.state.entry_lines import Occurrence, entry_id
from etlkit.state.rejected import (
    KEPT_BYTES,
    KEPT_IN_MEMORY,
    SHOWN,
    SHOWN_BYTES,
    deliver,
)


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etlkit._clock import Clock
    from etlkit.engine.kernel import Reject
    from etlkit.engine.plan import Stage
    from etlkit.records import Batch, Refusal
    from etlkit.runs.commit import KeptFile
    from etlkit.runs.context import RunContext
    from etlkit.runs.tally import Tally
    from etlkit.schema.fields import Place
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.rejected import RejectedFile
    from etlkit.transformations.step import RecordStep


def _unknown_version(_: str) -> None:
    """For sources that know nothing of versions."""


@define
class Rejects:
    """The rejected records of one attempt.

    Attributes:
        run: The attempt.
        policy: What to do with a record that fails; None stops the run.
        file: Where rejected records go; None keeps them in the result only.
        tally: Counts them.
        sensitive: Places of fields whose values are masked in messages.
        kept: Rejected records for the result, the first ones when there are many.
        kept_bytes: What they have altogether.
        version_of: Tells the version of a source file; asked when its first record is
            rejected. None is answered where there is none: the run key stands for it.
    """

    run: RunContext
    policy: Quarantine | None
    file: RejectedFile | None
    tally: Tally
    sensitive: tuple[Place, ...] = ()
    kept: list[Rejection] = field(factory=list)
    kept_bytes: int = 0
    version_of: Callable[[str], str | None] = _unknown_version
    _versions: dict[str, str] = field(factory=dict, init=False)
    _finished: KeptFile | None = field(default=None, init=False)
    _again: set[str] = field(factory=set, init=False)

    def of_stage(self, stage: Stage) -> Reject:
        """What a kernel of the stage calls for each record that fails."""

        def reject(
            where: int, error: Exception, batch: Batch, position: int, record: Record
        ) -> None:
            if isinstance(error, MemoryError):
                raise error
            failure = _Failure(where, error, batch, position, record, self.sensitive)
            if where >= 0:
                step = stage.steps[where]
                error = self._explained(step, error, record, batch.place(position))
                failure = evolve(failure, error=error, step=step)
                self.tally.steps[stage.first + where].rejected += 1
            rejection = failure.rejection()
            if where != DECODE:
                rejection = self._masked(rejection, batch, position, record)
            self._take(rejection, batch, position, failure.error)

        return reject

    def _explained(
        self, step: RecordStep, error: Exception, record: Record, place: str
    ) -> Exception:
        """The failure in better words.

        Raises:
            RecordError: It ends the run, whatever becomes of records that fail.
        """
        try:
            return unquoted(step.explain(error, record), self.sensitive)
        except RecordError as fatal:
            message = f"{self._whose}step {step.label}: {place}: {fatal}"
            raise RecordError(message) from fatal.__cause__

    @property
    def _whose(self) -> str:
        """What messages that end a run begin with."""
        return f"job {self.run.job_id!r}, "

    def refused(self, batch: Batch, refusals: Sequence[Refusal], stage: str) -> None:
        """Take records that a reader or a destination refused, by position in the batch."""
        for refusal in refusals:
            raw, derived = _raw(batch, refusal.position)
            rejection = Rejection(
                refusal.code,
                refusal.message,
                stage,
                None,
                batch.origin.uri,
                batch.first + refusal.position,
                raw if refusal.raw is None else refusal.raw,
                derived=derived,
                raw_bytes=refusal.raw_bytes,
                line_no=refusal.line_no or batch.line(refusal.position),
            )
            rejection = self._masked(rejection, batch, refusal.position)
            self._take(rejection, batch, refusal.position)

    def check_rate(self) -> None:
        """Check the budget at the end of the input.

        Raises:
            BudgetExceeded: The share of rejected records is too great.
        """
        if self.policy is not None:
            tally = self.tally
            derived = tally.produced if tally.rejected_derived else 0
            try:
                self.policy.check_rate(tally.rejected, tally.read + (derived or tally.added))
            except BudgetExceeded as over:
                self._note_first(over)
                raise

    def finish(self) -> KeptFile | None:
        """Make the file last, before the commit that will name it; None where there is none."""
        self._finished = None if self.file is None else self.file.finish()
        return self._finished

    def settled(self, *, wait_seconds: float, clock: Clock) -> str | None:
        """Deliver what the commit has made count; gives the path of the file for the user."""
        kept, self._finished = self._finished, None
        if self.file is None:
            return None
        if kept is None:  # the record of an earlier commit names the file that counts
            self.file.discard()
        nonce = self.run.nonce
        path = deliver(self.policy, kept, nonce, wait_seconds=wait_seconds, clock=clock)
        self.file.forget_diagnostic()
        return path

    def give_up(self) -> str | None:
        """Keep what an attempt that failed has rejected as a diagnostic; gives its path."""
        return None if self.file is None else self.file.keep_as_diagnostic()

    def replayed(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of the entries that were replayed whose records were not rejected again."""
        return tuple(one for one in ids if one not in self._again)

    def _take(
        self, rejection: Rejection, batch: Batch, position: int, error: Exception | None = None
    ) -> None:
        self.tally.rejected += 1
        self.tally.rejected_derived += batch.origin.derived
        kept = self._keep(rejection)
        if self.policy is None:
            # A traceback shows the cause, and its message may hold a sensitive value.
            cause = None if self.sensitive else error
            raise RecordError(self._stopped(rejection), rejection) from cause
        if self.file is not None:
            self.file.add(rejection, self._occurrence(rejection, batch, position))
        elif not kept:
            message = (
                f"more than {KEPT_IN_MEMORY} records, or {KEPT_BYTES >> 20} MiB of them, were "
                "rejected and there is no place for them; give the job a service with a root, or "
                "Quarantine(to='rejected.jsonl')"
            )
            raise BudgetExceeded(message)
        try:
            self.policy.check_number(self.tally.rejected)
        except BudgetExceeded as over:
            self._note_first(over)
            raise

    def _occurrence(self, rejection: Rejection, batch: Batch, position: int) -> Occurrence:
        version = batch.origin.version or self._versions.get(rejection.uri)
        if version is None:
            version = self.version_of(rejection.uri) or f"run {self.run.run_key}"
            self._versions[rejection.uri] = version
        run, number, derived = self.run, rejection.record_no, rejection.derived
        found = entry_id(run.job_id, rejection.uri, version, number, derived=derived)
        if batch.origin.version is not None:
            self._again.add(found)
        return Occurrence(
            found,
            version,
            replayable=_replayable(rejection, batch, position),
            frame=(b"", b"") if derived else batch.frame or (b"", b""),
        )

    def _note_first(self, error: BudgetExceeded) -> None:
        first = self.kept[0]
        error.add_note(f"the first of them is {first.place}: {first.message}")

    def _keep(self, rejection: Rejection) -> bool:
        """Keep a rejected record for the result, if there is room."""
        most, most_bytes = (
            (KEPT_IN_MEMORY, KEPT_BYTES) if self.file is None else (SHOWN, SHOWN_BYTES)
        )
        size = self.kept_bytes + len(rejection.raw or b"")
        if len(self.kept) >= most or (size > most_bytes and self.kept):
            return False
        self.kept_bytes = size
        self.kept.append(rejection)
        return True

    def _stopped(self, rejection: Rejection) -> str:
        return (
            f"{self._whose}{located(rejection)} "
            "Nothing was loaded. Mend the record or the step, or set such records aside with "
            "on_error=Quarantine()"
        )

    def _masked(
        self, rejection: Rejection, batch: Batch, position: int, *changed: Record
    ) -> Rejection:
        """The rejection without values of sensitive fields, as they were and as steps left them."""
        if not self.sensitive:
            return rejection
        source = _source(batch, position)
        if source is None:
            return _unknown(rejection) if rejection.stage != "read" else rejection
        records = (source, *changed)
        problems = tuple(
            evolve(
                problem,
                path=masked_path(problem.path, self.sensitive, records),
                message=masked(problem.message, self.sensitive, records),
            )
            for problem in rejection.problems
        )
        message = masked(rejection.message, self.sensitive, records)
        return evolve(rejection, message=message, problems=problems)


def located(rejection: Rejection) -> str:
    """A sentence with the step, the place of the record, and what is wrong with it."""
    where = f"step {rejection.step}" if rejection.step else f"to {rejection.stage} the record"
    message = rejection.message
    end = "" if message.endswith((".", "?", "!")) else "."
    return f"{where}: {rejection.place}: {message}{end}"


@frozen
class _Failure:
    """A record that failed, before it is put into words."""

    where: int
    error: Exception
    batch: Batch
    position: int
    record: Record
    sensitive: tuple[Place, ...]
    step: RecordStep | None = None

    def rejection(self) -> Rejection:
        batch, error = self.batch, self.error
        if self.where == DECODE:
            error = withheld(explained(batch, self.position, error), self.sensitive)
        stage = {DECODE: "decode", ENCODE: "encode"}.get(self.where, "transform")
        code = stage
        if self.step is not None:
            stage, code = self.step.stage, "step"
        raw, derived = _raw(batch, self.position)
        unfit = error if isinstance(error, Unfit) else None
        return Rejection(
            code if unfit is None else unfit.code,
            self._words(error),
            stage,
            None if self.step is None else self.step.label,
            batch.origin.uri,
            batch.first + self.position,
            raw,
            derived=derived,
            problems=() if unfit is None else unfit.problems,
            exception=type(error).__name__ if unfit is None else None,
            line_no=batch.line(self.position),
        )

    def _words(self, error: Exception) -> str:
        if isinstance(error, Unfit):
            cut = self.where == DECODE and self.batch.ends_open
            last = cut and self.position == len(self.batch.items) - 1
            last = last and error.code != "not_object"  # which can be read to its end
            return f"{error}{_CUT if last else ''}"
        if self.where == DECODE:
            return named(error, withheld=bool(self.sensitive))
        missing = missing_in(error, self.record) if self.where >= 0 else None
        return missing or named(error)


_CUT = "; the file ends here without a newline, so the record may have been cut off"


def _raw(batch: Batch, position: int) -> tuple[bytes | None, bool]:
    """The bytes of a record as its source held them, and whether they had to be made."""
    raw = batch.raw(position)
    if raw is not None or position >= len(batch.items):
        return raw, batch.origin.derived
    return canonical_json(batch.items[position]), True


def _replayable(rejection: Rejection, batch: Batch, position: int) -> bool:
    """Whether the record can be had again from what is kept of it."""
    raw = rejection.raw
    if raw is None or rejection.raw_bytes is not None or batch.origin.derived:
        return False
    if rejection.derived:
        return position < len(batch.items) and json_holds(batch.items[position], raw)
    return batch.frame is not None


def _source(batch: Batch, position: int) -> Record | None:
    """The record as it was before the steps; None where it cannot be decoded, or not again."""
    try:
        return as_object(batch.decode(batch.items[position]))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- what it was is not known, and is not shown
        return None


def _unknown(rejection: Rejection) -> Rejection:
    """The rejection of a record of which nobody knows any more what had to be hidden."""
    what = "what is wrong is withheld: there are sensitive fields, and decoding failed this time"
    problems = tuple(evolve(problem, message=what) for problem in rejection.problems)
    return evolve(rejection, message=what, problems=problems)
