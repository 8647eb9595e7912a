"""Batches of a file that was read as UTF-8, although it has another encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from etlkit.formats.encodings import original
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from etlkit.records import Batch, Explainer, Refusal


def restored(batches: Iterator[Batch], encoding: str) -> Iterator[Batch]:
    """Batches whose rejected records have their bytes as the file holds them.

    Args:
        batches: What was cut out of the stream that
            :func:`~etlkit.formats.encodings.transcoded` gives.
        encoding: The encoding of the file.
    """
    if is_utf_8(encoding):
        return batches
    return (_restored(batch, encoding) for batch in batches)


def is_utf_8(encoding: str) -> bool:
    """Whether text in an encoding is read as it is; a byte order mark is always skipped."""
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}


def _restored(batch: Batch, encoding: str) -> Batch:
    return evolve(
        batch,
        places=_Original(batch, encoding),
        refused=tuple(_refusal(refusal, encoding) for refusal in batch.refused),
        explain=None if batch.explain is None else _explainer(batch.explain, encoding),
    )


@frozen
class _Original:
    """Where the items of a batch stand, with their bytes in the encoding of the file."""

    batch: Batch
    encoding: str

    def raw(self, position: int) -> bytes:
        return original(self.batch.raw(position) or b"", self.encoding)

    def line(self, position: int) -> int | None:
        return self.batch.line(position)


def _refusal(refusal: Refusal, encoding: str) -> Refusal:
    """What is kept of a record that is too long, as far as its last whole character."""
    if refusal.raw is None:
        return refusal
    text = refusal.raw.decode(errors="ignore").encode()
    message = f"{refusal.message}; it was read as UTF-8, where its bytes are counted"
    return evolve(refusal, raw=original(text, encoding), message=message)


def _explainer(explain: Explainer, encoding: str) -> Explainer:
    """The same words, but for text that is no text in its own encoding."""

    def explained(item: Any, error: Exception) -> Exception:
        reason = explain(item, error)
        if isinstance(reason, Unfit) and reason.code == "utf8":
            return Unfit("utf8", f"not valid {encoding}")
        return reason

    return explained
