"""Lines that wait for others, since they seem to end within quotes."""

from __future__ import annotations


class Waiting:
    """Lines of a file that were not cut into rows yet.

    Cutting lines that end within quotes is work to be done again with the next block.
    Whether they do is guessed by the number of quotes, and the lines are cut at the latest
    when there are twice as many as at the last try. So a wrong guess costs time in
    proportion to the lines, and nothing else.

    Attributes:
        spans_lines: A row of the file has taken several lines; until then nothing waits.
    """

    def __init__(self, quote: bytes) -> None:
        self.spans_lines = False
        self._quote = quote
        self._blocks: list[bytes] = []
        self._size = 0
        self._next_try = 0
        self._is_odd = False
        self._can_count = True

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def add(self, lines: bytes) -> None:
        """Put lines behind those that wait."""
        if not self._blocks:
            self._next_try = 2 * len(lines)
            self._can_count = True
        self._blocks.append(lines)
        self._size += len(lines) + 1
        if self.spans_lines and self._quote:
            self._is_odd ^= bool(lines.count(self._quote) % 2)

    def is_ready(self, most_bytes: int) -> bool:
        """Whether the lines should be cut now; always when there are more bytes than this."""
        if not self.spans_lines or not self._quote or self._size > most_bytes:
            return True
        return self._size > self._next_try or (self._can_count and not self._is_odd)

    def taken(self) -> bytes | None:
        """The lines, joined, which wait no longer; None where there are none."""
        if not self._blocks:
            return None
        taken = b"\n".join(self._blocks) if len(self._blocks) > 1 else self._blocks[0]
        self._blocks = []
        self._size = 0
        self._is_odd = False
        return taken

    def begin(self, opened: bytes) -> None:
        """Wait with a row whose quote is not closed."""
        self.spans_lines = True
        self.add(opened)
        self._can_count = self._is_odd  # an even number of quotes has misled before
