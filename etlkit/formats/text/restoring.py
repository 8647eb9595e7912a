"""Batches of files in other encodings than UTF-8, which is what is cut and decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from etlkit.formats.text.encodings import (
    MARKS,
    MARKS_TELL,
    Transcoded,
    check_encoding,
    original,
    transcoded,
)
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Batch, Explainer, Origin, Refusal


def encoding_field() -> str:
    """The attribute ``encoding`` of a format."""
    name: str = field(default="utf-8", converter=check_encoding)
    return name


def batches_of(
    stream: ByteStream,
    origin: Origin,
    encoding: str,
    cut: Callable[[ByteStream, Origin], Iterator[Batch]],
) -> Iterator[Batch]:
    """What a function cuts out of the stream as UTF-8, with the bytes that the file holds.

    Args:
        stream: The bytes of the file.
        origin: The file.
        encoding: What its text is in.
        cut: Makes batches of text in UTF-8.
    """
    if encoding == "utf-8":
        return cut(stream, origin)
    text = transcoded(stream, encoding, uri=origin.uri)
    return (_restored(batch, text) for batch in cut(text, origin))


def _restored(batch: Batch, text: Transcoded) -> Batch:
    encoding = text.encoding  # with the byte order that its first bytes told
    return evolve(
        batch,
        places=_Original(batch, encoding),
        refused=tuple(_refusal(refusal, encoding) for refusal in batch.refused),
        explain=None if batch.explain is None else _explainer(batch.explain, encoding),
        frame=None if batch.frame is None else _framed(batch.frame, encoding),
    )


def _framed(frame: tuple[bytes, bytes], encoding: str) -> tuple[bytes, bytes]:
    """The frame as the file would have it; its mark tells the byte order."""
    before, after = (original(part, encoding) for part in frame)
    return (MARKS[encoding] + before if encoding in MARKS_TELL else before), after


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
    """A record that is too long, with the beginning that was kept."""
    if refusal.raw is None:
        return refusal
    message = f"{refusal.message}; counted and hashed is its text as UTF-8"
    return evolve(refusal, raw=original(refusal.raw, encoding), message=message)


def _explainer(explain: Explainer, encoding: str) -> Explainer:
    """The same words, but for bytes that mean nothing in the encoding of the file."""

    def explained(item: Any, error: Exception) -> Exception:
        reason = explain(item, error)
        if isinstance(reason, Unfit) and reason.code == "utf8":
            return Unfit("utf8", f"not valid {encoding}")
        return reason

    return explained
