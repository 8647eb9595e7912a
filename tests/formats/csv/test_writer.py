"""Records become lines of cells that any reader of CSV gives back."""

from __future__ import annotations

import csv
import io

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit.errors import ConfigurationError
from etlkit.formats import CsvWriter, TsvWriter
from etlkit.records import Batch, Origin, OutBatch


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.formats import Writing


def batch_of(
    writer: CsvWriter, records: Sequence[Any], numbers: Sequence[int] | None = None
) -> OutBatch:
    """Records as a kernel hands them over."""
    encode = writer.encoder().encode
    items = [encode(record) for record in records]
    return OutBatch(items, Batch(records, Origin("records"), 1, dict), numbers=numbers)


def written(writer: CsvWriter, *batches: Sequence[Any]) -> bytes:
    """A whole file of some batches, none of which is refused anything."""
    writing = writer.begin("out.csv")
    made = [writing.encode(batch_of(writer, records)) for records in batches]
    assert [refused for _, refused in made if refused] == []
    return writing.head() + writing.join.join(data for data, _ in made) + writing.tail


def refused_of(
    writing: Writing,
    writer: CsvWriter,
    records: Sequence[Any],
    numbers: Sequence[int] | None = None,
) -> tuple[bytes, list[tuple[int, str, str]]]:
    """The bytes of a batch; and position, code and message of what was refused."""
    data, refused = writing.encode(batch_of(writer, records, numbers))
    return data, [(each.position, each.code, each.message) for each in refused]


def read_back(data: bytes, writer: CsvWriter) -> list[list[str]]:
    """What the standard library reads."""
    text = data.decode(writer.encoding)
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=writer.delimiter,
        quotechar=writer.quote,
        strict=True,
    )
    return list(rows)


def test_the_first_record_names_the_columns() -> None:
    """The header is its fields in their order; the order of later records does not matter."""
    data = written(
        CsvWriter(), [{"id": 1, "name": "Zoë"}, {"name": "Ada", "id": 2}], [{"id": 3, "name": ""}]
    )

    assert data.decode() == "id,name\n1,Zoë\n2,Ada\n3,\n"


def test_columns_may_be_named() -> None:
    """Named columns come in the order of their names, whatever the first record has."""
    data = written(CsvWriter(columns=["name", "id", "note"]), [{"id": 1, "name": "Ada"}, {}])

    assert data.decode() == "name,id,note\nAda,1,\n,,\n"


def test_a_missing_field_is_an_empty_cell() -> None:
    """Later records need not have all fields of the first one."""
    data = written(CsvWriter(), [{"a": 1, "b": 2}, {"b": 3}, {"a": 4}])

    assert data.decode() == "a,b\n1,2\n,3\n4,\n"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param(
            None,
            "no column for 'c', 'd': the columns are the fields of the first record written; name "
            "all of them with columns=[...], or remove the field in a step",
            id="of the first record",
        ),
        pytest.param(
            ["a", "b"],
            "no column for 'c', 'd': columns= does not name it; name it there, or remove the field "
            "in a step",
            id="named",
        ),
    ],
)
def test_a_field_without_a_column_refuses_the_record(
    columns: list[str] | None, message: str
) -> None:
    """No value is left out in silence; the others of the batch are written."""
    writer = CsvWriter(columns=columns)
    records = [{"a": 1, "b": 2}, {"a": 3, "c": 4, "d": 5}, {"b": 6}]

    found = refused_of(writer.begin("out.csv"), writer, records)

    assert found == (b"1,2\n,6\n", [(1, "columns", message)])


def test_many_fields_without_a_column_are_not_all_named() -> None:
    """A message stays readable."""
    writer = CsvWriter(columns=["a"])

    _, found = refused_of(writer.begin("out.csv"), writer, [{str(n): n for n in range(100)}])

    assert found[0][2].startswith(
        "no column for '0', '1', '2', '3', '4', '5', '6', '7' and 92 more: columns= does not"
    )


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        pytest.param(
            {},
            "columns",
            "the first record has no fields, so there are no columns; pass columns=[...]",
            id="no fields",
        ),
        pytest.param(
            {"a": 1, 5: 2},
            "columns",
            "the name of a column is a text, got 5; change the key in a step",
            id="a key that is no text",
        ),
        pytest.param(
            {"=a": 1, "'=a": 2},
            "columns",
            "two names are the same once they have an apostrophe; rename one in a step",
            id="the same name",
        ),
        pytest.param(
            {"\ud800": 1},
            "encode",
            "the name '\\ud800' has a character that utf-8 lacks; change the text in a step",
            id="a name without UTF-8",
        ),
    ],
)
def test_a_record_that_names_no_columns_is_refused(
    record: dict[Any, object], code: str, message: str
) -> None:
    """The next record names them instead."""
    writer = CsvWriter()
    writing = writer.begin("out.csv")

    found = refused_of(writing, writer, [record, {"a": 1, "b": 2}])

    assert found == (b"1,2\n", [(0, code, message)])
    assert writing.head() == b"a,b\n"


def test_a_load_without_records_writes_named_columns_only() -> None:
    """Columns that nobody named are not known without a record."""
    heads = [written(CsvWriter(columns=["a", "b"])), written(CsvWriter(bom=True))]

    assert heads == [b"a,b\n", b""]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a,b", '"a,b"'),
        ('say "hi"', '"say ""hi"""'),
        ("two\nlines", '"two\nlines"'),
        ("lone\rreturn", '"lone\rreturn"'),
        ("\r\n", '"\'\r\n"'),
        (" spaces ", " spaces "),
        ("plain", "plain"),
        ("nul\0", "nul\0"),
        ("\x85\u2028", "\x85\u2028"),
    ],
    ids=repr,
)
def test_a_cell_is_quoted_where_it_has_to_be(value: str, cell: str) -> None:
    """A delimiter, a quote and either line end need quotes; nothing else does."""
    data = written(CsvWriter(), [{"a": value, "b": 1}])

    assert data.decode() == f"a,b\n{cell},1\n"


@pytest.mark.parametrize("value", ["", None], ids=["empty", "None"])
def test_an_only_cell_is_never_an_empty_line(value: str | None) -> None:
    """Readers skip empty lines, and the record with it."""
    data = written(CsvWriter(), [{"a": "x"}, {"a": value}])

    assert data == b'a\nx\n""\n'


def test_an_only_column_without_a_name_has_a_header() -> None:
    """An empty line would be no header."""
    data = written(CsvWriter(), [{"": 1}])

    assert data == b'""\n1\n'


TEXT = st.text(
    st.sampled_from(",;\"'\r\n\t =+-@1aé\0\u2028") | st.characters(exclude_categories=["Cs"])
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "delimiter": st.sampled_from(",;\t| :"),
        "quote": st.sampled_from("\"'"),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]),
    },
)


def is_a_plain_name(name: str) -> bool:
    """Whether the first cell of a file is what it seems: neither a mark nor a directive."""
    return not name.startswith(("\ufeff", "sep="))


@settings(deadline=None)
@given(
    names=st.lists(TEXT, min_size=1, max_size=4, unique=True),
    data=st.data(),
    options=OPTIONS,
)
def test_texts_read_back_as_they_were(names: list[str], data: st.DataObject, options: Any) -> None:
    """Whatever a text holds, a reader of the same dialect gives it back."""
    cell = st.none() | TEXT
    batches = st.lists(st.lists(st.tuples(*[cell] * len(names)), max_size=4), max_size=3)
    rows = data.draw(batches)
    writer = CsvWriter(columns=names, formulas=True, **options)

    made = written(writer, *[[dict(zip(names, row, strict=True)) for row in part] for part in rows])

    expected = [[value or "" for value in row] for part in rows for row in part]
    assert read_back(made, writer) == [names, *expected]


@settings(deadline=None)
@given(
    names=st.lists(TEXT.filter(is_a_plain_name), min_size=1, max_size=4, unique=True),
    data=st.data(),
    kind=st.sampled_from([CsvWriter, TsvWriter]),
    options=OPTIONS,
)
def test_records_read_back_as_they_were(
    names: list[str], data: st.DataObject, kind: type[CsvWriter], options: Any
) -> None:
    """The reader that the writer names gives back what the writer was given."""
    records = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, TEXT)), max_size=4))
    writer = kind(columns=names, formulas=True, **options)

    made = written(writer, records)

    batches = writer.reader().batches(io.BytesIO(made), Origin("out.csv"))
    assert [batch.decode(item) for batch in batches for item in batch.items] == records


@settings(deadline=None)
@given(texts=st.lists(TEXT, min_size=1), names=st.lists(TEXT, min_size=1, max_size=3, unique=True))
@example(texts=["-1", "-x", "+1e5", "-.5"], names=["a"])
def test_no_cell_begins_a_formula(texts: list[str], names: list[str]) -> None:
    """However it is written, a guarded text loses nothing but its first place."""
    writer = CsvWriter(columns=["text", "other"])
    writing = writer.begin("out.csv")

    data, refused = writing.encode(
        batch_of(writer, [{"text": text, "other": text} for text in texts])
    )

    rows = read_back(data, writer)
    assert refused == []
    assert [
        [cell.removeprefix("'") if text[:1] != "'" else cell for cell in row]
        for row, text in zip(rows, texts, strict=True)
    ] == [[text] * 2 for text in texts]
    assert [cell for row in rows for cell in row if cell[:1] in tuple("=@\t\r")] == []


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        ("=a,b", '"\'=a,b"'),
        ("-", "'-"),
        ("-٣", "'-٣"),
        ("-1", "-1"),
        ("+1.5e3", "+1.5e3"),
        ("-.5", "-.5"),
        ("-1.", "-1."),
        (" =1", " =1"),
        ("a=1", "a=1"),
        (-5, "-5"),
    ],
    ids=repr,
)
def test_a_text_that_would_run_is_guarded(value: object, cell: str) -> None:
    """A plain number is none, and neither is a text that a spreadsheet takes for a text."""
    data = written(CsvWriter(), [{"a": value, "b": 1}])

    assert data.decode() == f"a,b\n{cell},1\n"


def test_guarded_texts_are_counted() -> None:
    """The result says how many texts are not as they were."""
    writer = CsvWriter()
    writing = writer.begin("out.csv")

    writing.encode(
        batch_of(writer, [{"a": "=1", "b": "@x"}, {"a": "-1", "b": None}, {"a": 1, "b": "+"}])
    )
    writing.encode(batch_of(writer, [{"a": "=1", "b": "\ud800"}, {"a": "=2", "b": ""}]))

    (remark,) = writing.remarks()
    assert remark == (
        "4 text(s) that a spreadsheet would run as a formula have an apostrophe in front now; "
        "formulas=True writes them as they are"
    )


def test_formulas_may_be_written() -> None:
    """Who wants formulas gets them, and no remark."""
    writer = CsvWriter(formulas=True)
    writing = writer.begin("out.csv")

    data, _ = writing.encode(batch_of(writer, [{"=a": "=1+1"}]))

    assert writing.head() + data == b"=a\n=1+1\n"
    assert writing.remarks() == ()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"quote": "'"}, b"a,b\n'''=1+1',x\n2,y\n", id="quote"),
        pytest.param({"delimiter": "'"}, b"a'b\n\"'=1+1\"'x\n2'y\n", id="delimiter"),
    ],
)
def test_an_apostrophe_in_front_is_quoted_where_it_is_a_mark(
    options: dict[str, Any], expected: bytes
) -> None:
    """What the guard adds is part of the text, and reads back as such."""
    writer = CsvWriter(**options)

    data = written(writer, [{"a": "=1+1", "b": "x"}, {"a": "2", "b": "y"}])

    assert data == expected
    assert read_back(data, writer) == [["a", "b"], ["'=1+1", "x"], ["2", "y"]]


def test_a_header_is_guarded_too() -> None:
    """Names of fields come from the input as values do."""
    data = written(CsvWriter(), [{"=cmd": 1, "b,c": 2}])

    assert data == b'\'=cmd,"b,c"\n1,2\n'


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"delimiter": ";"}, b'a;b\n"x;y";1,5\n'),
        ({"quote": "'"}, b"a,b\nx;y,'1,5'\n"),
        ({"line_end": "\r\n"}, b'a,b\r\nx;y,"1,5"\r\n'),
        ({"bom": True}, '\ufeffa,b\nx;y,"1,5"\n'.encode()),
        ({"encoding": "utf-8-sig"}, '\ufeffa,b\nx;y,"1,5"\n'.encode()),
        ({"encoding": "utf-8-sig", "bom": True}, '\ufeffa,b\nx;y,"1,5"\n'.encode()),
        ({"encoding": "UTF-16"}, '\ufeffa,b\nx;y,"1,5"\n'.encode("utf-16-le")),
        ({"encoding": "latin-1"}, b'a,b\nx;y,"1,5"\n'),
    ],
    ids=str,
)
def test_the_dialect_is_for_the_user_to_choose(options: dict[str, Any], expected: bytes) -> None:
    """Delimiter, quote, line end and encoding, each by an option; a mark comes once."""
    data = written(CsvWriter(**options), [{"a": "x;y", "b": "1,5"}])

    assert data == expected


def test_tsv_has_tabs() -> None:
    """Commas need no quotes there."""
    data = written(TsvWriter(), [{"a": "x,y", "b": "1\t2"}])

    assert data == b'a\tb\nx,y\t"1\t2"\n'


def test_a_character_that_the_encoding_lacks_refuses_the_record() -> None:
    """No question mark takes its place."""
    writer = CsvWriter(encoding="latin-1")

    found = refused_of(writer.begin("out.csv"), writer, [{"a": "Zoë"}, {"a": "Łódź"}, {"a": "x"}])

    assert found == (
        b"Zo\xeb\nx\n",
        [
            (
                1,
                "encode",
                (
                    "$.a has a character that latin-1 lacks; pass encoding='utf-8', or change the "
                    "text in a step"
                ),
            )
        ],
    )


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("shift_jis", "¥100"), ("euc_jp", "‾"), ("cp932", "\u22121"), ("cp950", "•"), ("euc_kr", "ㅤ")],
    ids=lambda given: ascii(given)[1:-1],
)
def test_a_character_that_would_read_as_another_refuses_the_record(
    encoding: str, text: str
) -> None:
    """Some encodings write a likeness, such as a backslash for a yen sign."""
    writer = CsvWriter(encoding=encoding)

    found = refused_of(writer.begin("out.csv"), writer, [{"a": "x"}, {"a": text}, {"a": "y"}])

    message = (
        f"$.a has a character that {encoding} lacks; pass encoding='utf-8', or change the text in "
        "a step"
    )
    assert found == (b"x\ny\n", [(1, "encode", message)])


def test_a_text_that_reads_back_in_its_encoding_is_written() -> None:
    """The comparison refuses nothing that is fine."""
    data = written(CsvWriter(encoding="shift_jis"), [{"a": "日本語\\~"}, {"a": "カナ"}])

    assert data == "a\n日本語\\~\nカナ\n".encode("shift_jis")


NAN = (
    "the record has a NaN or an infinity, which is no value of CSV; turn it into None or a text in "
    "a step"
)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), Decimal("NaN")])
def test_a_nan_refuses_the_record(value: float) -> None:
    """CSV has no word for it that every reader knows."""
    writer = CsvWriter()

    found = refused_of(writer.begin("out.csv"), writer, [{"x": 1.5}, {"x": value}, {"x": 2.5}])

    assert found == (b"1.5\n2.5\n", [(1, "nan", NAN)])


def test_floats_whose_sum_is_too_great_are_written() -> None:
    """Each of them is a number, so the record is fine."""
    data = written(CsvWriter(), [{"x": 1.7e308}, {"x": 1.7e308}])

    assert data == b"x\n1.7e+308\n1.7e+308\n"


def test_all_results_of_a_record_are_refused_together() -> None:
    """A record that became several is loaded as a whole or not at all."""
    writer = CsvWriter(columns=["x"])
    records = [
        {"x": 1.0},
        {"x": 2.0},
        {"x": float("nan")},
        {"x": 3.0},
        {"x": 4.0, "y": 1},
        {"x": 5.0},
    ]

    data, refused = refused_of(writer.begin("out.csv"), writer, records, [1, 2, 2, 3, 3, 4])

    assert data == b"1.0\n5.0\n"
    assert [(position, code) for position, code, _ in refused] == [
        (1, "nan"),
        (2, "nan"),
        (3, "columns"),
        (4, "columns"),
    ]


@pytest.mark.parametrize(
    ("records", "codes"),
    [
        pytest.param([{"idd": float("nan")}], ["nan"], id="a NaN"),
        pytest.param([{"idd": "\ud800"}], ["encode"], id="a character that the encoding lacks"),
        pytest.param([{"idd": 1}, {"idd": 2, "x": 3}], ["columns"] * 2, id="another field"),
        pytest.param([{"idd": 1}, {"idd": float("inf")}], ["nan"] * 2, id="a NaN in a sibling"),
    ],
)
def test_a_refused_record_names_no_columns(records: list[dict[str, Any]], codes: list[str]) -> None:
    """The first record that is written does, for all of the load."""
    writer = CsvWriter()
    writing = writer.begin("out.csv")
    numbers = [1] * len(records) + [2, 3]

    data, refused = refused_of(writing, writer, [*records, {"id": 2}, {"id": 3}], numbers)

    assert writing.head() + data == b"id\n2\n3\n"
    assert [code for _, code, _ in refused] == codes


def test_a_load_whose_records_are_all_refused_has_no_columns() -> None:
    """A later batch may name them still."""
    writer = CsvWriter()
    writing = writer.begin("out.csv")

    data, _ = writing.encode(batch_of(writer, [{"x": float("nan")}]))

    assert (writing.head(), data) == (b"", b"")
    later, _ = writing.encode(batch_of(writer, [{"id": 1}]))
    assert writing.head() + later == b"id\n1\n"


def test_a_refused_record_is_not_compared_with_the_file() -> None:
    """Its fields do not matter to a file that is added to."""
    writer = CsvWriter()
    writing = writer.begin("out.csv", b"id\n1\n")

    data, refused = refused_of(writing, writer, [{"idd": float("nan")}, {"id": 2}])

    assert (data, refused) == (b"2\n", [(0, "nan", NAN)])


BAD_OR_GOOD = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from(["x", "=1", "Łódź", "", None, 1.5, float("nan"), -1, Decimal("inf")]),
        "b": st.sampled_from(["@y", "\ud800", "two\nlines", 2.5, float("inf"), "-x"]),
        "c": st.just("no column"),
    },
)


@settings(deadline=None)
@given(
    records=st.lists(BAD_OR_GOOD, max_size=8),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
    columns=st.sampled_from([["a", "b"], None]),
)
def test_a_batch_is_written_as_its_records_are_one_by_one(
    records: list[dict[str, Any]], encoding: str, columns: list[str] | None
) -> None:
    """Bad records among others change neither what is written nor what is said."""
    writer = CsvWriter(columns=columns, encoding=encoding)
    together, alone = writer.begin("out.csv"), writer.begin("out.csv")

    data, refused = refused_of(together, writer, records)

    each = [refused_of(alone, writer, [record]) for record in records]
    assert data == b"".join(line for line, _ in each)
    assert refused == [
        (position, code, message)
        for position, (_, found) in enumerate(each)
        for _, code, message in found
    ]
    assert together.remarks() == alone.remarks()


def test_a_load_may_be_cut_into_files() -> None:
    """Each part is complete, and all have the columns of the first record."""
    writer = CsvWriter()
    writing = writer.begin("out")
    first, _ = writing.encode(batch_of(writer, [{"a": 1, "b": 2}]))
    parts = [writing.head() + first + writing.tail]

    second, _ = writing.encode(batch_of(writer, [{"b": 3}]))

    parts.append(writing.head() + second + writing.tail)
    assert parts == [b"a,b\n1,2\n", b"a,b\n,3\n"]


# -- adding to a file


@pytest.mark.parametrize(
    ("before", "options"),
    [
        pytest.param(b"a,b\n1,2\n", {}, id="as it was written"),
        pytest.param("\ufeffa,b\n1,2\n".encode(), {}, id="with a mark"),
        pytest.param(b'"a","b"\r\n1,2\r\n', {}, id="written by somebody else"),
        pytest.param(b"a,b", {}, id="a header only"),
        pytest.param(b"a,b\n", {"columns": ["b", "a"]}, id="named columns"),
        pytest.param("\ufeffa,b\n".encode("utf-16-le"), {"encoding": "utf-16"}, id="UTF-16"),
        pytest.param(b"a;b\n", {"delimiter": ";"}, id="semicolons"),
    ],
)
def test_records_go_under_the_columns_of_the_file(before: bytes, options: dict[str, Any]) -> None:
    """They take the order that the file has, and there is no second header."""
    writer = CsvWriter(**options)
    writing = writer.begin("out.csv", before)

    data, refused = writing.encode(batch_of(writer, [{"b": 4, "a": 3}, {"a": 5}]))

    assert writing.head() == b""
    text = data.decode(writer.encoding).replace(writer.delimiter, ",")
    assert (text, refused) == ("3,4\n5,\n", [])


@pytest.mark.parametrize(
    ("before", "options", "message"),
    [
        pytest.param(
            b"a,c\n",
            {},
            "out.csv: cannot be added to, since the columns differ: only the file has 'c', only the "
            "records have 'b'",
            id="others",
        ),
        pytest.param(
            b"b;a\n",
            {},
            "out.csv: cannot be added to, since the columns differ: only the file has 'b;a', only "
            "the records have 'a', 'b'; is delimiter=';' meant?",
            id="another delimiter",
        ),
        pytest.param(
            b"a,b,c\n",
            {},
            "out.csv: cannot be added to, since the columns differ: only the file has 'c'; pass "
            "columns=['a', 'b', 'c'] to leave what is missing empty",
            id="more",
        ),
        pytest.param(
            b"a\n",
            {"columns": ["a", "b"]},
            "out.csv: cannot be added to, since the columns differ: only the records have 'b'",
            id="fewer",
        ),
        pytest.param(
            b"\n1,2\n",
            {},
            "out.csv: cannot be added to, since its first line is no header: []",
            id="an empty line",
        ),
        pytest.param(
            b"a,a\n",
            {},
            "out.csv: cannot be added to, since its first line is no header: ['a', 'a']",
            id="a name twice",
        ),
        pytest.param(
            b"\xff\xfea\0",
            {},
            "out.csv: cannot be added to in utf-8, since it begins with the byte order mark of "
            "utf-16-le; pass encoding='utf-16-le', or replace it, or load into another file",
            id="another encoding",
        ),
        pytest.param(
            b'"' + b"a" * 200_000,
            {},
            "out.csv: cannot be added to, since its header cannot be read as csv in utf-8: field "
            "larger than field limit (131072)",
            id="a cell without an end",
        ),
    ],
)
def test_a_file_with_other_columns_is_not_added_to(
    before: bytes, options: dict[str, Any], message: str
) -> None:
    """Cells would stand under the wrong names."""
    writer = CsvWriter(**options)

    with pytest.raises(ConfigurationError) as caught:
        writer.begin("out.csv", before).encode(batch_of(writer, [{"a": 1, "b": 2}]))

    assert str(caught.value) == message


# -- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "id"}, "columns is a list of different names, got 'id'"),
        ({"columns": []}, "columns is a list of different names, got []"),
        ({"columns": ["a", "a"]}, "columns is a list of different names, got ['a', 'a']"),
        ({"columns": ["a", 1]}, "columns is a list of different names, got ['a', 1]"),
        ({"columns": 5}, "columns is a list of different names, got 5"),
        (
            {"delimiter": ",,"},
            "delimiter is one character that is no part of a number or word, got ',,'",
        ),
        (
            {"delimiter": "."},
            "delimiter is one character that is no part of a number or word, got '.'",
        ),
        (
            {"delimiter": None},
            "delimiter is one character that is no part of a number or word, got None",
        ),
        ({"quote": "a"}, "quote is one character that is no part of a number or word, got 'a'"),
        ({"quote": "\n"}, "quote is one character that is no part of a number or word, got '\\n'"),
        ({"quote": ","}, "delimiter and quote are both ','; they have to differ"),
        (
            {"delimiter": "€", "encoding": "latin-1"},
            "delimiter='€' is a character that latin-1 lacks; pass another one, or encoding='utf-8'",
        ),
        (
            {"quote": "‾", "encoding": "shift_jis"},
            "quote='‾' is a character that shift_jis lacks; pass another one, or encoding='utf-8'",
        ),
        ({"line_end": "\r"}, "line_end is '\\n' or '\\r\\n', got '\\r'"),
        (
            {"encoding": "utf8-sig"},
            (
                "unknown encoding 'utf8-sig'; did you mean 'utf-8-sig'?; known are the names that "
                "Python has, such as 'utf-8', 'utf-16', 'cp1252' and 'shift_jis'"
            ),
        ),
        (
            {"encoding": "base64"},
            (
                "encoding 'base64' cannot be read: it is no encoding of text; write the file in "
                "'utf-8' or another one"
            ),
        ),
        (
            {"encoding": "iso2022_jp"},
            (
                "encoding 'iso2022_jp' cannot be read: what a byte means depends on those before "
                "it, so no record could be kept as it was; write the file in 'utf-8' or another one"
            ),
        ),
        ({"encoding": 8}, "encoding is a name such as 'utf-16', got 8"),
        (
            {"bom": True, "encoding": "latin-1"},
            "bom=True is for Unicode encodings such as 'utf-8', got 'latin-1'",
        ),
    ],
    ids=str,
)
def test_a_mistaken_option_is_refused(options: dict[str, Any], message: str) -> None:
    """What cannot be meant is said before anything is read."""
    with pytest.raises(ConfigurationError) as caught:
        CsvWriter(**options)

    assert str(caught.value) == message


def test_named_columns_that_the_encoding_lacks_are_refused() -> None:
    """It is said at the beginning, not with the first record."""
    with pytest.raises(ConfigurationError) as caught:
        CsvWriter(columns=["Łódź"], encoding="latin-1").begin("out.csv")

    assert str(caught.value) == (
        "out.csv: the columns cannot be written: the name 'Łódź' has a character that latin-1 "
        "lacks; pass encoding='utf-8', or change the text in a step"
    )
