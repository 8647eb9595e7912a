"""A destination, and how records go into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader
from etlkit.destinations import FileDestination, MemoryDestination
from etlkit.errors import ConfigurationError, RecordError


Names = Callable[[Path], list[str]]


class Table(MemoryDestination):
    """A place that wants to be told the mode, and can upsert."""

    modes = ("append", "upsert")
    default_mode = None


def nested(depth: int) -> dict[str, Any]:
    """A record of so many levels."""
    record: dict[str, Any] = {}
    for _ in range(depth - 1):
        record = {"in": record}
    return record


@pytest.mark.parametrize(
    "location",
    ["out.jsonl", "out.ndjson", "OUT.JSONL", "out.json.xz", "out.csv.gz", Path("out.tsv")],
)
def test_a_path_with_a_known_suffix_is_a_file(location: str | Path) -> None:
    """The suffix tells how to write."""
    loader = DataLoader(location)

    assert isinstance(loader.destination, FileDestination)
    assert loader.destination.uri == str(location)


def test_a_word_means_a_destination_in_memory() -> None:
    """``memory:`` needs no import."""
    loader = DataLoader("memory:")

    assert isinstance(loader.destination, MemoryDestination)


def test_a_destination_object_is_taken_as_it_is() -> None:
    """Whoever makes a destination keeps hold of it."""
    memory = MemoryDestination()

    loader = DataLoader(memory)

    assert loader.destination is memory


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        (None, "replace"),
        ("replace", "replace"),
        ("w", "replace"),
        ("append", "append"),
        ("a", "append"),
    ],
)
def test_a_mode_has_a_long_and_a_short_name(given: str | None, mode: str) -> None:
    """The letters are those of ``open``; a file is replaced unless told otherwise."""
    loader = DataLoader("out.jsonl", given)

    assert loader.mode == mode


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        pytest.param("id", ("id",), id="one field"),
        pytest.param(["year", "id"], ("year", "id"), id="several fields"),
    ],
)
def test_an_upsert_has_a_key(key: str | list[str], fields: tuple[str, ...]) -> None:
    """One field or several identify a record."""
    loader = DataLoader(Table(), "upsert", key)

    assert (loader.mode, loader.key) == ("upsert", fields)


def test_a_loader_shows_where_it_loads() -> None:
    """The destination and the mode are what one wants to know of it."""
    loader = DataLoader("out.jsonl", "a")

    assert repr(loader) == "DataLoader(FileDestination('out.jsonl'), 'append')"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            (5,),
            "a destination is a path, a URL or a Destination, got 5",
            id="number",
        ),
        pytest.param(
            (None,),
            "a destination is a path, a URL or a Destination, got None",
            id="nothing",
        ),
        pytest.param(
            (b"out.jsonl",),
            "a destination is a path, a URL or a Destination, got b'out.jsonl'",
            id="bytes",
        ),
        pytest.param(
            ([],),
            "a destination is a path, a URL or a Destination, got []; 'memory:' collects records "
            "in a list",
            id="list",
        ),
        pytest.param(
            ("out.XLSX",),
            "out.XLSX: no format of etlkit; load into 'memory:' and write the data frame that the "
            "result gives by to_pandas() or to_polars()",
            id="spreadsheet",
        ),
        pytest.param(
            ("out.xml",),
            "out.xml: the suffix does not tell how to write it; pass format='jsonl' "
            "or another one (known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also "
            "with .gz, .bz2, .xz, .zst)",
            id="unknown suffix",
        ),
        pytest.param(
            ("cases",),
            "cases: the suffix does not tell how to write it; pass format='jsonl' "
            "or another one (known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also "
            "with .gz, .bz2, .xz, .zst), or 'cases/' for a dataset of parts",
            id="folder",
        ),
        pytest.param(
            ("s3://bucket/out.jsonl",),
            "s3://bucket/out.jsonl: only local files can be written so far",
            id="URL",
        ),
        pytest.param(
            ("out.jsonl", "repalce"),
            "unknown mode 'repalce'; did you mean 'replace'?; the modes are 'replace', 'append', "
            "'upsert', 'replace-partition'",
            id="mistyped mode",
        ),
        pytest.param(
            ("out.jsonl", "x"),
            "unknown mode 'x'; the modes are 'replace', 'append', 'upsert', 'replace-partition'",
            id="unknown mode",
        ),
        pytest.param(
            ("out.jsonl", ["w"]),
            "unknown mode ['w']; the modes are 'replace', 'append', 'upsert', 'replace-partition'",
            id="mode in a list",
        ),
        pytest.param(
            ("out.jsonl", "upsert", "id"),
            "out.jsonl: mode 'upsert' is not possible there; use 'replace' or 'append'",
            id="impossible mode",
        ),
        pytest.param(
            ("out.jsonl", "replace-partition"),
            "out.jsonl: mode 'replace-partition' is not possible there; use 'replace' or 'append'; "
            "it is for datasets with partition_by=, the fields that name the partitions",
            id="partitions of a file",
        ),
        pytest.param(
            (Table("cases"),),
            "cases: say what a load does: mode='append' or another one",
            id="mode not said",
        ),
        pytest.param(
            (Table("cases"), "w"),
            "cases: mode 'replace' is not possible there; use 'append' or 'upsert'",
            id="impossible mode of a table",
        ),
        pytest.param(
            ("out.jsonl", None, "id"),
            "key='id' is for mode='upsert'; the mode is 'replace'",
            id="key without upsert",
        ),
        pytest.param(
            ("out.jsonl", "a", ["year", "id"]),
            "key=['year', 'id'] is for mode='upsert'; the mode is 'append'",
            id="keys without upsert",
        ),
        pytest.param(
            (Table("cases"), "upsert", 5),
            "key is the name of a field or a list of names, got 5",
            id="key is no name",
        ),
        pytest.param(
            (Table("cases"), "upsert", ["year", 5]),
            "key is the name of a field or a list of names, got ['year', 5]",
            id="one key is no name",
        ),
        pytest.param(
            (Table("cases"), "upsert"),
            "cases: mode 'upsert' needs key=, the field or fields that identify a record",
            id="upsert without a key",
        ),
    ],
)
def test_a_mistaken_loader_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    """A loader that cannot load fails where it is written, before anything is read."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader(*arguments)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"strict_floats": True},
            "strict_floats: only for the path of a file; a destination object has the options that "
            "it was made with",
            id="option",
        ),
        pytest.param(
            {"columns": ["id"], "format": "csv", "compression": None},
            "columns, format, compression: only for the path of a file; a destination object has "
            "the options that it was made with",
            id="several",
        ),
        pytest.param(
            {"alow_empty": True},
            "alow_empty: only for the path of a file; did you mean 'allow_empty'?; a destination "
            "object has the options that it was made with",
            id="typing error",
        ),
    ],
)
@pytest.mark.parametrize("destination", [MemoryDestination(), "memory:"], ids=["object", "word"])
def test_options_of_a_file_are_for_paths(
    destination: MemoryDestination | str, options: dict[str, Any], message: str
) -> None:
    """A destination object was told when it was made."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader(destination, **options)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"wait_second": 5},
            "format 'jsonl' has no option 'wait_second'; did you mean 'wait_seconds'?; its options "
            "are: strict_floats",
            id="argument",
        ),
        pytest.param(
            {"strict_float": True},
            "format 'jsonl' has no option 'strict_float'; did you mean 'strict_floats'?; its "
            "options are: strict_floats",
            id="option",
        ),
    ],
)
def test_a_misspelt_argument_is_refused(options: dict[str, Any], message: str) -> None:
    """What the loader takes itself is as near as what the format takes."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader("out.jsonl", **options)

    assert str(caught.value) == message


@pytest.mark.parametrize("mode", ["replace", "w"])
def test_one_load_can_have_another_mode(mode: str) -> None:
    """The mode of the loader is only what it does when not told."""
    memory = MemoryDestination()
    loader = DataLoader(memory, "append")
    loader.load([{"id": 1}])

    loader.load([{"id": 2}], mode)

    assert memory.records == [{"id": 2}]
    assert loader.mode == "append"


def test_a_mistaken_mode_of_one_load_loads_nothing() -> None:
    """The mode is looked at before the first record."""
    memory = MemoryDestination()

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(memory).load([{"id": 1}], "upsert")

    assert str(caught.value) == (
        "memory:: mode 'upsert' is not possible there; use 'replace' or 'append'"
    )
    assert memory.records == []


def counted(number: int) -> Iterator[dict[str, int]]:
    """Records made one by one."""
    yield from ({"id": each} for each in range(number))


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 2500])
def test_a_generator_is_loaded_whole(number: int) -> None:
    """Records go in batches of a thousand; where one ends makes no difference."""
    memory = MemoryDestination()

    loaded = DataLoader(memory).load(counted(number))

    assert loaded == number
    assert memory.records == list(counted(number))


def test_a_generator_that_fails_loads_nothing(tmp_path: Path, names: Names) -> None:
    """The exception of the caller surfaces as it is, and the destination is as it was."""
    path = tmp_path / "out.jsonl"
    records = ({"share": 10 / each} for each in (5, 2, 0))

    with pytest.raises(ZeroDivisionError):
        DataLoader(path).load(records)

    assert names(tmp_path) == []


@pytest.mark.parametrize("destination", ["memory:", "out.jsonl"])
def test_records_of_the_caller_stay_as_they_are(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading reads records; what the caller holds is equal and still theirs."""
    monkeypatch.chdir(tmp_path)
    records = [{"id": 1, "tags": ["a"], "contact": {"email": "e"}, "wide": 2**70}]

    DataLoader(destination).load(records)

    assert records == [{"id": 1, "tags": ["a"], "contact": {"email": "e"}, "wide": 2**70}]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        pytest.param(
            [{"id": 1}, 5],
            "record 2: a record is a dict, got 5; nothing was loaded",
            id="number among records",
        ),
        pytest.param(
            [{"id": 1}, None],
            "record 2: a record is a dict, got None; nothing was loaded",
            id="nothing among records",
        ),
        pytest.param(
            ["x" * 200],
            f"record 1: a record is a dict, got 'x{'x' * 78}… (202 characters); nothing was loaded",
            id="long text, shown by its beginning",
        ),
    ],
)
def test_what_is_no_record_loads_nothing(records: Any, message: str) -> None:
    """The message has the number of the record, from 1."""
    memory = MemoryDestination()

    with pytest.raises(RecordError) as caught:
        DataLoader(memory).load(records)

    assert str(caught.value) == message
    assert memory.records == []


def test_what_is_no_iterable_of_records_is_refused() -> None:
    """The destination is not even asked."""
    memory = MemoryDestination()

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(memory).load({"id": 1})

    assert str(caught.value) == (
        "load takes an iterable of dicts, got dict; put a single record into a list"
    )


@pytest.mark.parametrize(
    ("record", "message"),
    [
        pytest.param(
            {"id": 1, "contact": {"seen": [1, {2}]}},
            "record 2: $.contact.seen[1] is a set that JSON has no form for (Type is not JSON "
            "serializable: set); change it in a step, for example by sorted(...); nothing was loaded",
            id="value",
        ),
        pytest.param(
            {"id": 1, "car": {2: "two"}},
            "record 2: $.car has a key of type int that JSON has no form for (Dict key must be str); change it in a step; "
            "nothing was loaded",
            id="key",
        ),
        pytest.param(
            nested(300),
            "record 2: the record is nested deeper than 250 levels; nothing was loaded",
            id="depth",
        ),
        pytest.param(
            nested(100_000),
            "record 2: the record is nested deeper than 250 levels; nothing was loaded",
            id="depth beyond that of Python",
        ),
    ],
)
def test_what_a_file_cannot_hold_loads_nothing(
    record: dict[str, Any], message: str, tmp_path: Path, names: Names
) -> None:
    """The message has the path of the value."""
    with pytest.raises(RecordError) as caught:
        DataLoader(tmp_path / "out.jsonl").load([{"id": 0}, record])

    assert str(caught.value) == message
    assert names(tmp_path) == []


def test_integers_of_any_width_are_written_exactly(tmp_path: Path) -> None:
    """No value is rounded on its way into a file."""
    path = tmp_path / "out.jsonl"

    DataLoader(path).load([{"id": 1234567890123456789012345}])

    assert path.read_text() == '{"id":1234567890123456789012345}\n'


def test_memory_without_its_colon_is_told() -> None:
    """A dataset of that name is not what is meant."""
    with pytest.raises(ConfigurationError, match=r"did you mean 'memory:'\?$"):
        DataLoader("memory")
