"""Text in columns of fixed width: one record a line, each field at its own place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.formats.format import Format
from etlkit.formats.text.batching import Lines
from etlkit.formats.text.cells import Columns, columns_of, null_values_field, schema_of
from etlkit.formats.text.lines import limit_field
from etlkit.formats.text.restoring import batches_of, encoding_field
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Batch, Decoder, Origin
    from etlkit.schema.fields import HasSchema, Place, Rules, Schema


_HOW = "fields are {'name': (start, stop), ...} or {'name': width, ...}"


@frozen(kw_only=True)
class FixedWidth(Format):
    r"""Lines in which each field has its place, as mainframes and banks write them.

    No suffix means this format; pass ``format="fixed"``. A line that is too short for the
    fields, or has text behind the last one, is a rejected record; text between fields is
    passed over. Blank lines are skipped and counted.

    Attributes:
        fields: Where each field stands, by name: a pair of positions as in a slice,
            counted in characters from 0, the second one exclusive; or the width of a
            field that begins where the one before it ends.
        strip: Take away the spaces around each field.
        null_values: Texts that mean None, such as ``["NA"]``.
        schema: Types of fields: rules, a Schema or a DataValidator. An empty field of a type
            other than text means None. Without one, every field is a text. Of the rules
            only ``type`` is used, and ``sensitive`` for messages.
        encoding: Of the file; rejected records keep their bytes in it.
        max_record_bytes: A longer line is rejected; its beginning, length and SHA-256
            are kept.

    Example:
        >>> import io
        >>> from etlkit.formats import FixedWidth
        >>> from etlkit.records import Origin
        >>> accounts = FixedWidth(fields={"id": (0, 4), "name": (4, 12)})
        >>> (batch,) = accounts.batches(io.BytesIO(b"0017Ada     \n"), Origin("accounts.txt"))
        >>> batch.decode(batch.items[0])
        {'id': '0017', 'name': 'Ada'}
    """

    name: ClassVar[str] = "fixed"
    suffixes: ClassVar[tuple[str, ...]] = ()

    fields: Mapping[str, tuple[int, int] | int] = field()
    strip: bool = True
    null_values: Collection[str] = null_values_field()
    schema: Rules | Schema | HasSchema | None = field(default=None, repr=False)
    encoding: str = encoding_field()
    max_record_bytes: int = limit_field()
    _cuts: tuple[tuple[str, slice], ...] = field(init=False, repr=False)
    _columns: Columns = field(init=False, repr=False)

    @_cuts.default
    def _places(self) -> tuple[tuple[str, slice], ...]:
        given: object = self.fields
        if not isinstance(given, Mapping) or not given:
            message = f"{_HOW}, got {shown(given)}"
            raise ConfigurationError(message)
        cuts: list[tuple[str, slice]] = []
        stop = 0
        for name, place in given.items():
            start, stop = _place(name, place, stop)
            cuts.append((name, slice(start, stop)))
        return tuple(cuts)

    @_columns.default
    def _typed(self) -> Columns:
        columns = columns_of(self.schema, frozenset(self.null_values), self.encoding)
        for name in columns.fields:
            if name not in self.fields:
                hint = did_you_mean(name, self.fields)
                message = f"the schema names {name!r}, which is not among the fields{hint}"
                raise ConfigurationError(message)
        return columns

    @property
    def sensitive_places(self) -> tuple[Place, ...]:
        """Those of the schema."""
        return tuple(schema_of(self.schema).sensitive_places())

    @property
    def known_fields(self) -> tuple[str, ...]:
        """Those that have a place."""
        return tuple(self.fields)

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The lines of a file, in batches of about 128 KiB.

        Raises:
            InputError: The file has another encoding, or is compressed.
        """
        cutter = _Cutter(self._cuts, strip=self.strip)
        decoders = self._columns.decoders([name for name, _ in self._cuts])

        def decoder(block: bytes, _: int) -> Decoder:
            of_cells, cells = decoders.of_block(block, is_text=True), cutter.cells
            return lambda line: of_cells(cells(line))

        def explain(line: bytes, error: Exception) -> Exception:
            if isinstance(error, UnicodeDecodeError):
                byte = line[error.start]
                return Unfit("utf8", f"not valid UTF-8: byte {byte:#04x} at {error.start}")
            return (
                error if isinstance(error, Unfit) else decoders.explain(cutter.cells(line), error)
            )

        lines = Lines(self.max_record_bytes, decoder, explain)
        return batches_of(stream, origin, self.encoding, lines.batches)


class _Cutter:
    """Cuts lines into cells."""

    def __init__(self, cuts: tuple[tuple[str, slice], ...], *, strip: bool) -> None:
        self._cuts = [cut for _, cut in cuts]
        self._width = max(cut.stop for cut in self._cuts)
        self._strip = strip

    def cells(self, line: bytes) -> list[str]:
        """The texts of the fields.

        Raises:
            Unfit: The line has not all of them, or more than them.
        """
        text = line.decode()
        if len(text) != self._width or text.isspace():
            text = _fitting(text, self._width)
        if self._strip:
            return [text[cut].strip(" ") for cut in self._cuts]
        return [text[cut] for cut in self._cuts]


def _place(name: object, place: object, before: int) -> tuple[int, int]:
    """Start and stop of a field, whose predecessor stops at ``before``."""
    pair = (before, before + place) if isinstance(place, int) else place
    if isinstance(name, str) and isinstance(pair, (tuple, list)) and len(pair) == 2:  # noqa: PLR2004 -- a pair
        start, stop = pair
        if type(start) is type(stop) is int and type(place) is not bool and 0 <= start < stop:
            return start, stop
    message = f"field {shown(name)}: {_HOW}, with 0 <= start < stop, got {shown(place)}"
    raise ConfigurationError(message)


def _fitting(text: str, width: int) -> str:
    """The text of a line, if it has all fields and nothing behind them.

    Raises:
        Unfit: It has not.
    """
    text = text.removesuffix("\r")
    if not text.strip():
        raise Unfit("fields", "the line is blank")
    if len(text) < width:
        what = f"the line has {len(text)} characters, but the fields take {width}"
        raise Unfit("fields", what)
    if rest := text[width:].strip():
        position = text.index(rest, width)
        what = f"the line has text behind the last field, at position {position}"
        raise Unfit("fields", f"{what}; name it among the fields, if only to drop it in a step")
    return text
