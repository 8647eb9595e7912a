"""One file in any format and compression, with the same promises for each."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import logging
import lzma

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import FileDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.formats import CsvWriter


Names = Callable[[Path], list[str]]

FORMATS = [".jsonl", ".json", ".csv", ".tsv"]
LINES = [".jsonl", ".csv", ".tsv"]
COMPRESSIONS = ["", ".gz", ".bz2", ".xz", ".zst"]

every_format = pytest.mark.parametrize("suffix", FORMATS)
every_format_of_lines = pytest.mark.parametrize("suffix", LINES)
every_compression = pytest.mark.parametrize("packed", COMPRESSIONS)

RECORDS = [{"id": each, "name": f"n{each}"} for each in range(2500)]


def unpacked(path: Path) -> bytes:
    """The plain bytes of a file, as somebody else's library reads them."""
    unpack: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.decompress,
        ".bz2": bz2.decompress,
        ".xz": lzma.decompress,
        ".zst": unzstd,
    }
    return unpack.get(path.suffix, bytes)(path.read_bytes())


def unzstd(data: bytes) -> bytes:
    """The plain bytes of zstd frames."""
    with pytest.importorskip("backports.zstd").open(io.BytesIO(data)) as file:
        plain: bytes = file.read()
    return plain


def table(data: bytes, delimiter: str) -> list[dict[str, Any]]:
    """The records of CSV, with their numbers as numbers."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
    return [{**row, "id": int(row["id"])} for row in rows]


def records_in(path: Path) -> list[dict[str, Any]]:
    """The records of a file, as somebody else's library reads them."""
    data = unpacked(path)
    readers: dict[str, Callable[[], list[dict[str, Any]]]] = {
        ".jsonl": lambda: [json.loads(line) for line in data.splitlines()],
        ".json": lambda: list(json.loads(data)),
        ".csv": lambda: table(data, ","),
        ".tsv": lambda: table(data, "\t"),
    }
    kind = next(suffix for suffix in path.suffixes if suffix in readers)
    return readers[kind]()


@pytest.fixture
def out(tmp_path: Path, suffix: str, packed: str) -> Path:
    """A file of the format and the compression that holds one old record."""
    path = tmp_path / f"out{suffix}{packed}"
    if packed == ".zst":
        pytest.importorskip("backports.zstd")
    DataLoader(path).load([{"id": -1, "name": "old"}])
    return path


OLD = [{"id": -1, "name": "old"}]


@every_format
@every_compression
def test_replace_leaves_the_new_records_only(out: Path, names: Names) -> None:
    """The file is the load, and nothing else is left in the folder."""
    loaded = DataLoader(out).load(RECORDS)

    assert loaded == 2500
    assert records_in(out) == RECORDS
    assert names(out.parent) == [out.name]


@every_format_of_lines
@every_compression
def test_append_adds_the_new_records(out: Path, names: Names) -> None:
    """What was there before stays as it was, byte for byte."""
    before = out.read_bytes()

    loaded = DataLoader(out, "append").load(RECORDS)

    assert loaded == 2500
    assert records_in(out) == [*OLD, *RECORDS]
    assert out.read_bytes().startswith(before)
    assert names(out.parent) == [f".{out.name}.journal", out.name]


@every_format_of_lines
@every_compression
def test_append_makes_a_file_that_does_not_exist(out: Path) -> None:
    """The first load begins the file, header and all."""
    out.unlink()
    loader = DataLoader(out, "append")
    loader.load(OLD)

    loader.load(RECORDS)

    assert records_in(out) == [*OLD, *RECORDS]


@every_format_of_lines
@every_compression
def test_append_begins_an_empty_file(out: Path) -> None:
    """A file without any byte, and one that unpacks to none, have no header yet."""
    out.write_bytes(b"")
    DataLoader(out, "append").load([])

    DataLoader(out, "append").load(OLD)

    assert records_in(out) == OLD


@every_format_of_lines
@every_compression
def test_append_of_nothing_changes_nothing(out: Path) -> None:
    """Not one byte."""
    before = out.read_bytes()

    loaded = DataLoader(out, "append").load([])

    assert loaded == 0
    assert out.read_bytes() == before


@every_format
@every_compression
def test_replace_by_nothing_leaves_a_file_of_no_records(out: Path) -> None:
    """An empty array is JSON, and an empty member is a file that can be unpacked."""
    DataLoader(out).load([])

    assert records_in(out) == []


@every_format
@every_compression
def test_the_same_records_make_the_same_bytes(out: Path) -> None:
    """Neither the time nor a name gets into the file."""
    loader = DataLoader(out)
    loader.load(RECORDS)
    before = out.read_bytes()

    loader.load(RECORDS)

    assert out.read_bytes() == before


@every_format
@every_compression
def test_a_record_that_cannot_be_written_leaves_the_file_as_it_was(out: Path, names: Names) -> None:
    """A load is all of its records or none, however many went before the bad one."""
    before = out.read_bytes()

    with pytest.raises(RecordError, match=r"^record 2501: \$\.name is a set"):
        DataLoader(out).load([*RECORDS, {"id": 0, "name": {1}}])

    assert out.read_bytes() == before
    assert names(out.parent) == [out.name]


@every_format_of_lines
@every_compression
def test_an_append_that_fails_leaves_the_file_as_it_was(out: Path, names: Names) -> None:
    """As a replace does."""
    before = out.read_bytes()

    with pytest.raises(RecordError, match=r"^record 2501: \$\.name is a set"):
        DataLoader(out, "append").load([*RECORDS, {"id": 0, "name": {1}}])

    assert out.read_bytes() == before
    assert names(out.parent) == [out.name]


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
@every_compression
def test_what_is_written_can_be_read(out: Path) -> None:
    """The destination of one job is the source of the next."""
    DataLoader(out).load(RECORDS)

    found = FileSource(out).extract()

    assert found == RECORDS


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@every_compression
def test_a_table_that_is_written_can_be_read(out: Path) -> None:
    """Types come back when a schema says them."""
    DataLoader(out).load(RECORDS)

    found = FileSource(out, schema={"id": {"type": int}}).extract()

    assert found == RECORDS


# -- ends of lines


@pytest.mark.parametrize(
    ("name", "before", "options", "after"),
    [
        pytest.param("out.csv", b"id\n1", {}, b"id\n1\n2\n", id="CSV"),
        pytest.param(
            "out.csv", b"id\r\n1\r\n", {"line_end": "\r\n"}, b"id\r\n1\r\n2\r\n", id="CRLF"
        ),
        pytest.param("out.csv", b"id\n1\n", {"line_end": "\r\n"}, b"id\n1\n2\r\n", id="another"),
        pytest.param(
            "out.csv",
            "\ufeffid\n1\n".encode("utf-16-le"),
            {"encoding": "utf-16"},
            "\ufeffid\n1\n2\n".encode("utf-16-le"),
            id="UTF-16",
        ),
        pytest.param(
            "out.csv",
            "\ufeffid\n1".encode("utf-16-le"),
            {"encoding": "utf-16"},
            "\ufeffid\n1\n2\n".encode("utf-16-le"),
            id="UTF-16 without a newline",
        ),
    ],
)
def test_append_ends_the_last_line_first(
    name: str, before: bytes, options: dict[str, Any], after: bytes, tmp_path: Path
) -> None:
    """The last record of somebody else's file stays apart from the new ones."""
    path = tmp_path / name
    path.write_bytes(before)

    DataLoader(path, "append", **options).load([{"id": 2}])

    assert path.read_bytes() == after


def test_append_ends_the_last_line_within_what_is_compressed(tmp_path: Path) -> None:
    """The member that is added begins with the newline that the file lacks."""
    path = tmp_path / "out.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id":0}\n') + gzip.compress(b'{"id":1}'))

    DataLoader(path, "append").load([{"id": 2}])

    assert unpacked(path) == b'{"id":0}\n{"id":1}\n{"id":2}\n'


def test_append_reads_a_file_that_packs_well(tmp_path: Path) -> None:
    """Limits that guard a reader from strangers have no place in a file of one's own."""
    path = tmp_path / "out.jsonl.xz"
    path.write_bytes(lzma.compress(b'{"id":0}\n' * 1_300_000, preset=0))

    loaded = DataLoader(path, "append").load([{"id": 1}])

    assert loaded == 1
    assert unpacked(path).endswith(b'{"id":0}\n{"id":1}\n')


# -- what cannot be added to


def test_a_load_that_cannot_be_added_leaves_the_spool_of_a_killed_one(
    tmp_path: Path, names: Names
) -> None:
    """Of an append that was cut short, the spool is the only whole copy."""
    path = tmp_path / "out.jsonl.gz"
    added = gzip.compress(b'{"id":2}\n')
    path.write_bytes(gzip.compress(b'{"id":1}\n') + added[:-4])
    spool = tmp_path / ".out.jsonl.gz.0123456789ab.tmp"
    spool.write_bytes(added)

    with pytest.raises(ConfigurationError, match="nothing can be appended"):
        DataLoader(path, "append").load([{"id": 3}])

    assert names(tmp_path) == [spool.name, path.name]
    assert spool.read_bytes() == added


def test_a_damaged_file_is_not_added_to(tmp_path: Path, names: Names) -> None:
    """What would be added behind the damage could not be read again."""
    path = tmp_path / "out.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id":1}\n')[:-4])
    before = path.read_bytes()

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path, "append").load([{"id": 2}])

    assert str(caught.value) == (
        f"{path}: the gzip file is cut off; nothing of it was loaded. So nothing can be appended to "
        "the file, which is as it was; replace it, or load into another one"
    )
    assert path.read_bytes() == before
    assert names(tmp_path) == ["out.jsonl.gz"]


@pytest.mark.parametrize("options", [{}, {"columns": ["id", "age"]}], ids=["first", "named"])
def test_a_table_with_other_columns_is_not_added_to(
    options: dict[str, Any], tmp_path: Path, names: Names
) -> None:
    """It is found out before anything is written."""
    path = tmp_path / "out.csv"
    path.write_text("id,name\n1,Ada\n")

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path, "append", **options).load([{"id": 2, "age": 36}])

    assert str(caught.value) == (
        f"{path}: cannot be added to, since the columns differ: only the file has 'name', only the "
        "records have 'age'"
    )
    assert path.read_text() == "id,name\n1,Ada\n"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize(
    ("name", "before", "options", "message"),
    [
        pytest.param(
            "out.csv",
            "n\nZoë\n".encode(),
            {"encoding": "cp1252"},
            "cannot be added to in cp1252, since its content looks like utf-8; pass encoding='utf-8', or "
            "replace it, or load into another file",
            id="CSV",
        ),
        pytest.param(
            "out.jsonl.gz",
            gzip.compress('{"n":"Zoë"}\n'.encode("utf-16")),
            {},
            "cannot be added to in utf-8, since it begins with the byte order mark of utf-16-le; "
            "replace it, or load into another file; the format is written in utf-8 only",
            id="compressed JSON Lines",
        ),
    ],
)
def test_a_file_in_another_encoding_is_as_it_was(
    name: str, before: bytes, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Nobody could read all of it after the append."""
    path = tmp_path / name
    path.write_bytes(before)

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path, "append", **options).load([{"n": "Zoë"}])

    assert str(caught.value) == f"{path}: {message}"
    assert path.read_bytes() == before


def test_an_array_is_not_appended_to() -> None:
    """It has an end, and nothing can follow."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader("out.json", "append")

    assert str(caught.value) == "out.json: mode 'append' is not possible there; use 'replace'"


# -- what the result says


def test_guarded_texts_are_a_warning_of_the_result(tmp_path: Path) -> None:
    """Values that were changed are never changed in silence."""
    records = RecordsSource([{"a": "=1+1"}, {"a": "@x"}, {"a": "-1"}])

    result = ETLJob("j", "J", records, None, tmp_path / "out.csv").execute()

    (warning,) = result.warnings
    assert warning == (
        "2 text(s) that a spreadsheet would run as a formula have an apostrophe in front now; "
        "formulas=True writes them as they are"
    )


def test_a_load_without_a_job_logs_what_a_result_would_say(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A number has no room for it."""
    path = tmp_path / "out.csv"
    caplog.set_level(logging.WARNING, "etlkit")

    DataLoader(path).load([{"a": "=1+1"}])

    (record,) = caplog.records
    assert (record.name, record.__dict__["action"]) == ("etlkit.destinations", "load_remark")
    assert record.getMessage() == (
        f"{path}: 1 text(s) that a spreadsheet would run as a formula have an apostrophe in front "
        "now; formulas=True writes them as they are"
    )


def test_a_record_with_another_field_is_rejected_with_its_bytes(tmp_path: Path) -> None:
    """It goes where all rejected records go, and the others are loaded."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"a": 1}\n{"a": 2, "b": 3}\n{"a": 4}\n')
    job = ETLJob("j", "J", FileSource(source), None, tmp_path / "out.csv.gz", on_error=Quarantine())

    result = job.execute()

    (rejection,) = result.rejections
    assert (rejection.code, rejection.stage, rejection.record_no) == ("columns", "write", 2)
    assert rejection.raw == b'{"a": 2, "b": 3}'
    assert unpacked(tmp_path / "out.csv.gz") == b"a\n1\n4\n"


# -- options


@pytest.mark.parametrize(
    ("name", "options", "content"),
    [
        pytest.param("out.txt", {"format": "csv"}, b"a\n1\n", id="format"),
        pytest.param("out.csv", {"format": "jsonl"}, b'{"a":1}\n', id="another format"),
        pytest.param("out.gz", {"format": "csv", "compression": None}, b"a\n1\n", id="plain"),
        pytest.param(
            "out.csv", {"format": CsvWriter(columns=["b", "a"])}, b"b,a\n,1\n", id="object"
        ),
        pytest.param(
            "out.csv", {"bom": True, "line_end": "\r\n"}, b"\xef\xbb\xbfa\r\n1\r\n", id="Excel"
        ),
    ],
)
def test_an_option_overrides_the_suffix(
    name: str, options: dict[str, Any], content: bytes, tmp_path: Path
) -> None:
    """The suffix is only what is taken where nothing is said."""
    path = tmp_path / name

    DataLoader(path, **options).load([{"a": 1}])

    assert path.read_bytes() == content


def test_a_compression_can_be_given(tmp_path: Path) -> None:
    """The name of the file need not tell it."""
    path = tmp_path / "out"

    DataLoader(FileDestination(path, format="csv", compression="gzip")).load([{"a": 1}])

    assert gzip.decompress(path.read_bytes()) == b"a\n1\n"
