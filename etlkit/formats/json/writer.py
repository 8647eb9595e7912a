"""Files of JSON: an object on each line, or one array of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from etlkit.formats.json.format import Json
from etlkit.formats.json.lines import JsonLines, JsonLinesEncoder
from etlkit.formats.text.adding import check_addable
from etlkit.formats.writer import Writer, Writing


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.formats.format import Encoder, Format
    from etlkit.records import OutBatch, Refusal


@frozen
class JsonLinesWriter(Writer):
    """Writes JSON Lines, in UTF-8.

    Attributes:
        strict_floats: Reject a record in which a step computed a NaN or an infinity,
            instead of writing null.
    """

    name: ClassVar[str] = JsonLines.name
    suffixes: ClassVar[tuple[str, ...]] = JsonLines.suffixes

    strict_floats: bool = field(default=False, kw_only=True)

    def reader(self) -> Format:
        """JSON Lines."""
        return JsonLines()

    def encoder(self) -> Encoder:
        """Lines of JSON."""
        return JsonLinesEncoder(strict_floats=self.strict_floats)

    def begin(self, place: str, before: bytes = b"") -> Writing:
        """Begin a load; a file of lines can be added to where it is in UTF-8.

        Raises:
            ConfigurationError: It is not.
        """
        check_addable(place, before, "utf-8", has_choice=False)
        return _Lines()


class _Lines(Writing):
    def encode(self, batch: OutBatch) -> tuple[bytes, Sequence[Refusal]]:
        return b"".join(batch.items), ()


@frozen
class JsonWriter(Writer):
    """Writes one JSON array with an object on each line, in UTF-8.

    The array ends with its last record, so a file is replaced as a whole and never added
    to.

    Attributes:
        strict_floats: As for JSON Lines.
    """

    name: ClassVar[str] = Json.name
    suffixes: ClassVar[tuple[str, ...]] = Json.suffixes
    can_append: ClassVar[bool] = False

    strict_floats: bool = field(default=False, kw_only=True)

    def reader(self) -> Format:
        """JSON."""
        return Json()

    def encoder(self) -> Encoder:
        """Lines of JSON, which become elements."""
        return JsonLinesEncoder(strict_floats=self.strict_floats)

    def begin(self, place: str, before: bytes = b"") -> Writing:
        """Begin an array."""
        del place, before
        return _Array()


class _Array(Writing):
    join = b","
    tail = b"\n]\n"

    def head(self) -> bytes:
        return b"["

    def encode(self, batch: OutBatch) -> tuple[bytes, Sequence[Refusal]]:
        lines = b"".join(batch.items)
        # A newline ends an element and stands nowhere within one: JSON escapes it in texts.
        return (b"\n" + lines.replace(b"\n", b",\n")[:-2] if lines else b""), ()
