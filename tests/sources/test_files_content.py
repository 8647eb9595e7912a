"""What the files of a source hold: formats, compression, records, and damage."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging

from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, Quarantine
from etlkit.errors import (
    ConfigurationError,
    InputError,
    InputTruncated,
    RecordError,
    SourceUnavailable,
)
from etlkit.formats import Format, Json, JsonLines
from etlkit.records import Batch, Origin


def put(folder: Path, *names: str) -> None:
    """Write files that each hold one record with the name of the file."""
    for name in names:
        data = b'{"file":"%s"}\n' % name.encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def names_in(source: FileSource) -> list[str]:
    """The names of the files that were read, in order."""
    return [record["file"] for record in source.extract()]


# -- formats and compression


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.JSONL", "a.jsonl.gz", "a.ndjson.gz"])
def test_the_suffix_tells_format_and_compression(tmp_path: Path, name: str) -> None:
    """Nothing has to be said about files with the usual names."""
    put(tmp_path, name)

    found = FileSource(tmp_path / name).extract()

    assert found == [{"file": name}]


def test_files_of_several_formats_may_stand_in_one_folder(tmp_path: Path) -> None:
    """Each file is read by its own suffix."""
    (tmp_path / "a.json").write_text('[{"id":1},{"id":2}]')
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b'{"id":3}'))
    (tmp_path / "c.jsonl").write_text('{"id":4}\n{"id":5}')

    found = FileSource(tmp_path).extract()

    assert found == [{"id": number} for number in range(1, 6)]


@pytest.mark.parametrize("format_", ["jsonl", JsonLines()], ids=["name", "object"])
def test_the_format_can_be_said(tmp_path: Path, format_: str | Format) -> None:
    """A file of another suffix, or of none, is read in the format that was passed."""
    put(tmp_path, "forms.log", "forms")

    found = names_in(FileSource(tmp_path, format=format_))

    assert found == ["forms", "forms.log"]


def test_a_said_format_overrules_the_suffix(tmp_path: Path) -> None:
    """JSON Lines in a .json file are read once the caller says what they are."""
    path = tmp_path / "a.json"
    path.write_text('{"id":1}\n{"id":2}\n')

    found = FileSource(path, format="jsonl").extract()

    assert found == [{"id": 1}, {"id": 2}]


def test_the_compression_can_be_said(tmp_path: Path) -> None:
    """A compressed file of another name is read as compressed."""
    (tmp_path / "a.jsonl").write_bytes(gzip.compress(b'{"id":1}\n'))

    found = FileSource(tmp_path / "a.jsonl", compression="gzip").extract()

    assert found == [{"id": 1}]


def test_compression_can_be_denied(tmp_path: Path) -> None:
    """A file that is not compressed in spite of its name is read as it is."""
    (tmp_path / "a.jsonl.gz").write_bytes(b'{"id":1}\n')

    found = FileSource(tmp_path / "a.jsonl.gz", compression=None).extract()

    assert found == [{"id": 1}]


class Numbers(Format):
    """A format of somebody else: one number on each line."""

    name = "numbers"
    suffixes = (".numbers",)

    def batches(self, stream: Any, origin: Origin) -> Any:
        """One batch of everything."""
        yield Batch(stream.read().split(), origin, 1, lambda item: {"n": int(item)})


def test_a_format_of_somebody_else_is_used(tmp_path: Path) -> None:
    """Whoever writes a format passes an object of it."""
    (tmp_path / "a.txt").write_text("1\n22\n")

    found = FileSource(tmp_path / "a.txt", format=Numbers()).extract()

    assert found == [{"n": 1}, {"n": 22}]


def test_options_arrive_in_the_format(tmp_path: Path) -> None:
    """An option of the format is passed like any other argument."""
    (tmp_path / "a.jsonl").write_text('{"id":1,"id":2}\n')
    source = FileSource(tmp_path / "a.jsonl", strict_keys=True)

    with pytest.raises(RecordError) as caught:
        source.extract()

    assert str(caught.value) == f"{tmp_path}/a.jsonl:1: the key 'id' comes twice in one object"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"format": "excel"},
            "unknown format 'excel'; the formats are 'jsonl', 'json', 'csv', 'tsv', 'fixed', 'raw'",
        ),
        (
            {"format": JsonLines},
            f"format is a name such as 'jsonl', or a Format, got {JsonLines!r}",
        ),
        (
            {"format": JsonLines(), "strict_keys": True, "exact_integers": False},
            "options exact_integers, strict_keys belong into the format object that was passed",
        ),
        (
            {"format": "raw", "strict_keys": True},
            "format 'raw' has no option 'strict_keys'; its options are: decode, max_record_bytes",
        ),
        (
            {"strict_key": True},
            (
                "forms.jsonl: format 'jsonl' has no option 'strict_key'; did you mean "
                "'strict_keys'?; its options are: encoding, exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        ({"max_record_bytes": 0}, "forms.jsonl: max_record_bytes is a whole number above 0, got 0"),
        (
            {"compression": "gz"},
            "unknown compression 'gz'; did you mean 'gzip'?; known are 'gzip', 'bz2', 'xz', 'zstd', 'infer' and None",
        ),
        (
            {"archive": "tarr"},
            "unknown archive 'tarr'; did you mean 'tar'?; known are 'zip', 'tar', 'infer' and None",
        ),
        (
            {"members": 7},
            "members is a pattern of names such as '*.csv', or a list of them, got 7",
        ),
        (
            {"max_entries": 0},
            "max_entries is a whole number above 0, or None for no limit, got 0",
        ),
    ],
    ids=[
        "format",
        "format as a class",
        "options beside a format",
        "option of another format",
        "option of no format",
        "value of an option",
        "compression",
        "archive",
        "members",
        "limit",
    ],
)
def test_mistaken_arguments_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    """A source that could never be read is not made."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("forms.jsonl", **arguments)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ([], "FileSource needs at least one path"),
        (None, "FileSource takes a path, a URL, or a list of them, got None"),
        (
            42,
            "FileSource takes a path, a URL, or a list of them, got 42; for records use RecordsSource",
        ),
        (b"a.jsonl", "FileSource takes a path, a URL, or a list of them, got b'a.jsonl'"),
        (
            {"a": 1},
            "FileSource takes a path, a URL, or a list of them, got {'a': 1}; for records use RecordsSource",
        ),
        (["a.jsonl", None], "FileSource takes a path, a URL, or a list of them, got None"),
    ],
    ids=["an empty list", "None", "number", "bytes", "dict", "a list with None"],
)
def test_what_is_no_location_is_refused(location: Any, message: str) -> None:
    """The message shows what was passed, such as the None of a missing setting."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource(location)

    assert str(caught.value) == message


def test_an_option_of_another_format_is_found_by_check(tmp_path: Path) -> None:
    """The message names the file, and says how to read those that the option is meant for."""
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "b.csv").write_text("id;name\n1;Ada\n")
    source = FileSource(tmp_path, delimiter=";")

    with pytest.raises(ConfigurationError) as caught:
        source.check()

    assert str(caught.value) == (
        f"{tmp_path / 'a.json'}: format 'json' has no option 'delimiter'; "
        "its options are: encoding, exact_integers, max_record_bytes, strict_keys; "
        "format='csv' takes what was passed: read only such files, with a pattern such as '*.csv'"
    )


CSV_OPTIONS = (
    "its options are: delimiter, encoding, escape, max_record_bytes, names, null_values, quote, "
    "schema, skip_lines, strip"
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("delimeter", "delimiter"),
        ("dtype", "schema"),
        ("header", "names"),
        ("member", "members"),
        ("na_values", "null_values"),
        ("quotechar", "quote"),
        ("sep", "delimiter"),
        ("skiprows", "skip_lines"),
    ],
)
def test_a_mistaken_option_is_answered_for_the_format_of_the_file(written: str, meant: str) -> None:
    """What other tools call an option is understood, and so are arguments of the source."""
    with pytest.raises(ConfigurationError) as caught:
        FileSource("forms.csv.gz", **{written: ";"})

    assert str(caught.value) == (
        f"forms.csv.gz: format 'csv' has no option {written!r}; did you mean {meant!r}?; "
        f"{CSV_OPTIONS}"
    )


@pytest.mark.parametrize("name", ["forms.txt", "forms", "forms.gz", "forms.jsonl.bak"])
def test_a_file_of_an_unknown_suffix_is_an_error(tmp_path: Path, name: str) -> None:
    """A file that was named is never left out; the message says how to have it read."""
    put(tmp_path, name)
    source = FileSource(tmp_path / name)

    with pytest.raises(ConfigurationError) as caught:
        source.check()

    assert str(caught.value) == (
        f"{tmp_path}/{name}: the suffix does not tell the format; pass format='jsonl' or another "
        "one (known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also with .gz, .bz2, .xz or .zst, or in a .zip or .tar); records in other formats come in through RecordsSource"
    )


@pytest.mark.parametrize("name", ["forms.xlsx", "FORMS.PARQUET"])
def test_a_table_of_another_library_comes_in_through_a_data_frame(
    tmp_path: Path, name: str
) -> None:
    """No format= would help."""
    put(tmp_path, name)
    source = FileSource(tmp_path / name)

    with pytest.raises(ConfigurationError) as caught:
        source.check()

    assert str(caught.value) == (
        f"{tmp_path}/{name}: no format of etlkit; read it with pandas or Polars, and pass the data frame to "
        "RecordsSource(...)"
    )


def test_a_folder_without_any_known_suffix_is_an_error(tmp_path: Path) -> None:
    """A folder of which nothing would be read is no empty source."""
    put(tmp_path, "b.txt", "a.txt")
    source = FileSource(tmp_path)

    with pytest.raises(ConfigurationError) as caught:
        source.files()

    assert str(caught.value) == (
        f"{tmp_path}/a.txt: the suffix does not tell the format; pass format='jsonl' or another "
        "one (known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also with .gz, .bz2, .xz or .zst, or in a .zip or .tar); records in other formats come in through RecordsSource"
    )


# -- extract


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id":', "not JSON: unexpected end of data at character 7"),
        (b"[1]", "the record is an array, expected a JSON object (a dict)"),
        (b"null", "the record is null, expected a JSON object (a dict)"),
        (b'{"a":"\xff"}', "not valid UTF-8: byte 0xff at 6"),
        (b"[" * 300 + b"]" * 300, "the record is nested deeper than 250 levels"),
    ],
    ids=["broken", "array", "null", "UTF-8", "depth"],
)
def test_extract_names_file_and_line_of_a_bad_record(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    """The place is written as editors and terminals understand it."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id":1}\n\n' + line + b"\n")

    with pytest.raises(RecordError) as caught:
        FileSource(path).extract()

    assert str(caught.value) == f"{path}:3: {reason}"


def test_extract_names_file_and_line_of_a_long_record(tmp_path: Path) -> None:
    """A line above the limit fails like any other bad record."""
    line = b"x" * 30
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n" + line + b"\n{}\n")

    with pytest.raises(RecordError) as caught:
        FileSource(path, max_record_bytes=20).extract()

    assert str(caught.value) == (
        f"{path}:2: the record has 30 bytes, more than max_record_bytes=20; pass a higher one to "
        f"read it; kept are its first 30 bytes (sha256 of all: {hashlib.sha256(line).hexdigest()})"
    )


def test_extract_names_file_and_number_of_a_bad_element(tmp_path: Path) -> None:
    """In a JSON file the number is that of the element."""
    path = tmp_path / "a.json"
    path.write_text('[{},\n{},\n"text"]')

    with pytest.raises(RecordError) as caught:
        FileSource(path).extract()

    assert str(caught.value) == f"{path}:3: the record is a string, expected a JSON object (a dict)"


def test_extract_takes_a_question(tmp_path: Path) -> None:
    """Only the records for which the question is true come back."""
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"id":{number}}}\n' for number in range(6)))

    found = FileSource(path).extract(lambda record: record["id"] % 2 == 1)

    assert found == [{"id": 1}, {"id": 3}, {"id": 5}]


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"),
    [
        (
            "a.jsonl.gz",
            gzip.compress(b'{"id":1}\n')[:-3],
            InputTruncated,
            "the gzip file is cut off; nothing of it was loaded",
        ),
        ("a.jsonl.gz", b"", InputTruncated, "the gzip file is cut off; nothing of it was loaded"),
        (
            "a.json.gz",
            b"[]",
            InputError,
            "no gzip file, although its name or an option says so: pass compression=None to read it as it is",
        ),
        (
            "a.jsonl",
            "\ufeff{}".encode("utf-16-le"),
            InputError,
            "the file is UTF-16, but is read as UTF-8; pass encoding='utf-16'",
        ),
    ],
    ids=["cut gzip", "empty gzip", "no gzip", "UTF-16"],
)
def test_a_damaged_file_fails_with_its_name(
    tmp_path: Path, name: str, data: bytes, kind: type[Exception], message: str
) -> None:
    """What cannot be cut into records is an error of the file."""
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(kind) as caught:
        FileSource(path).extract()

    assert str(caught.value) == f"{path}: {message}"


class Failing(Format):
    """A format whose stream breaks."""

    name = "failing"
    suffixes = (".failing",)

    def batches(self, stream: Any, origin: Origin) -> Any:
        """One record, and then the error of a disk."""
        yield Batch([b"{}"], origin, 1, json.loads)
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails_while_it_is_read_is_a_passing_failure(tmp_path: Path) -> None:
    """The run may be tried again; what was read before does not count."""
    put(tmp_path, "a.jsonl")
    source = FileSource(tmp_path / "a.jsonl", format=Failing())

    with pytest.raises(SourceUnavailable) as caught:
        source.extract()

    assert str(caught.value) == f"{tmp_path}/a.jsonl: reading failed: Input/output error"


def test_a_json_format_can_be_passed_as_an_object(tmp_path: Path) -> None:
    """Every format is a class that can be called."""
    (tmp_path / "a.txt").write_text("[{}]")

    found = FileSource(tmp_path / "a.txt", format=Json()).extract()

    assert found == [{}]


def test_a_nan_of_a_function_that_decodes_is_rejected(tmp_path: Path) -> None:
    """JSON has no form for it, and a raw file may hold anything."""
    (tmp_path / "a.bin").write_bytes(b"")
    source = FileSource(tmp_path / "a.bin", format="raw", decode=lambda _: {"x": float("nan")})
    loader = DataLoader(tmp_path / "out.jsonl", allow_empty=True)
    job = ETLJob("j", "J", source, None, loader, on_error=Quarantine())

    result = job.execute()

    assert [one.code for one in result.rejections] == ["nan"]


def test_what_a_run_would_warn_of_is_logged_by_extract(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """There is no result to keep it."""
    (tmp_path / "a.csv").write_text("id;name\n1;Ada\n")
    (tmp_path / "b.txt").write_text("no records")
    caplog.set_level(logging.WARNING, "etlkit")

    found = FileSource(tmp_path).extract()

    assert found == [{"id;name": "1;Ada"}]
    assert [(record.name, record.action, record.message) for record in caplog.records] == [
        (
            "etlkit.sources",
            "read_remark",
            (
                f"1 file(s) left out for their suffix, such as {tmp_path}/b.txt; "
                "pass format= to read them"
            ),
        ),
        (
            "etlkit.sources",
            "read_remark",
            f"{tmp_path}/a.csv:1: the header is one field, 'id;name'; is delimiter=';' meant?",
        ),
    ]
