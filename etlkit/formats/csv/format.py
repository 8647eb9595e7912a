"""CSV and TSV: cells between delimiters, quoted where they hold one, one record a row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.csv.file import CsvFile
from etlkit.formats.csv.parsing import Dialect
from etlkit.formats.format import Format
from etlkit.formats.text.cells import (
    Columns,
    columns_of,
    first_repeated,
    null_values_field,
    schema_of,
    texts_of,
)
from etlkit.formats.text.lines import limit_field, line_blocks
from etlkit.formats.text.restoring import batches_of, encoding_field
from etlkit.records import Refusal


if TYPE_CHECKING:
    from etlkit.formats.format import ByteStream
    from etlkit.records import Batch, Origin
    from etlkit.schema.fields import HasSchema, Place, Rules, Schema

CHUNK_BYTES = 64 * 1024  # measured: rows are lists, and more of them leave the cache
SNIFF = "sniff"


def _one_character(format_: Csv, attribute: Any, value: object) -> None:
    if value is None or (isinstance(value, str) and len(value) == 1 and value not in "\r\n\0"):
        return
    if attribute.name == "delimiter" and value == SNIFF:
        return
    other = ", or 'sniff'" if attribute.name == "delimiter" else ""
    message = (
        f"format {format_.name!r}: {attribute.name} is one character{other}, got {shown(value)}"
    )
    raise ConfigurationError(message)


def _number_of_lines(format_: Csv, attribute: Any, value: object) -> None:
    if type(value) is not int or value < 0:
        what = f"{attribute.name} is a whole number from 0 on, got {shown(value)}"
        message = f"format {format_.name!r}: {what}"
        raise ConfigurationError(message)


def _claim(format_: Csv, attribute: Any, value: object) -> None:
    if not isinstance(value, bool):
        message = f"format {format_.name!r}: {attribute.name} is True or False, got {shown(value)}"
        raise ConfigurationError(message)


def _names(given: object) -> tuple[str, ...] | None:
    return None if given is None else texts_of("names", given)


@frozen(kw_only=True)
class Csv(Format):
    """Comma-separated values as RFC 4180 has them, and what spreadsheets make of them.

    The first row names the fields. A record ends at a newline outside of quotes; CR LF and
    LF both do. Each record keeps its physical lines as bytes, and is told by the line where
    it begins. Cells are texts unless ``schema`` gives their types.

    A row with too few or too many cells is a rejected record, and so is one whose quotes
    are not RFC 4180's. A field that is named twice, and a quote that is still open at the
    end of the file, fail the run. Blank lines are skipped and counted.

    Attributes:
        delimiter: What stands between cells; ``"sniff"`` finds out from the first rows and
            says in the result what it found. A first line such as ``sep=;`` says it, too.
        quote: What stands around cells that hold a delimiter, or None where nothing does.
        escape: What stands before a character that means itself, or None; a quote within
            quotes is doubled either way.
        encoding: Of the file; rejected records keep their bytes in it.
        names: Names of the fields, for a file whose first row is a record.
        skip_lines: Lines before the header, such as a title, that are no records.
        strip: Take away the spaces around names and cells, within quotes and before them
            too; rejected records keep theirs.
        null_values: Cells that mean None, such as ``["NA"]``.
        schema: Types of fields: rules, a Schema or a DataValidator. An empty cell of a type
            other than text means None. Without one, every cell is a text. Of the rules only
            ``type`` is used, ``required`` for the header, and ``sensitive`` for messages;
            the others judge nothing unless the job has a validator of them, too.
        max_record_bytes: A longer line is rejected; its beginning, length and SHA-256 are
            kept. A row of several lines that is longer fails the run, since most likely a
            quote is not closed.

    Raises:
        ConfigurationError: An option cannot be meant; the message names it.
    """

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    usual_delimiter: ClassVar[str] = ","

    delimiter: str | None = field(default=None, validator=_one_character)
    quote: str | None = field(default='"', validator=_one_character)
    escape: str | None = field(default=None, validator=_one_character)
    encoding: str = encoding_field()
    names: Sequence[str] | None = field(default=None, converter=_names)
    skip_lines: int = field(default=0, validator=_number_of_lines)
    strip: bool = field(default=False, validator=_claim)
    null_values: Collection[str] = null_values_field()
    schema: Rules | Schema | HasSchema | None = field(default=None, repr=False)
    max_record_bytes: int = limit_field()
    columns: Columns = field(init=False, repr=False)

    @columns.default
    def _columns(self) -> Columns:
        nulls = frozenset(self.null_values)
        return columns_of(self.schema, nulls, self.encoding, strip=self.strip)

    def __attrs_post_init__(self) -> None:
        given = [
            one for one in (self.dialect.delimiter, self.quote, self.escape) if one is not None
        ]
        if len(set(given)) < len(given):
            what = "delimiter, quote and escape are three different characters"
            message = f"format {self.name!r}: {what}"
            raise ConfigurationError(message)
        if self.strip and " " in given:
            message = f"format {self.name!r}: strip=True takes away spaces, so none can be a mark"
            raise ConfigurationError(message)
        names = self.names or ()
        twice = first_repeated(names)
        if twice is not None:
            message = f"format {self.name!r}: names has {twice!r} twice"
            raise ConfigurationError(message)

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The rows of a file, in batches of about 64 KiB.

        Raises:
            InputError: The header names a field twice, or lacks one that the schema requires.
            InputTruncated: A quote is not closed.
        """
        return batches_of(stream, origin, self.encoding, self._cut)

    def _cut(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The rows of a file in UTF-8."""
        file = CsvFile(self, origin)
        for block, closed in line_blocks(
            stream,
            origin,
            self.max_record_bytes,
            chunk_bytes=CHUNK_BYTES,
            whole_first=self.sniffs,
        ):
            if isinstance(block, Refusal):
                yield from file.refused(block)
            else:
                yield from file.batches(block, ends_open=not closed)
        yield from file.end()

    @property
    def known_fields(self) -> tuple[str, ...] | None:
        """The names, where no header has them."""
        return None if self.names is None else tuple(self.names)

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the schema."""
        return tuple(schema_of(self.schema).sensitive_places())

    @property
    def dialect(self) -> Dialect:
        """How rows are cut into cells, as far as the options say."""
        delimiter = self.usual_delimiter if self.delimiter is None else self.delimiter
        return Dialect(delimiter, self.quote, self.escape, self.strip)

    @property
    def sniffs(self) -> bool:
        """Whether the delimiter is to be found out."""
        return self.delimiter == SNIFF


@frozen(kw_only=True)
class Tsv(Csv):
    """Tab-separated values: as :class:`Csv`, with tabs for commas."""

    name: ClassVar[str] = "tsv"
    suffixes: ClassVar[tuple[str, ...]] = (".tsv", ".tab")
    usual_delimiter: ClassVar[str] = "\t"
