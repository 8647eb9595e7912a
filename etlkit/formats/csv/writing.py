"""One load of records on its way into lines of cells, under columns that hold for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, evolve

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.csv.sniffing import other_delimiter
from etlkit.formats.csv.texts import text_of
from etlkit.formats.writer import Writing
from etlkit.records import Problem, Refusal, Unfit


if TYPE_CHECKING:
    from etlkit.formats.csv.texts import Cells
    from etlkit.records import OutBatch, Record

_MOST_NAMED = 8
# Codecs that have all characters, each in one way.
_FAITHFUL = ("utf-8", "utf-16", "utf-32")

_Row: TypeAlias = tuple[object, ...]


@define
class Layout:
    """The columns of a load: as the user says, or as the first record written has them.

    Attributes:
        place: What messages call the file.
        header: The cells of the header that the file has already; None for a new file.
        cells: How values are written.
        encoding: How texts are encoded, as the user calls it.
        codec: The same as a codec that writes no mark of its own.
        line_end: The end of a line.
        mark: What stands before the header.
        named: The user named the columns.
        columns: Fields in the order of the columns; none until they are known.
    """

    place: str
    header: tuple[str, ...] | None
    cells: Cells
    encoding: str
    codec: str
    line_end: str
    mark: str
    named: bool
    columns: tuple[str, ...] = ()

    def settle(self, names: tuple[str, ...]) -> None:
        """Take these columns; those of a file that is added to keep the order they have there.

        Raises:
            Unfit: The names cannot be those of columns.
            ConfigurationError: The file has others.
        """
        by_cell = {self.cells.guarded(name): name for name in names}
        if len(by_cell) < len(names):
            message = "two names are the same once they have an apostrophe; rename one in a step"
            raise Unfit("columns", message)
        for name in names:
            if not self.has(name):
                raise Unfit("encode", self.lacking(f"the name {name!r}"))
        if self.header is not None:
            if by_cell.keys() != set(self.header):
                raise self._other(tuple(by_cell))
            names = tuple(by_cell[cell] for cell in self.header)
        self.columns = names

    def head(self) -> bytes:
        """The mark and the header, where the file has none yet."""
        if self.header is not None or not self.columns:
            return b""
        line = self.cells.line(self.columns) + self.line_end
        return f"{self.mark}{line}".encode(self.codec)

    def has(self, text: str) -> bool:
        """Whether the encoding has all characters of a text."""
        return has(self.codec, text)

    def lacking(self, what: str) -> str:
        """What to say of a text with a character that the encoding lacks."""
        wider = "" if self.codec.startswith("utf") else "pass encoding='utf-8', or "
        return (
            f"{what} has a character that {self.encoding} lacks; {wider}change the text in a step"
        )

    def unknown(self, names: Sequence[object]) -> str:
        """What to say of a record that has more fields than there are columns."""
        if not self.named:
            whose = "the columns are the fields of the first record written"
            mend = "name all of them with columns=[...]"
        else:
            whose, mend = "columns= does not name it", "name it there"
        return f"no column for {listed(names)}: {whose}; {mend}, or remove the field in a step"

    def _other(self, cells: tuple[str, ...]) -> ConfigurationError:
        header = self.header or ()
        only_there = [cell for cell in header if cell not in cells]
        only_here = [cell for cell in cells if cell not in header]
        told = [f"only the file has {listed(only_there)}"] if only_there else []
        told += [f"only the records have {listed(only_here)}"] if only_here else []
        hint = ""
        other = other_delimiter(header[0], self.cells.delimiter) if len(header) == 1 else None
        if other is not None:
            hint = f"; is delimiter={other!r} meant?"
        elif not self.named and not only_here:
            hint = f"; pass columns={list(header)!r} to leave what is missing empty"
        message = (
            f"{self.place}: cannot be added to, since the columns differ: {', '.join(told)}{hint}"
        )
        return ConfigurationError(message)


def encoded(codec: str, text: str) -> bytes:
    """A text in an encoding, compared with what a reader makes of it.

    Some codecs write a likeness of a character, such as a backslash for a yen sign.

    Raises:
        UnicodeError: The encoding lacks a character.
    """
    data = text.encode(codec)
    if not codec.startswith(_FAITHFUL) and data.decode(codec) != text:
        message = f"{codec} writes a likeness of a character"
        raise UnicodeError(message)
    return data


def has(codec: str, text: str) -> bool:
    """Whether an encoding has all characters of a text."""
    try:
        encoded(codec, text)
    except UnicodeError:
        return False
    return True


def listed(names: Sequence[object]) -> str:
    """Names as messages show them, the first ones where there are many."""
    more = len(names) - _MOST_NAMED
    shown_names = ", ".join(map(repr, names[:_MOST_NAMED]))
    return f"{shown_names} and {more} more" if more > 0 else shown_names


class TableWriting(Writing):
    """The records of one load as lines.

    A batch is turned by columns: each is made texts in one go. Where that fails, the values
    of this column alone are looked at one after the other, so that a batch with bad records
    takes little longer than one without.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._guarded = 0
        self._known: frozenset[str] = frozenset()
        self._row: Callable[[Record], _Row] = tuple
        if layout.columns:
            self._settled()

    def head(self) -> bytes:
        """The mark and the header."""
        return self._layout.head()

    def encode(self, batch: OutBatch) -> tuple[bytes, Sequence[Refusal]]:
        """The lines of a batch.

        Raises:
            ConfigurationError: The file that is added to has other columns.
        """
        refused: dict[int, Refusal] = {}
        if not self._known:
            self._begin_with_first(batch, refused)
        rows = self._rows(batch.items, refused)
        lines, guarded = self._lines(rows, refused)
        refusals = _with_siblings(batch, refused)
        try:
            data = self._data(_without(lines, refusals))
        except UnicodeError:
            self._refuse_lacking(rows, lines, refused)
            refusals = _with_siblings(batch, refused)
            data = self._data(_without(lines, refusals))
        left_out = sum(self._layout.cells.guards(rows[each.position]) for each in refusals)
        self._guarded += guarded - left_out
        return data, refusals

    def remarks(self) -> Sequence[str]:
        """How many texts have an apostrophe in front now."""
        if not self._guarded:
            return ()
        return (
            (
                f"{self._guarded} text(s) that a spreadsheet would run as a formula have an "
                "apostrophe in front now; formulas=True writes them as they are"
            ),
        )

    def _settled(self) -> None:
        columns = self._layout.columns
        getter = itemgetter(*columns)
        self._known = frozenset(columns)
        self._row = getter if len(columns) > 1 else lambda record: (getter(record),)

    def _rows(self, items: Sequence[Record], refused: dict[int, Refusal]) -> list[_Row]:
        """The values in the order of the columns; only Nones for a record that is refused."""
        if self._known and set(map(len, items)) == {len(self._known)}:
            with suppress(KeyError):
                return list(map(self._row, items))  # no record lacks a field or has another
        rows: list[_Row] = []
        for position, record in enumerate(items):
            unfit = position in refused
            if not unfit and not self._known.issuperset(record):
                unknown = [name for name in record if name not in self._known]
                refused[position] = Refusal(position, "columns", self._layout.unknown(unknown))
                unfit = True
            rows.append(() if unfit else tuple(map(record.get, self._layout.columns)))
        nothing = (None,) * len(self._layout.columns)
        return [row or nothing for row in rows]

    def _begin_with_first(self, batch: OutBatch, refused: dict[int, Refusal]) -> None:
        """Take the columns of the first record that is written; refuse those before it."""
        numbers = batch.record_numbers
        for _, same in groupby(range(len(batch.items)), numbers.__getitem__):
            positions = list(same)
            first = batch.items[positions[0]]
            try:
                for position in positions:
                    self._check_alone(batch.items[position], first)
                self._begin_with(first)
            except Unfit as error:  # none of them is written, whatever the columns will be
                refused |= {each: Refusal(each, error.code, str(error)) for each in positions}
            else:
                return

    def _check_alone(self, record: Record, first: Record) -> None:
        """Check that a record can be written under the fields of another one.

        Raises:
            Unfit: It cannot.
        """
        unknown = [name for name in record if name not in first]
        if unknown:
            raise Unfit("columns", self._layout.unknown(unknown))
        for value in record.values():
            text_of(value)
        if not all(self._layout.has(str(value)) for value in record.values()):
            raise Unfit("encode", self._lacking(record.items()))

    def _begin_with(self, record: Mapping[Any, object]) -> None:
        names = tuple(record)
        if not names:
            message = "the first record has no fields, so there are no columns; pass columns=[...]"
            raise Unfit("columns", message)
        odd = next((name for name in names if not isinstance(name, str)), None)
        if odd is not None:
            message = f"the name of a column is a text, got {shown(odd)}; change the key in a step"
            raise Unfit("columns", message)
        self._layout.settle(names)
        self._settled()

    def _lines(self, rows: Sequence[_Row], refused: dict[int, Refusal]) -> tuple[list[str], int]:
        """A line for each row, and how many texts were guarded, refused rows among them."""
        cells, guarded, columns = self._layout.cells, 0, []
        for values in zip(*rows, strict=True):
            texts, number = self._column(values, refused)
            guarded += number
            columns.append(texts)
        if len(columns) == 1:  # a line with nothing in it would be no record
            nothing = cells.quote * 2
            columns = [[text or nothing for text in columns[0]]]
        return list(map(cells.delimiter.join, zip(*columns, strict=True))), guarded

    def _column(
        self, values: tuple[object, ...], refused: dict[int, Refusal]
    ) -> tuple[Sequence[str], int]:
        """The cells of a column; where it has values without a form, those are refused."""
        try:
            return self._layout.cells.column(values)
        except Unfit:
            found = list(values)
        for position, value in enumerate(found):
            try:
                text_of(value)
            except Unfit as error:
                refused.setdefault(position, Refusal(position, error.code, str(error)))
                found[position] = None
        return self._layout.cells.column(found)

    def _data(self, lines: list[str]) -> bytes:
        """The bytes of lines.

        Raises:
            UnicodeError: The encoding lacks a character.
        """
        end = self._layout.line_end
        return encoded(self._layout.codec, end.join(lines) + end) if lines else b""

    def _refuse_lacking(
        self, rows: Sequence[_Row], lines: Sequence[str], refused: dict[int, Refusal]
    ) -> None:
        """Refuse the rows with a character that the encoding lacks."""
        for position, line in enumerate(lines):
            if position not in refused and not self._layout.has(line):
                named = zip(self._layout.columns, rows[position], strict=True)
                message = self._lacking(named)
                refused[position] = Refusal(position, "encode", message)

    def _lacking(self, named: Iterable[tuple[str, object]]) -> str:
        """Which field it is; its value may be one that no message shows."""
        name = next(name for name, value in named if not self._layout.has(str(value)))
        return self._layout.lacking(Problem((name,), "encode", "").place)


def _without(lines: list[str], refusals: Sequence[Refusal]) -> list[str]:
    if not refusals:
        return lines
    left_out = {each.position for each in refusals}
    return [line for position, line in enumerate(lines) if position not in left_out]


def _with_siblings(batch: OutBatch, refused: Mapping[int, Refusal]) -> list[Refusal]:
    """The refusals, and one for every other item that came from the same record."""
    if not refused:
        return []
    numbers = batch.record_numbers
    by_number = {numbers[position]: refusal for position, refusal in refused.items()}
    return [
        refused.get(position) or evolve(by_number[number], position=position)
        for position, number in enumerate(numbers)
        if number in by_number
    ]
