"""How records differ, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from attrs import frozen

from etlkit.records import Problem
from etlkit.testing.sameness import exact
from etlkit.testing.tables import ABSENT


if TYPE_CHECKING:
    from etlkit.records import Record
    from etlkit.testing.matching import Match

MOST_RECORDS = 12
"""Records that a message shows."""

_MOST_FIELDS = 8
_MOST_NAMED = 3
_CELL = 32
_VALUE = 60
_BEFORE = 20


@frozen
class _Line:
    """A line of the table."""

    mark: str
    number: int
    record: Record
    remark: str


def difference(match: Match, most: int = MOST_RECORDS) -> str:
    """What to say of records that are not those expected; ``most`` of them are shown."""
    blocks = _blocks(match) or _out_of_place(match)
    lines = [line for block in blocks[:most] for line in block]
    columns = _columns(match)
    fields = len(_fields([*match.found, *match.wanted]))
    said = [_headline(match), *_table(lines, columns)]
    if len(blocks) > most:
        said.append(f"    and {len(blocks) - most} more")
    if len(columns) < fields:
        said.append(f"    {len(columns)} of {fields} fields are shown")
    return "\n".join(said)


def problems(found: Any, wanted: Any, *, subset: bool = False) -> Iterator[str]:
    """Where two records differ, and in what: ``$.n is 2, expected 3``."""
    return _differing(found, wanted, (), subset=subset)


def _headline(match: Match) -> str:
    came = f"{len(match.found)} record(s) came, {len(match.wanted)} expected"
    counts = [
        _count(len(match.differing), "differs", "differ"),
        _count(len(match.missing), "is missing", "are missing"),
        _count(len(match.extra), "is too many", "are too many"),
    ]
    said = [count for count in counts if count]
    if not said:
        return f"{came}: the same ones in another order, which ordered=False would not mind"
    return f"{came}: {', '.join(said)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _blocks(match: Match) -> list[list[_Line]]:
    """The lines of the records that differ, in the order of their places."""
    found, wanted = match.found, match.wanted
    blocks = [
        *((number, 0, _differing_lines(match, place, number)) for place, number in match.differing),
        *((number, 1, [_Line("-", number, wanted[number], "missing")]) for number in match.missing),
        *((place, 2, [_Line("+", place, found[place], "not expected")]) for place in match.extra),
    ]
    return [lines for *_, lines in sorted(blocks, key=itemgetter(0, 1))]


def _out_of_place(match: Match) -> list[list[_Line]]:
    """The lines of the records that are expected elsewhere."""
    return [
        [_Line("~", place, match.found[place], f"expected as number {number + 1}")]
        for place, number in match.same
        if place != number
    ]


def _differing_lines(match: Match, place: int, number: int) -> list[_Line]:
    found, wanted = match.found[place], match.wanted[number]
    said = list(problems(found, wanted, subset=match.subset))
    more = f", and {len(said) - _MOST_NAMED} more" if len(said) > _MOST_NAMED else ""
    remark = "; ".join(said[:_MOST_NAMED]) + more
    return [_Line("-", number, wanted, "expected"), _Line("+", place, found, remark)]


def _differing(
    found: Any, wanted: Any, path: tuple[str | int, ...], *, subset: bool
) -> Iterator[str]:
    if exact(found) == exact(wanted):
        return
    where = Problem(path, "", "").place
    if found.__class__ is dict and wanted.__class__ is dict:
        for name, value in wanted.items():
            if name in found:
                yield from _differing(found[name], value, (*path, name), subset=False)
            else:
                yield f"{where} lacks {name!r}"
        if not subset:
            yield from (f"{where} has {name!r} too" for name in found if name not in wanted)
    elif found.__class__ is list and wanted.__class__ is list and len(found) == len(wanted):
        for index, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from _differing(one, other, (*path, index), subset=False)
    else:
        yield f"{where} is {_beside(found, wanted)}"


def _beside(found: Any, wanted: Any) -> str:
    """Two values as text, with their types where these differ, cut to where they differ."""
    one, other = repr(found), repr(wanted)
    pairs = enumerate(zip(one, other, strict=False))
    first = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    said = [_window(text, first) for text in (one, other)]
    if found.__class__ is not wanted.__class__ and found is not None and wanted is not None:
        types = [type(value).__name__ for value in (found, wanted)]
        said = [f"{text} ({kind})" for text, kind in zip(said, types, strict=True)]
    return f"{said[0]}, expected {said[1]}"


def _window(text: str, first: int) -> str:
    if len(text) <= _VALUE:
        return text
    start = max(first - _BEFORE, 0) if first > _VALUE - _BEFORE else 0
    end = start + _VALUE
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _fields(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def _columns(match: Match) -> list[str]:
    """The fields that the table shows: all, or some to know a record by and those that differ."""
    given = [*match.wanted, *match.found]
    every = _fields(match.wanted) if match.subset and match.wanted else _fields(given)
    if len(every) <= _MOST_FIELDS:
        return every
    known = every[:2]
    for place, number in match.differing:
        found, wanted = match.found[place], match.wanted[number]
        known += [
            name
            for name in every
            if name not in known
            and exact(found.get(name, ABSENT)) != exact(wanted.get(name, ABSENT))
        ]
    rest = [name for name in every if name not in known]
    return [*known, *rest][:_MOST_FIELDS]


def _table(lines: Sequence[_Line], columns: Sequence[str]) -> Iterator[str]:
    cells = [["no", *(str(name) for name in columns)]]
    for line in lines:
        shown = [_cell(line.record, name) for name in columns]
        cells.append([str(line.number + 1), *shown])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    marks = ["", *(line.mark for line in lines)]
    remarks = ["", *(line.remark for line in lines)]
    for mark, row, remark in zip(marks, cells, remarks, strict=True):
        number = row[0].rjust(widths[0])
        pairs = zip(islice(row, 1, None), widths[1:], strict=True)
        text = "  ".join([number, *(cell.ljust(width) for cell, width in pairs)])
        yield f"  {mark:1} {text}    {remark}".rstrip()


def _cell(record: Record, name: str) -> str:
    if name not in record:
        return ABSENT
    text = " ".join(repr(record[name]).split())
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
