"""The commit record: what a destination keeps of one load, together with its data."""

from __future__ import annotations

import hashlib
import json

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from attrs import asdict, evolve, field, frozen

from etlkit._files.paths import below, located
from etlkit.errors import CorruptState
from etlkit.runs.context import Mode, RunContext
from etlkit.runs.inputs import InputFile
from etlkit.runs.tally import Tally


COMMIT_FORMAT = 1

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


@frozen
class Part:
    """One thing that a destination will publish: a file, an object, the rows of a table.

    Attributes:
        name: What the destination calls it; for a file of a dataset its path in there.
        records: How many it holds.
        size_bytes: Its length, where it has one.
        sha256: Of its bytes, in hexadecimal digits, where it has any.
        stamp: What tells a local file without reading it: its number, length and time of
            change, which it keeps when it is renamed.
        origin: The source file that all of its records come from, or None.
        partition: The folder of a partitioned dataset that it belongs to: ``state=CA``.
    """

    name: str
    records: int
    size_bytes: int | None = None
    sha256: str | None = field(default=None, kw_only=True)
    stamp: str | None = field(default=None, kw_only=True)
    origin: str | None = field(default=None, kw_only=True)
    partition: str | None = field(default=None, kw_only=True)


@frozen
class Written:
    """What a load session has really written, before it is published.

    Attributes:
        parts: What will be published.
        remarks: What the user should know of it although nothing failed.
    """

    parts: Sequence[Part]
    remarks: Sequence[str] = ()

    @property
    def records(self) -> int:
        """Records in all parts."""
        return sum(part.records for part in self.parts)


@frozen
class KeptFile:
    """A file that counts only once a commit record names it.

    Attributes:
        path: Where it is: from the root where it is below one, so that the root may be moved;
            else in full.
        records: Lines or entries in it.
        size_bytes: Its length.
        sha256: Of its bytes, in hexadecimal digits.
    """

    path: str
    records: int
    size_bytes: int
    sha256: str

    def below(self, root: str | None) -> KeptFile:
        """The file as a commit record names it."""
        return self if root is None else evolve(self, path=below(root, self.path))

    def at(self, root: str | None) -> KeptFile:
        """The file with its path in full, from where the root is now."""
        return evolve(self, path=located(root, self.path))


@frozen
class Position:
    """How far a source was read by the loads that were committed.

    Attributes:
        inputs: Files that were read to their end; of a single load, those of that load.
        cursor: What the source needs to go on, ready for JSON; None for a source
            without one.
    """

    inputs: tuple[InputFile, ...] = ()
    cursor: Any = None

    def then(self, later: Position) -> Position:
        """This position after a further load."""
        inputs = {each.uri: each for each in (*self.inputs, *later.inputs)}
        cursor = self.cursor if later.cursor is None else later.cursor
        return Position(tuple(inputs.values()), cursor)


@frozen
class CommitRecord:
    """What a destination is given to keep of one load, together with its data.

    Quarantine, lineage, position and events count only when a record that a destination
    keeps names them.

    Attributes:
        run: The attempt that commits.
        mode: ``replace``, ``append``, ``upsert`` or ``replace-partition``.
        written: The parts that are published.
        tally: The counts of the run.
        quarantine: The rejected records, or None.
        committed_at: When, in UTC.
        output: Name of the output in a job with several; empty in a job with one.
        lineage: Where each record came from, or None where that is not kept.
        position: How far the source was read.
        replayed: Ids of the quarantine entries that this load has loaded after all.
        events: What happened, for those who are told; ready for JSON.
        plan_hash: Tells plans apart: steps, validators, and how records are loaded.
        supersedes: Nonces of earlier loads that count no more, since this one was forced.
        format: Version of this layout.
    """

    run: RunContext
    mode: Mode
    written: Written
    tally: Tally
    quarantine: KeptFile | None
    committed_at: datetime
    output: str = field(default="", kw_only=True)
    lineage: KeptFile | None = field(default=None, kw_only=True)
    position: Position = field(factory=Position, kw_only=True)
    replayed: tuple[str, ...] = field(default=(), kw_only=True)
    events: tuple[Mapping[str, Any], ...] = field(default=(), kw_only=True)
    plan_hash: str = field(default="", kw_only=True)
    supersedes: tuple[str, ...] = field(default=(), kw_only=True)
    format: int = field(default=COMMIT_FORMAT, kw_only=True)

    def is_of(self, run: RunContext) -> bool:
        """Whether it is the record of the same work: the same job and the same run key."""
        return self.run.run_key == run.run_key and self.run.job_id == run.job_id

    def to_json(self) -> bytes:
        """One line of JSON with a checksum of its content, without the end of the line."""
        content = {
            "format": self.format,
            "run": {**asdict(self.run), "started": self.run.started.isoformat()},
            "mode": self.mode,
            "output": self.output,
            "parts": [_content(part) for part in self.written.parts],
            "tally": self.tally.to_dict(),
            "quarantine": None if self.quarantine is None else asdict(self.quarantine),
            "lineage": None if self.lineage is None else asdict(self.lineage),
            "inputs": [asdict(each) for each in self.position.inputs],
            "cursor": self.position.cursor,
            "replayed": self.replayed,
            "events": self.events,
            "plan_hash": self.plan_hash,
            "supersedes": self.supersedes,
            "committed_at": self.committed_at.isoformat(),
        }
        return _canonical({**content, "checksum": _checksum(content)})

    @classmethod
    def from_json(cls, line: bytes, where: str) -> CommitRecord:
        """The record of a line that ``to_json`` made; ``where`` is its place, for messages.

        Raises:
            CorruptState: It does not verify.
        """
        try:
            for parse in (_parsed, json.loads):  # the second keeps integers beyond 64 bits
                content = parse(line)
                checksum = content.pop("checksum")
                if checksum == _checksum(content) and content["format"] == COMMIT_FORMAT:
                    return _record(content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _corrupt(where) from error
        raise _corrupt(where)


def _content(part: Part) -> dict[str, Any]:
    """What a record says of a part; a stamp only where it has one, as in older records."""
    return {name: it for name, it in asdict(part).items() if name != "stamp" or it is not None}


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys; names of files that are no UTF-8 are lone surrogates, escaped."""
    try:
        return orjson.dumps(content, None, _CANONICAL)
    except TypeError:
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:  # which takes no lone surrogate
        return json.loads(line)


def _corrupt(where: str) -> CorruptState:
    message = (
        f"{where}: does not verify as a commit record of format {COMMIT_FORMAT}: it was damaged, "
        "or written by a newer etlkit. Nothing was changed; put back a copy of the file"
    )
    return CorruptState(message)


def _record(content: dict[str, Any]) -> CommitRecord:
    run = content["run"]
    return CommitRecord(
        RunContext(**{**run, "started": datetime.fromisoformat(run["started"])}),
        content["mode"],
        Written(tuple(Part(**part) for part in content["parts"])),
        Tally.from_dict(content["tally"]),
        _kept(content["quarantine"]),
        datetime.fromisoformat(content["committed_at"]),
        output=content["output"],
        lineage=_kept(content["lineage"]),
        position=Position(
            tuple(InputFile(**each) for each in content["inputs"]), content["cursor"]
        ),
        replayed=tuple(content["replayed"]),
        events=tuple(content["events"]),
        plan_hash=content["plan_hash"],
        supersedes=tuple(content["supersedes"]),
    )


def _kept(content: dict[str, Any] | None) -> KeptFile | None:
    return None if content is None else KeptFile(**content)
