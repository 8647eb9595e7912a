"""Everything that can be seen of a file while it is read, and streams that give little at a time."""

from __future__ import annotations

import io

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from etlkit.errors import EtlkitError
from etlkit.formats.format import ByteStream, Format
from etlkit.formats.packed.archives import Content, LeftOut, Packing
from etlkit.records import Batch, Origin, Unfit, refused_place


URI = "file"
Seen: TypeAlias = list[tuple[Any, ...]]


class Trickle(io.BytesIO):
    """A file that gives no more than so many bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """All, where all is asked for; or else no more than the limit."""
        return super().read(size if size is None or size < 0 else min(size, self._most))


def seen(format_: Format, stream: ByteStream, uri: str = URI) -> Seen:
    """Each record with number, place, bytes and meaning, what is refused, and how it failed."""

    def batches() -> Iterator[Batch]:
        yield from format_.batches(stream, Origin(uri))  # some fail before they begin

    return list(_until_it_fails(_records(batches())))


def seen_packed(
    packing: Packing, file: io.BytesIO, name: str, format_for: Callable[[str], Format]
) -> Seen:
    """The same for a file that may be compressed, or an archive."""

    def contents() -> Iterator[tuple[Any, ...]]:
        left_out = LeftOut(URI)
        for content in packing.contents(file, name, left_out, uri=URI, knows=lambda name: True):
            yield ("member", content.uri, content.uri.isprintable())
            yield from _records(_batches(content, format_for(content.name)))
        yield ("left out", left_out.reasons)

    return list(_until_it_fails(contents()))


def _batches(content: Content, format_: Format) -> Iterator[Batch]:
    stream = content.plain() if format_.is_text else content.stream
    yield from format_.batches(stream, Origin(content.uri))
    content.finish()


def _until_it_fails(found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """What is found, and then the error; one that is not documented goes through."""
    try:
        yield from found
    except EtlkitError as error:
        yield ("failed", type(error).__name__, str(error))


def _records(batches: Iterator[Batch]) -> Iterator[tuple[Any, ...]]:
    remarks: list[str] = []
    for batch in batches:
        remarks += batch.remarks
        for position, item in enumerate(batch.items):
            place, raw = batch.place(position), batch.raw(position)
            yield (batch.first + position, place, raw, meaning(batch, item))
        for one in batch.refused:
            yield (batch.first, refused_place(batch, one), one.raw, one.code, one.message)
    yield ("remarks", *remarks)


def meaning(batch: Batch, item: Any) -> str:
    """The record that an item is, or why it is none."""
    try:
        return repr(batch.decode(item))
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:
        if batch.is_blank is not None and batch.is_blank(item):
            return "blank"
        reason = error if batch.explain is None else batch.explain(item, error)
        if isinstance(reason, Unfit):
            return f"{reason.code}: {reason}"
        raise
