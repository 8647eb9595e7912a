"""CSV files as records: what is read, what is rejected, and what fails the run."""

from __future__ import annotations

import io

from typing import Any

import pytest

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError, InputError, InputTruncated
from etlkit.formats import Csv, Tsv
from etlkit.formats.csv.rows import cut_rows
from etlkit.records import Batch, Origin, Refusal, as_object, refused_place
from etlkit.sources.source import decoded


ORIGIN = Origin("forms.csv")


class Chunked:
    """A stream that gives its bytes in pieces of given sizes, over and over."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = data
        self._sizes = sizes
        self._reads = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next piece, never more than was asked for."""
        size = min(size, self._sizes[self._reads % len(self._sizes)])
        self._reads += 1
        piece, self._data = self._data[:size], self._data[size:]
        return piece


def batches(data: bytes, *, sizes: list[int] | None = None, **options: Any) -> list[Batch]:
    """The batches of a CSV file."""
    stream = io.BytesIO(data) if sizes is None else Chunked(data, sizes)
    return list(Csv(**options).batches(stream, ORIGIN))


def records(data: bytes, **options: Any) -> list[Any]:
    """The records of a CSV file, none of which may fail."""
    return [record for batch in batches(data, **options) for record in decoded(batch)]


@frozen
class Fate:
    """What became of one row, and where it stood."""

    number: int
    place: str
    raw: bytes | None
    record: Any = None
    problem: str | None = None


def fate(batch: Batch, position: int) -> Fate:
    """What becomes of an item of a batch."""
    item = batch.items[position]
    number, place, raw = batch.first + position, batch.place(position), batch.raw(position)
    try:
        return Fate(number, place, raw, as_object(batch.decode(item)))
    except Exception as error:  # noqa: BLE001 -- the test looks at it
        if batch.is_blank is not None and batch.is_blank(item):
            return Fate(number, place, raw, problem="blank")
        assert batch.explain is not None
        return Fate(number, place, raw, problem=str(batch.explain(item, error)))


def fates(data: bytes, **options: Any) -> list[Fate]:
    """What becomes of each row of a file."""
    return [
        one
        for batch in batches(data, **options)
        for one in (
            *(refused(batch, refusal) for refusal in batch.refused),
            *(fate(batch, position) for position in range(len(batch.items))),
        )
    ]


def refused(batch: Batch, refusal: Refusal) -> Fate:
    """What becomes of a line that was refused before it was cut."""
    place = refused_place(batch, refusal)
    return Fate(batch.first + refusal.position, place, refusal.raw, problem=refusal.message)


def problems(data: bytes, **options: Any) -> list[tuple[str, str | None]]:
    """The place of each row of a file, and what is wrong with it."""
    return [(each.place, each.problem) for each in fates(data, **options)]


def remarks(data: bytes, **options: Any) -> list[str]:
    """What a file has to say of itself."""
    return [remark for batch in batches(data, **options) for remark in batch.remarks]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (b"a,b\n1,2", [{"a": "1", "b": "2"}]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b'a,b\n"1,5","say ""x"""\n', [{"a": "1,5", "b": 'say "x"'}]),
        (b'a,b\n"one\ntwo",2\n', [{"a": "one\ntwo", "b": "2"}]),
        (b'a,b\n"one\r\ntwo",2\r\n', [{"a": "one\r\ntwo", "b": "2"}]),
        (b'a,b\n"a\rb",2\n', [{"a": "a\rb", "b": "2"}]),
        (b"a,b\n , x \n", [{"a": " ", "b": " x "}]),
        (b'a,b\nx"y,5"\n', [{"a": 'x"y', "b": '5"'}]),
        ("a,b\nx\u2028y,\x0b\n".encode(), [{"a": "x\u2028y", "b": "\x0b"}]),
        (b"a,b\nx\0y,2\n", [{"a": "x\0y", "b": "2"}]),
        (b",b\n1,2\n", [{"": "1", "b": "2"}]),
        (b"a\n1\n2\n", [{"a": "1"}, {"a": "2"}]),
        (b"\n\na,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b'"a\nb",c\n1,2\n', [{"a\nb": "1", "c": "2"}]),
        (b"a,b\n", []),
        (b"a,b", []),
        (b"", []),
        (b"\n\n", []),
    ],
    ids=repr,
)
def test_rows_become_records_of_texts(data: bytes, found: list[Any]) -> None:
    """Nothing is taken away from a cell but its quotes."""
    assert records(data) == found


@pytest.mark.parametrize(
    ("options", "data", "found"),
    [
        ({"delimiter": ";"}, b"a;b\n1;2,5\n", [{"a": "1", "b": "2,5"}]),
        ({"quote": "'"}, b"a,b\n'1,2',\"\n", [{"a": "1,2", "b": '"'}]),
        ({"quote": None}, b'a,b\n"1,2\n', [{"a": '"1', "b": "2"}]),
        ({"escape": "\\"}, b'a,b\n"x\\"y",1\\,2\n', [{"a": 'x"y', "b": "1,2"}]),
        ({"names": ["a", "b"]}, b"1,2\n", [{"a": "1", "b": "2"}]),
        ({"skip_lines": 2}, b"Title\n\na,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ({"skip_lines": 9}, b"Title\n\na,b\n1,2\n", []),
        (
            {"null_values": ["NA", ""]},
            b"a,b\nNA,\nna,x\n",
            [{"a": None, "b": None}, {"a": "na", "b": "x"}],
        ),
    ],
    ids=str,
)
def test_options_say_how_a_file_is_written(
    options: dict[str, Any], data: bytes, found: list[Any]
) -> None:
    """Delimiter, quotes, header and missing values differ from program to program."""
    assert records(data, **options) == found


@pytest.mark.parametrize(
    ("data", "options", "found"),
    [
        (b" a , b\n 1 ,  x y \n", {}, {"a": "1", "b": "x y"}),
        (b'"a ", "b"\n" 1 ", "x, y"\n', {}, {"a": "1", "b": "x, y"}),
        (b"a,b\n\t1,\xc2\xa0x\n", {}, {"a": "\t1", "b": "\xa0x"}),
        (b"a,b\n 1 ,  \n", {"schema": {"a": {"type": bool}}}, {"a": True, "b": ""}),
        (b"a,b\n NA , - \n", {"null_values": ["NA", "-"]}, {"a": None, "b": None}),
        (b"1,2\n", {"names": [" a", "b "]}, {" a": "1", "b ": "2"}),
        (b"a; b\n1; 2\n", {"delimiter": "sniff"}, {"a": "1", "b": "2"}),
    ],
    ids=["plain", "quoted", "other white space", "typed", "nulls", "names passed", "sniffed"],
)
def test_spaces_around_names_and_cells_may_be_taken_away(
    data: bytes, options: dict[str, Any], found: dict[str, Any]
) -> None:
    """They stand there for people, also before a quote and within it; names passed are kept."""
    assert records(data, strip=True, **options) == [found]


def test_two_names_that_differ_in_spaces_only_are_one() -> None:
    """Once the spaces are away, one value would take the place of the other."""
    with pytest.raises(InputError, match="the header names the field 'a' twice"):
        batches(b"a, a\n1,2\n", strip=True)


def test_a_rejected_row_keeps_its_spaces() -> None:
    """What is wrong with it is said of the cell without them."""
    found = fates(b"n , b\n 7 , x\n no , y\n 8\n", strip=True, schema={"n": {"type": int}})

    assert [(each.record, each.problem, each.raw) for each in found] == [
        ({"n": 7, "b": "x"}, None, b" 7 , x"),
        (
            None,
            (
                "$.n is 'no', expected int: a whole number is digits, with a sign or without, "
                "such as -12"
            ),
            b" no , y",
        ),
        (None, "too few cells: 1, where the header names 2", b" 8"),
    ]


def test_tabs_separate_the_cells_of_a_tsv_file() -> None:
    """Everything else is as in CSV."""
    (batch,) = Tsv().batches(io.BytesIO(b'a\tb\n1,2\t"x\ty"\n'), ORIGIN)

    assert list(decoded(batch)) == [{"a": "1,2", "b": "x\ty"}]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a,b\n1\n", [("forms.csv:2", "too few cells: 1, where the header names 2")]),
        (b"a,b\n1,2,3\n", [("forms.csv:2", "too many cells: 3, where the header names 2")]),
        (b"a,b\n\n1,2\n", [("forms.csv:2", "blank"), ("forms.csv:3", None)]),
        (b"a,b\n  \n1,2\n", [("forms.csv:2", "blank"), ("forms.csv:3", None)]),
        (b"a\n  \n", [("forms.csv:2", None)]),
        (
            b'a,b\n"x"y,2\n3,4\n',
            [
                (
                    "forms.csv:2",
                    (
                        "text follows the closing quote of a cell; a quote within quotes is doubled, "
                        "or escaped where the option escape= says how"
                    ),
                ),
                ("forms.csv:3", None),
            ],
        ),
        (
            b"a,b\nx\ry,2\n3,4\n",
            [
                (
                    "forms.csv:2",
                    (
                        "a carriage return outside of quotes does not end a row; put quotes around the "
                        "cell, or convert the file if its lines end in CR"
                    ),
                ),
                ("forms.csv:3", None),
            ],
        ),
        (
            b"a,b\n1,\xff\n3,4\n",
            [
                (
                    "forms.csv:2",
                    (
                        "not valid utf-8 in cell 2; pass the encoding of the file, for example "
                        "encoding='cp1252'"
                    ),
                ),
                ("forms.csv:3", None),
            ],
        ),
        (
            b'a,b\n"1\n2\n3",x\n5\n',
            [("forms.csv:2", None), ("forms.csv:5", "too few cells: 1, where the header names 2")],
        ),
    ],
    ids=repr,
)
def test_a_row_that_is_no_record_is_told_by_its_line(data: bytes, found: list[Any]) -> None:
    """The rows around it are read as ever."""
    assert problems(data) == found


def test_a_row_keeps_its_physical_lines() -> None:
    """Quotes, carriage returns and bytes of another encoding stay as they are."""
    data = b'a,b\r\n"1\r\n""2",x\r\n\r\n5\r\n7,\xff'

    found = fates(data)

    assert [(each.place, each.raw) for each in found] == [
        ("forms.csv:2", b'"1\r\n""2",x\r'),
        ("forms.csv:4", b"\r"),
        ("forms.csv:5", b"5\r"),
        ("forms.csv:6", b"7,\xff"),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"a,b,a\n1,2,3\n",
            (
                "forms.csv:1: the header names the field 'a' twice; name the fields yourself with "
                "names=[...] and skip_lines=1"
            ),
        ),
        (
            b'\n"a"b,c\n1,2\n',
            (
                "forms.csv:2: the header cannot be read: text follows the closing quote of a cell; a "
                "quote within quotes is doubled, or escaped where the option escape= says how"
            ),
        ),
        (
            b"a,\xff\n1,2\n",
            (
                "forms.csv:1: the header is not valid utf-8; pass the encoding of the file, for "
                "example encoding='cp1252'"
            ),
        ),
    ],
    ids=["twice", "broken", "encoding"],
)
def test_a_header_that_cannot_be_used_fails_the_run(data: bytes, message: str) -> None:
    """It is no matter of one record."""
    with pytest.raises(InputError) as caught:
        batches(data)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'a,b\n1,"2\n3,4\n', 2),
        (b'a,b\n"x\ny",1\n"x\ny","z\n5\n', 5),
        (b'"a,b\n1,2\n', 1),
        (b'a,b\n1,2\n"', 3),
    ],
    ids=["to the end", "second quote of its row", "header", "last byte"],
)
def test_a_quote_that_is_open_at_the_end_fails_the_run_with_its_line(
    data: bytes, line: int
) -> None:
    """The line is the one where the quote stands, which may be lines after its row began."""
    with pytest.raises(InputTruncated) as caught:
        batches(data)

    assert str(caught.value) == (
        f"forms.csv:{line}: the quote that opens here is not closed before the end of the file; "
        "nothing was loaded"
    )


@pytest.mark.parametrize("lines", [1, 400], ids=["one block", "many blocks"])
def test_a_quote_that_is_open_for_too_long_fails_the_run(lines: int) -> None:
    """A stray quote does not gather the rest of a large file in memory."""
    data = b'a,b\n1,2\n3,"x\n' + b"y,z\n" * 1000 * lines

    with pytest.raises(InputTruncated) as caught:
        batches(data, max_record_bytes=2000)

    assert str(caught.value) == (
        "forms.csv:3: the row that begins here goes over several lines and is longer than "
        "max_record_bytes allows; is there a quote that is not closed? Nothing was loaded"
    )


def test_a_line_that_is_too_long_is_refused() -> None:
    """Its beginning is kept, and the rows after it are read."""
    found = batches(b"a,b\n1,2\n" + b"x" * 300_000 + b"\n3,4\n", max_record_bytes=1000)

    refused = [(refused_place(batch, one), one.code) for batch in found for one in batch.refused]
    rows = [row for batch in found for row in batch.items]
    assert refused == [("forms.csv:3", "too_long")]
    assert rows == [["1", "2"], ["3", "4"]]
    assert [batch.first for batch in found] == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [b"x" * 300_000 + b"\n3,4\n", b'a,b\n1,"' + b"\n" * 70_000 + b"x" * 300_000 + b'"\n'],
    ids=["header", "within quotes"],
)
def test_a_line_that_is_too_long_fails_the_run_where_it_is_no_row(data: bytes) -> None:
    """A header, or a part of a row, cannot be set aside."""
    with pytest.raises(
        InputError, match="more than max_record_bytes=100000; pass a higher one to read it"
    ):
        batches(data, max_record_bytes=100_000)


def test_a_cell_may_be_longer_than_the_csv_module_reads() -> None:
    """The limit of that module is one for the whole process, and stays as it is."""
    large = "x" * 140_000
    data = f'a,b\n1,2\n{large},"say ""{large}"""\n3,4\n'.encode()

    found = fates(data)

    assert [each.record for each in found] == [
        {"a": "1", "b": "2"},
        {"a": large, "b": f'say "{large}"'},
        {"a": "3", "b": "4"},
    ]
    assert [each.place for each in found] == ["forms.csv:2", "forms.csv:3", "forms.csv:4"]


@pytest.mark.parametrize(
    ("data", "options", "found"),
    [
        (
            b"sep=;\r\na;b\r\n1;2\r\n",
            {},
            ["forms.csv: its first line says that the delimiter is ';'"],
        ),
        (
            b"a;b;c\n1;2;3\n",
            {"delimiter": "sniff"},
            ["forms.csv: its first rows say that the delimiter is ';'"],
        ),
        (
            b'a|b\n"1,2"|3\n',
            {"delimiter": "sniff"},
            ["forms.csv: its first rows say that the delimiter is '|'"],
        ),
        (
            b"a;b\n1;2\n",
            {},
            ["forms.csv:1: the header is one field, 'a;b'; is delimiter=';' meant?"],
        ),
        (b"sep=;", {}, ["forms.csv: its first line says that the delimiter is ';'"]),
        (b"a,b\n1,2\n", {}, []),
    ],
    ids=["said", "sniffed", "sniffed within quotes", "doubtful", "nothing else", "plain"],
)
def test_what_was_found_out_is_said(data: bytes, options: dict[str, Any], found: list[str]) -> None:
    """No guess stays without a word in the result."""
    assert remarks(data, **options) == found


def test_the_line_that_says_the_delimiter_is_no_header() -> None:
    """Excel writes it, and counts lines with it."""
    found = fates(b"sep=;\r\na;b\r\n1;2\r\n")

    assert [(each.place, each.record) for each in found] == [("forms.csv:3", {"a": "1", "b": "2"})]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (
            b"sep=;\na;b\n",
            {"delimiter": ","},
            "forms.csv: its first line says that the delimiter is ';', but delimiter=',' was passed",
        ),
        (
            b"sep= \na b\n",
            {"strip": True},
            (
                "forms.csv: its first line says that the delimiter is a space, and strip=True takes "
                "spaces away; leave it out"
            ),
        ),
        (
            b"abc\nde\n",
            {"delimiter": "sniff"},
            (
                "forms.csv: the delimiter cannot be told from the first rows; pass it, for example "
                "delimiter=';'"
            ),
        ),
    ],
    ids=["contradiction", "a space", "nothing to go by"],
)
def test_a_delimiter_that_cannot_be_told_fails_the_run(
    data: bytes, options: dict[str, Any], message: str
) -> None:
    """A file that says something else than its reader is not read wrongly."""
    with pytest.raises(InputError) as caught:
        batches(data, **options)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ",,"}, "format 'csv': delimiter is one character, or 'sniff', got ',,'"),
        ({"delimiter": "\n"}, "format 'csv': delimiter is one character, or 'sniff', got '\\n'"),
        ({"quote": ""}, "format 'csv': quote is one character, got ''"),
        ({"escape": 5}, "format 'csv': escape is one character, got 5"),
        ({"skip_lines": -1}, "format 'csv': skip_lines is a whole number from 0 on, got -1"),
        (
            {"max_record_bytes": 0},
            "max_record_bytes is a whole number above 0, got 0",
        ),
        ({"names": "ab"}, "names is a list of texts, got 'ab'"),
        ({"null_values": [1]}, "null_values is a list of texts, got [1]"),
        ({"null_values": None}, "null_values is a list of texts, got None"),
        (
            {"delimiter": '"'},
            "format 'csv': delimiter, quote and escape are three different characters",
        ),
        ({"names": ["a", "a"]}, "format 'csv': names has 'a' twice"),
        ({"strip": "yes"}, "format 'csv': strip is True or False, got 'yes'"),
        (
            {"strip": True, "delimiter": " "},
            "format 'csv': strip=True takes away spaces, so none can be a mark",
        ),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    """The message says what the option takes."""
    with pytest.raises(ConfigurationError) as caught:
        Csv(**options)

    assert str(caught.value) == message


CELL_TEXT = st.text(st.sampled_from('ab,"\n\r;x é'), max_size=6)
FILES = st.text(st.sampled_from('a1,,"\n\n\r x\\é'), max_size=60).map(str.encode)


@given(
    data=FILES,
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    options=st.fixed_dictionaries(
        {"max_record_bytes": st.sampled_from([1, 3, 8, 1000])},
        optional={
            "names": st.just(["a", "b"]),
            "skip_lines": st.integers(0, 2),
            "escape": st.just("\\"),
            "quote": st.sampled_from(["x", None]),
        },
    ),
)
def test_the_chunks_that_bytes_come_in_change_nothing(
    data: bytes, sizes: list[int], options: dict[str, Any]
) -> None:
    """Records, numbers, lines, raw bytes and refusals are those of the file read at once."""
    whole = outcome(data, **options)

    assert outcome(data, sizes=sizes, **options) == whole


def test_a_delimiter_is_found_out_however_little_comes_at_a_time() -> None:
    """A slow connection gives a few bytes, which tell nothing alone."""
    data = b"a,b;c\n1,5;2\n2;3\n"

    found = records(data, delimiter="sniff"), outcome(data, delimiter="sniff", sizes=[1])

    assert found == (
        [{"a,b": "1,5", "c": "2"}, {"a,b": "2", "c": "3"}],
        outcome(data, delimiter="sniff"),
    )


def outcome(data: bytes, **options: Any) -> object:
    """What becomes of each row, or what fails the file."""
    try:
        return fates(data, **options)
    except InputError as error:
        return str(error)


@given(data=FILES)
def test_the_raw_bytes_of_all_rows_are_the_file(data: bytes) -> None:
    """Nothing between the rows gets lost, whatever they are like."""
    named = outcome(data, names=["a", "b"])

    raws = [each.raw for each in named] if isinstance(named, list) else None
    assert raws is None or b"\n".join(raws) in {data, data.removesuffix(b"\n")}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-be", "utf-8-sig"])
def test_a_file_in_another_encoding_keeps_its_bytes(encoding: str) -> None:
    """Records are texts whatever the file is in, and rejected ones are kept as they stood."""
    data = 'é,b\r\n1,"ü\r\nö"\r\nß'.encode(encoding)

    found = fates(data, encoding=encoding)

    bare = "utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig")
    assert [(each.record, each.place, each.raw) for each in found] == [
        ({"é": "1", "b": "ü\r\nö"}, "forms.csv:2", '1,"ü\r\nö"\r'.encode(bare)),
        (None, "forms.csv:4", "ß".encode(bare)),
    ]


def test_a_byte_that_the_encoding_does_not_have_rejects_its_row() -> None:
    """The byte is kept as it is."""
    found = fates(b"a,b\n1,\x81\n\xe9,2\n", encoding="cp1252")

    assert [(each.problem, each.record, each.raw) for each in found] == [
        ("not valid cp1252", None, b"1,\x81"),
        (None, {"a": "é", "b": "2"}, b"\xe9,2"),
    ]


@pytest.mark.parametrize("start", [b'a,b\n1,"', b'a,b\nx"y,"'], ids=["one quote", "two quotes"])
def test_an_open_quote_is_looked_at_a_few_times_only(
    start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line is cut a bounded number of times, however long a quote is open."""
    seen: list[int] = []
    monkeypatch.setattr(
        "etlkit.formats.csv.file.cut_rows",
        lambda text, dialect: (seen.append(len(text)), cut_rows(text, dialect))[1],
    )
    data = start + b"\n" * 2_000_000

    found = outcome(data)

    assert found == (
        "forms.csv:2: the quote that opens here is not closed before the end of the file; nothing "
        "was loaded"
    )
    assert sum(seen) < 4 * len(data)


def test_a_header_of_many_fields_is_looked_at_once() -> None:
    """Forty thousand fields are no reason to wait."""
    names = [f"n{number}" for number in range(40_000)]
    line = ",".join(names).encode()

    (record,) = records(line + b"\n" + line)

    assert list(record) == list(record.values()) == names


@pytest.mark.parametrize(
    ("data", "what"),
    [(b'sep="\na"b\n', "'\"'"), (b"sep=\\\na,b\n", "'\\\\'")],
    ids=["quote", "escape"],
)
def test_a_line_cannot_make_a_quote_the_delimiter(data: bytes, what: str) -> None:
    """The csv module would take it, or raise an error of its own."""
    with pytest.raises(InputError) as caught:
        batches(data, escape="\\")

    assert str(caught.value) == (
        f"forms.csv: its first line says that the delimiter is {what}, which is the quote or the "
        "escape; pass quote= or escape="
    )


def test_a_line_says_a_delimiter_of_any_encoding() -> None:
    """A character of several bytes is one, too."""
    found = records("sep=§\na§b\n1§2\n".encode("latin-1"), encoding="latin-1")

    assert found == [{"a": "1", "b": "2"}]


def test_a_long_first_record_without_a_header_is_rejected() -> None:
    """The names are known, so it is a record like any other."""
    found = fates(b"x" * 50 + b"\n1,2\n", names=["a", "b"], max_record_bytes=20)

    assert [(each.number, each.place, each.record) for each in found] == [
        (1, "forms.csv:1", None),
        (2, "forms.csv:2", {"a": "1", "b": "2"}),
    ]
