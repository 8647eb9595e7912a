"""A rejected record as one line of a quarantine file."""

from __future__ import annotations

import base64

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit.state.lines import json_line, sealed


if TYPE_CHECKING:
    from etlkit.records import Rejection
    from etlkit.runs.context import RunContext

ENTRY_FORMAT = 3

_ID_BYTES = 16


@frozen
class Occurrence:
    """What the engine knows of a rejected record beside its rejection.

    Attributes:
        id: Its identity, see ``entry_id``.
        version: Of the content of its file, or of what stands for it.
        replayable: Its bytes can be read again as they were.
        frame: The bytes before and after its own with which they are a whole file.
    """

    id: str
    version: str
    replayable: bool = False
    frame: tuple[bytes, bytes] = (b"", b"")


def entry_id(job_id: str, uri: str, version: str, record_no: int, *, derived: bool) -> str:
    """The identity of a rejected record: the same when it is met again.

    128 bits of BLAKE2b, in hexadecimal digits, over the job, the file, the version of its
    content, the number of the record, and whether what is kept is not what the file held.
    Characters that are no UTF-8 count as question marks, as which the line has them.
    """
    lengths = f"{len(job_id)},{len(uri)},{len(version)}"  # so that none runs into the next
    text = f"{lengths}:{job_id}{uri}{version},{record_no},{derived}"
    return blake2b(text.encode(errors="replace"), digest_size=_ID_BYTES).hexdigest()


def entry_line(
    rejection: Rejection, run: RunContext, known: Occurrence, *, rejected_at: str | None = None
) -> bytes:
    """A rejected record as quarantine files keep it.

    ``raw`` is text, or base64 in ``raw_base64`` where the bytes are not UTF-8. The last field is a
    checksum of all that stands before it. The text of
    ``rejected_at`` may be given, so that it is not made anew for each record of a run.
    """
    line = json_line(
        {
            "format": ENTRY_FORMAT,
            "id": known.id,
            "job_id": run.job_id,
            "run_id": run.run_id,
            "uri": rejection.uri,
            "version": known.version,
            "record_no": rejection.record_no,
            "line_no": rejection.line_no,
            "stage": rejection.stage,
            "step": rejection.step,
            "code": rejection.code,
            "rule": rejection.problems[0].rule if rejection.problems else rejection.code,
            "message": rejection.message,
            "problems": [
                {"path": list(problem.path), "rule": problem.rule, "message": problem.message}
                for problem in rejection.problems
            ],
            "exception": rejection.exception,
            **_raw(rejection.raw),
            "raw_bytes": rejection.raw_bytes,
            **_frame(known.frame),
            "derived": rejection.derived,
            "replayable": known.replayable,
            "rejected_at": rejected_at or run.started.isoformat(),
        }
    )
    return sealed(line)


def _raw(raw: bytes | None) -> dict[str, str | None]:
    if raw is None:
        return {"raw": None}
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": _base64(raw)}


def _frame(frame: tuple[bytes, bytes]) -> dict[str, Any]:
    """The frame, where there is one; always as base64, since a program reads it."""
    return {"frame": [_base64(part) for part in frame]} if any(frame) else {}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
