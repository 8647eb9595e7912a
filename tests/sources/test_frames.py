"""A data frame of any library is a source, a batch at a time, of plain Python values."""

from __future__ import annotations

import sys
import tracemalloc

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isnan
from typing import Any

import pytest

from etlkit import ETLJob, Quarantine, RecordsSource
from etlkit.errors import ConfigurationError, InputError, MissingExtra, RecordError


pa = pytest.importorskip("pyarrow", reason="frames are read and made by pyarrow")

NANOSECOND = "1970-01-01 00:00:00.000000001"
BEYOND = (
    "$.at is a timestamp[ns] beyond what Python holds (microseconds, the years 1 to 9999); "
    "convert the column in the frame"
)


def two_columns() -> Any:
    """A table of two records."""
    return pa.table({"id": [1, 2], "state": ["CA", None]})


def of_polars(columns: dict[str, Any]) -> Any:
    """A data frame of Polars."""
    return pytest.importorskip("polars").DataFrame(columns)


def of_pandas(columns: dict[str, Any], **options: Any) -> Any:
    """A data frame of pandas."""
    return pytest.importorskip("pandas").DataFrame(columns, **options)


def of_duckdb(query: str) -> Any:
    """A relation of DuckDB."""
    return pytest.importorskip("duckdb").sql(query)


@pytest.mark.parametrize(
    "make",
    [
        two_columns,
        lambda: two_columns().to_reader(),
        lambda: two_columns().to_batches()[0],
        lambda: two_columns,
        lambda: of_polars({"id": [1, 2], "state": ["CA", None]}),
        lambda: of_pandas({"id": [1, 2], "state": ["CA", None]}),
        lambda: of_duckdb("SELECT * FROM (VALUES (1, 'CA'), (2, NULL)) AS t(id, state)"),
    ],
    ids=["table", "reader", "batch", "callable", "polars", "pandas", "duckdb"],
)
def test_each_row_of_a_frame_is_a_record(make: Any) -> None:
    """The columns are the keys, and what is missing is None."""
    source = RecordsSource(make())

    found = source.extract()

    assert found == [{"id": 1, "state": "CA"}, {"id": 2, "state": None}]


@pytest.mark.parametrize(
    "make",
    [
        two_columns,
        lambda: two_columns,
        lambda: of_polars({"id": [1, 2]}),
        lambda: of_pandas({"id": [1, 2]}),
        lambda: of_duckdb("SELECT 1 AS id"),
    ],
    ids=["table", "callable", "polars", "pandas", "duckdb"],
)
def test_a_frame_can_be_read_again(make: Any) -> None:
    """A frame gives its records each time, as a list does."""
    source = RecordsSource(make())

    first, second = source.extract(), list(source.records())

    assert first == second != []
    assert source.readable_again


def test_a_reader_can_be_read_once() -> None:
    """A reader that was read gives no records and no error; it is not taken for empty."""
    source = RecordsSource(two_columns().to_reader(), name="forms")
    source.extract()

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert source.readable_again is False
    assert str(caught.value) == (
        "forms: the iterator was read before and can be read only once; "
        "pass a list, or a callable that returns a new iterator"
    )


def test_nothing_is_read_before_it_is_asked_for() -> None:
    """Making, checking and showing a source leave a reader where it is."""
    reader = two_columns().to_reader()
    source = RecordsSource(reader)

    source.check()

    assert repr(source) == "RecordsSource(name='records')"
    assert reader.read_all().num_rows == 2


MOMENT = datetime(2024, 6, 1, 12, 30, 0, 123456)  # noqa: DTZ001 -- without a zone on purpose
VALUES = {
    "dictionary": (pa.array(["a"]).dictionary_encode(), "a"),
    "dictionary of nanoseconds": (
        pa.array([MOMENT], pa.timestamp("ns")).dictionary_encode(),
        MOMENT,
    ),
    "large string": (pa.array(["a"], pa.large_string()), "a"),
    "string view": (pa.array(["a"], pa.string_view()), "a"),
    "binary": (pa.array([b"a"]), b"a"),
    "decimal": (pa.array([Decimal("1.50")]), Decimal("1.50")),
    "date": (pa.array([date(2024, 6, 1)]), date(2024, 6, 1)),
    "microseconds": (pa.array([MOMENT], pa.timestamp("us")), MOMENT),
    "nanoseconds": (pa.array([MOMENT], pa.timestamp("ns")), MOMENT),
    "seconds": (pa.array([0], pa.timestamp("s")), datetime(1970, 1, 1)),  # noqa: DTZ001 -- as above
    "with a zone": (
        pa.array([0], pa.timestamp("ns", "UTC")),
        datetime(1970, 1, 1, tzinfo=UTC),
    ),
    "time": (pa.array([1000], pa.time64("ns")), time(0, 0, 0, 1)),
    "duration": (pa.array([1000], pa.duration("ns")), timedelta(microseconds=1)),
    "list": (pa.array([[1, None]]), [1, None]),
    "large list": (pa.array([[1]], pa.large_list(pa.int8())), [1]),
    "list of nanoseconds": (pa.array([[MOMENT]], pa.list_(pa.timestamp("ns"))), [MOMENT]),
    "large list of nanoseconds": (
        pa.array([[MOMENT]], pa.large_list(pa.timestamp("ns"))),
        [MOMENT],
    ),
    "fixed-size list": (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), [1, 2]),
    "fixed-size list of nanoseconds": (
        pa.array([[MOMENT]], pa.list_(pa.timestamp("ns"), 1)),
        [MOMENT],
    ),
    "list of fixed-size lists of nanoseconds": (
        pa.array([[[MOMENT]]], pa.list_(pa.list_(pa.timestamp("ns"), 1))),
        [[MOMENT]],
    ),
    "list view": (pa.array([[1, 2]], pa.list_view(pa.int8())), [1, 2]),
    "struct": (pa.array([{"x": {"y": 1}}]), {"x": {"y": 1}}),
    "struct of nanoseconds": (
        pa.array([{"x": MOMENT}], pa.struct([("x", pa.timestamp("ns"))])),
        {"x": MOMENT},
    ),
    "map": (pa.array([[("x", 1)]], pa.map_(pa.string(), pa.int64())), {"x": 1}),
    "map of nanoseconds": (
        pa.array([[("x", MOMENT)]], pa.map_(pa.string(), pa.timestamp("ns"))),
        {"x": MOMENT},
    ),
    "wide integer": (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
    "infinity": (pa.array([float("inf")]), float("inf")),
    "null": (pa.nulls(1), None),
}


@pytest.mark.parametrize(("column", "value"), VALUES.values(), ids=VALUES)
def test_a_value_is_the_python_value_that_is_equal_to_it(column: Any, value: object) -> None:
    """No type of Arrow or of pandas gets into a record, at any depth."""
    (record,) = RecordsSource(pa.table({"value": column})).extract()

    assert record == {"value": value}
    assert type(record["value"]) is type(value)


def test_types_that_differ_by_library_become_the_same_values() -> None:
    """Categories, enumerations, views and times of Polars, beside each other."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        {
            "category": polars.Series(["a"], dtype=polars.Categorical),
            "enum": polars.Series(["b"], dtype=polars.Enum(["b"])),
            "text": ["c"],
            "time": [time(1, 2, 3, 4)],
            "nothing": [None],
        }
    )

    (record,) = RecordsSource(frame).extract()

    assert record == {
        "category": "a",
        "enum": "b",
        "text": "c",
        "time": time(1, 2, 3, 4),
        "nothing": None,
    }


def test_a_nan_stays_one_where_the_library_tells_it_from_a_null() -> None:
    """Polars has both; a job over a frame refuses to write the NaN as JSON."""
    source = RecordsSource(of_polars({"n": [float("nan"), None]}))

    first, second = source.extract()

    assert isnan(first["n"])
    assert second == {"n": None}
    assert source.may_hold_nan


def test_missing_values_of_pandas_are_none() -> None:
    """NaN, NaT and NA all mean missing there, in old columns and in nullable ones."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "float": [float("nan")],
            "nullable": pandas.array([None], dtype="Int64"),
            "boolean": pandas.array([None], dtype="boolean"),
            "time": pandas.to_datetime([None]),
            "category": pandas.Categorical([None], categories=["a"]),
            "text": pandas.Series([None], dtype="str"),
        }
    )

    (record,) = RecordsSource(frame).extract()

    assert record == dict.fromkeys(frame.columns)


def test_an_index_of_pandas_counts_only_where_it_has_a_name() -> None:
    """What a filter leaves of the index is no data; the result says that it was left out."""
    frame = of_pandas({"id": [1, 2, 4, 5]})

    result = ETLJob("j", "J", RecordsSource(frame[frame["id"] != 2]), None, "memory:").execute()
    named = RecordsSource(frame.set_index(frame["id"].rename("key"))[:1]).extract()

    assert result.rows_loaded == 3
    assert result.warnings == ("records: the index of the frame has no name and was left out",)
    assert named == [{"id": 1, "key": 1}]


def test_a_value_that_python_cannot_hold_makes_its_record_fail() -> None:
    """Nanoseconds are not rounded: the record is set aside, and the others are loaded."""
    table = pa.table({"id": [1, 2], "at": pa.array([1, 1000], pa.timestamp("ns"))})
    job = ETLJob("j", "J", RecordsSource(table), None, "memory:", on_error=Quarantine())

    result = job.execute()

    (rejection,) = result.rejections
    assert result.rows_loaded == 1
    assert (rejection.code, rejection.record_no, rejection.message) == ("inexact", 1, BEYOND)
    assert rejection.record == {"id": 1, "at": NANOSECOND}


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1], pa.timestamp("ns")), BEYOND.replace("at", "n", 1)),
        (pa.array([1], pa.time64("ns")), BEYOND.replace("at is a timestamp", "n is a time64", 1)),
        (
            pa.array([[1]], pa.list_(pa.time64("ns"), 1)),
            BEYOND.replace("at is a timestamp[ns]", "n is a fixed_size_list<item: time64[ns]>[1]"),
        ),
        (
            pa.array([2**62], pa.timestamp("us")),
            BEYOND.replace("at is a timestamp[ns]", "n is a timestamp[us]", 1),
        ),
        (
            pa.array([[("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int64())),
            "$.n is a map<string, int64> in which a key comes twice or a time is beyond Python's",
        ),
    ],
    ids=["nanoseconds", "time", "time in a fixed-size list", "year beyond 9999", "key twice"],
)
def test_the_message_names_the_column_and_shows_no_value(column: Any, message: str) -> None:
    """A value may be secret, so the message does without it."""
    with pytest.raises(RecordError) as caught:
        RecordsSource(pa.table({"n": column}), name="forms").extract()

    assert str(caught.value) == f"forms:1: {message}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: pa.chunked_array([[1]]),
            "forms: ChunkedArray is a single column; pass a frame, whose columns have names",
        ),
        (
            lambda: pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"]),
            "forms: several columns are called 'x', and a record has each key once; rename them",
        ),
        (
            lambda: pa.table(
                {"s": pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"])}
            ),
            "forms: several columns of a struct are called 'x', and a record has each key once; rename them",
        ),
    ],
    ids=["one column", "a name twice", "a name twice inside"],
)
def test_what_would_lose_a_column_is_refused(make: Any, message: str) -> None:
    """A record has a name for each value, and each name once."""
    with pytest.raises(ConfigurationError) as caught:
        RecordsSource(make(), name="forms").extract()

    assert str(caught.value) == message


NANOSECONDS = pa.timestamp("ns")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pa.array([[1]], pa.list_view(NANOSECONDS)), "list_view<item: timestamp[ns]>"),
        (pa.array([[1]], pa.large_list_view(NANOSECONDS)), "large_list_view<item: timestamp[ns]>"),
        (
            pa.RunEndEncodedArray.from_arrays([1], pa.array([1], NANOSECONDS)),
            "run_end_encoded<run_ends: int64, values: timestamp[ns]>",
        ),
        (
            pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1], NANOSECONDS)]),
            "sparse_union<0: timestamp[ns]=0>",
        ),
    ],
    ids=["list view", "large list view", "run-end encoded", "union"],
)
def test_nanoseconds_where_arrow_cannot_convert_them_are_refused(column: Any, kind: str) -> None:
    """They would be cut, or become values of another library."""
    source = RecordsSource(pa.table({"n": column}), name="forms")

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert str(caught.value) == (
        f"forms: a column holds a {kind}, in which nanoseconds cannot be converted to what Python "
        "holds (microseconds); convert the column in the frame"
    )


def test_a_column_that_arrow_cannot_hold_is_named() -> None:
    """A column of objects in pandas may hold anything; the list of dicts is the way out."""
    source = RecordsSource(of_pandas({"mixed": [1, "secret"]}, dtype=object), name="forms")

    with pytest.raises(InputError) as caught:
        source.extract()

    assert str(caught.value) == (
        "forms: the DataFrame has a column that Arrow cannot hold (Conversion failed for column "
        "mixed with type object); convert it, or pass the records as a list of dicts"
    )


def test_a_query_that_was_not_collected_is_refused() -> None:
    """A lazy frame has no records yet; the message has what makes them."""
    lazy = pytest.importorskip("polars").LazyFrame({"id": [1]})

    with pytest.raises(ConfigurationError) as caught:
        RecordsSource(lazy)

    assert str(caught.value) == (
        "RecordsSource takes an iterable of dicts, or a callable that returns one, got "
        "LazyFrame; call its collect() first"
    )


def test_a_callable_that_returns_no_records_is_named() -> None:
    """The mistake is found at the first read, since nothing is called before."""
    source = RecordsSource(lambda: 42)

    with pytest.raises(ConfigurationError) as caught:
        source.extract()

    assert str(caught.value) == "the callable of a RecordsSource returned int"


def test_without_pyarrow_a_frame_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the name of the source and the line that installs the package."""
    table = two_columns()
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingExtra) as caught:
        RecordsSource(table, name="forms").extract()

    assert str(caught.value) == (
        "forms: reading a data frame needs the package 'pyarrow', which is not installed: "
        "run  python -m pip install '.[parquet]'  in a checkout of etlkit"
    )


def test_records_are_numbered_across_the_batches_of_a_frame() -> None:
    """Numbers count from 1, however the frame is cut."""
    table = pa.concat_tables([pa.table({"n": range(1500)}), pa.table({"n": range(10)})])

    found = [(batch.first, len(batch.items)) for batch in RecordsSource(table).batches()]

    assert found == [(1, 1000), (1001, 500), (1501, 10)]


def test_a_reader_is_never_held_as_a_whole() -> None:
    """Each batch is made when it is asked for, and let go before the next one."""
    schema = pa.schema([("text", pa.string())])
    batch = pa.record_batch({"text": ["x" * 100] * 1000}, schema=schema)
    reader = pa.RecordBatchReader.from_batches(schema, (batch for _ in range(200)))
    tracemalloc.start()

    count = sum(len(batch.items) for batch in RecordsSource(reader).batches())

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 200_000
    assert peak < 4_000_000


def test_an_error_of_the_stream_fails_the_run() -> None:
    """What goes wrong in the library that computes the frame is in the result; nothing loads."""

    def failing() -> Any:
        yield pa.record_batch({"id": [1]})
        raise LookupError

    reader = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), failing())

    result = ETLJob("j", "J", RecordsSource(reader), None, "memory:").execute()

    assert (result.rows_extracted, result.rows_loaded) == (1, 0)
    assert isinstance(result.error, pa.ArrowInvalid)
    assert "LookupError" in result.errors[0]
    assert result.errors[0].endswith("while reading records, after 1 record(s)")


def test_the_frame_of_the_caller_stays_as_it_is() -> None:
    """What a run does to a record happens to a copy, and the rejected one is the original."""
    job = ETLJob(
        "j",
        "J",
        RecordsSource(pa.table({"tags": [["a"]]})),
        [spoil_and_fail()],
        "memory:",
        on_error=Quarantine(),
    )

    result = job.execute()

    assert result.rejections[0].record == {"tags": ["a"]}


def spoil_and_fail() -> Any:
    """A step that changes a record and then fails."""
    from etlkit.transformations import Map

    return Map(lambda record: record["tags"].append("b") or record["missing"], name="spoil")
