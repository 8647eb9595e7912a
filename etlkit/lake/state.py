"""What a commit log says up to one of its entries, and the checkpoint that saves reading it.

A checkpoint is an index: one that does not verify is as good as none, since the entries
are all there.
"""

from __future__ import annotations

import hashlib

from typing import Any

import orjson

from attrs import asdict, define, field

from etlkit.lake.live import Contents, LivePart
from etlkit.runs.commit import CommitRecord, Part
from etlkit.runs.context import RunContext


CHECKPOINT_FORMAT = 1


@define
class LogState:
    """What a log says up to one of its entries; used by one thread.

    Attributes:
        head: Number of the last entry; 0 for a log without any.
        contents: The parts that count.
        loads: The numbers of the entries of each unit of work, by its digest.
        checkpoint: Number of the entry up to which a checkpoint told it.
    """

    head: int = 0
    contents: Contents = field(factory=Contents)
    loads: dict[str, list[int]] = field(factory=dict)
    checkpoint: int = 0

    def take(self, record: CommitRecord) -> list[LivePart]:
        """Go on by one entry, and return the parts that count no more since it."""
        self.head += 1
        self.loads.setdefault(_work(record.run), []).append(self.head)
        return self.contents.take(record)

    def entries_of(self, run: RunContext) -> list[int]:
        """The numbers of the entries that may be of the same work as a run."""
        return self.loads.get(_work(run), [])

    def to_json(self, entry: bytes) -> bytes:
        """The state as a checkpoint; ``entry`` is the content of its last entry."""
        content = {
            "format": CHECKPOINT_FORMAT,
            "head": self.head,
            "entry": hashlib.sha256(entry).hexdigest(),
            "parts": [[each.job_id, each.nonce, asdict(each.part)] for each in self.contents.parts],
            "loads": self.loads,
        }
        return orjson.dumps({**content, "checksum": _checksum(content)}, None, _SORTED) + b"\n"

    @classmethod
    def from_json(cls, data: bytes, entry: bytes) -> LogState | None:
        """The state of a checkpoint; None where it does not verify, or is of another log."""
        try:
            content = orjson.loads(data)
            checksum = content.pop("checksum")
            wanted = (_checksum(content), CHECKPOINT_FORMAT, hashlib.sha256(entry).hexdigest())
            if (checksum, content["format"], content["entry"]) == wanted:
                return _state(content)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        return None


_SORTED = orjson.OPT_SORT_KEYS


def _state(content: dict[str, Any]) -> LogState:
    rows, head = content["parts"], content["head"]
    for job_id, nonce, part in rows[-1:]:  # all have the same fields
        LivePart(Part(**part), job_id, nonce)
    parts = (LivePart(Part(**part), job_id, nonce) for job_id, nonce, part in rows)
    return LogState(head, Contents(parts), content["loads"], head)


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, None, _SORTED)).hexdigest()


def _work(run: RunContext) -> str:
    """A digest of what makes two runs the same work."""
    return hashlib.sha256(orjson.dumps([run.job_id, run.run_key])).hexdigest()[:32]
