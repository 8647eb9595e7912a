"""Lines as batches, for formats in which each line is a record."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from attrs import frozen

from etlkit.formats.text.lines import CHUNK_BYTES, line_blocks, too_long
from etlkit.records import Batch, Refusal


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Decoder, Explainer, Origin


def is_blank(line: bytes) -> bool:
    """Whether a line has nothing but white space."""
    return not line.strip()


@frozen
class Lines:
    """How the lines of a file become records.

    Attributes:
        limit: The most bytes that a line may have.
        decoder: Gives the decoder for the lines of a block, from the block and the
            length of its longest line.
        explain: Puts a failure of the decoder into words.
        explain_first: The same for the first line of a file, which may tell what kind of
            file it is; None where it tells no more than others.
        with_newlines: The decoder and what explains it take the newline of a line with it.
            Cut like that, lines cost a third of what they cost without.
    """

    limit: int
    decoder: Callable[[bytes, int], Decoder]
    explain: Explainer
    explain_first: Explainer | None = None
    with_newlines: bool = False

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The lines of a file, in batches of about 128 KiB, numbered from 1.

        Raises:
            InputError: The file has another encoding, or is compressed.
        """
        number = 1
        for block, closed in line_blocks(stream, origin, self.limit):
            if isinstance(block, Refusal):
                yield Batch(
                    (), origin, number, self.decoder(b"", 0), refused=(block,), by_line=True
                )
                number += 1
                continue
            lines = self._lines(block)
            yield from self._cut(block, lines, origin, number, ends_open=not closed)
            number += len(lines)
            if len(block) > 2 * CHUNK_BYTES:
                del block, lines  # a long line is not kept while the next one is read

    def _lines(self, block: bytes) -> list[bytes]:
        if self.with_newlines and len(block) <= 2 * CHUNK_BYTES:
            lines = BytesIO(block).readlines()
            return lines if block[-1:] not in b"\n" else [*lines, b""]
        return block.split(b"\n")  # which does not copy a block of one line

    def _cut(
        self, block: bytes, lines: list[bytes], origin: Origin, number: int, *, ends_open: bool
    ) -> Iterator[Batch]:
        """The lines of a block as a batch, or as several around lines that are too long."""
        longest = max(map(len, lines))
        decode = self.decoder(block, longest)
        start = 0
        if longest > self.limit:
            for index, line in enumerate(line.removesuffix(b"\n") for line in lines):
                if len(line) > self.limit:
                    if index > start:
                        yield self._batch(lines[start:index], origin, number + start, decode)
                    refusal = too_long(line, self.limit)
                    yield Batch(
                        (), origin, number + index, decode, refused=(refusal,), by_line=True
                    )
                    start = index + 1
        if start < len(lines):
            rest = lines[start:] if start else lines
            yield self._batch(rest, origin, number + start, decode, ends_open=ends_open)

    def _batch(
        self,
        lines: list[bytes],
        origin: Origin,
        number: int,
        decode: Decoder,
        *,
        ends_open: bool = False,
    ) -> Batch:
        return Batch(
            lines,
            origin,
            number,
            decode,
            ends_open=ends_open,
            is_blank=is_blank,
            by_line=True,
            frame=(b"", b""),
            explain=self._explainer(lines[0]) if number == 1 else self.explain,
        )

    def _explainer(self, first: bytes) -> Explainer:
        """The words for the lines of a batch that begins with the first line of its file."""
        explain_first = self.explain_first or self.explain
        return lambda line, error: (explain_first if line is first else self.explain)(line, error)
