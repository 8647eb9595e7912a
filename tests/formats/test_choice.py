"""The format of a file follows from its suffix, or from what the caller says."""

from __future__ import annotations

import subprocess
import sys

from typing import Any

import pytest

from etlkit.errors import ConfigurationError
from etlkit.formats import (
    Csv,
    CsvWriter,
    FixedWidth,
    Format,
    Json,
    JsonLines,
    JsonLinesWriter,
    JsonWriter,
    Raw,
    Tsv,
    TsvWriter,
    Writer,
)
from etlkit.formats.choice import (
    FORMATS,
    WRITERS,
    Known,
    check_options,
    format_named,
    format_of,
    make_format,
    writer_for,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("forms.jsonl", JsonLines),
        ("forms.ndjson", JsonLines),
        ("forms.jsonl.gz", JsonLines),
        ("a.b/FORMS.JSONL", JsonLines),
        ("forms.json", Json),
        ("forms.json.gz", Json),
        ("https://example.org/forms.json", Json),
        ("forms.csv", Csv),
        ("forms.tsv.gz", Tsv),
        ("forms.txt", None),
        ("forms", None),
        ("jsonl", None),
        ("forms.jsonl.bak", None),
        ("forms.gz", None),
    ],
)
def test_the_suffix_tells_the_format(path: str, expected: type | None) -> None:
    """The suffix before that of the compression counts, in any case."""
    found = format_of(path)

    assert found is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("jsonl", JsonLines), ("json", Json), ("fixed", FixedWidth), ("raw", Raw)],
)
def test_a_format_has_a_name(name: str, expected: type) -> None:
    """Users write a format by its name."""
    found = format_named(name)

    assert found is expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "jsonlines",
            "unknown format 'jsonlines'; did you mean 'jsonl'?; the formats are 'jsonl', 'json', 'csv', 'tsv', 'fixed', 'raw'",
        ),
        (
            "parquet",
            "unknown format 'parquet'; the formats are 'jsonl', 'json', 'csv', 'tsv', 'fixed', 'raw'",
        ),
    ],
    ids=["near", "far"],
)
def test_an_unknown_format_is_refused(name: str, message: str) -> None:
    """The message lists the formats, and names the nearest one."""
    with pytest.raises(ConfigurationError) as caught:
        format_named(name)

    assert str(caught.value) == message


def test_a_format_takes_its_options() -> None:
    """Options arrive in the format."""
    found = make_format(JsonLines, {"strict_keys": True, "max_record_bytes": 10})

    assert found == JsonLines(strict_keys=True, max_record_bytes=10)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (
            JsonLines,
            "strict_key",
            (
                "format 'jsonl' has no option 'strict_key'; did you mean 'strict_keys'?; "
                "its options are: encoding, exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        (
            JsonLines,
            "widths",
            (
                "format 'jsonl' has no option 'widths'; "
                "its options are: encoding, exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        (
            Raw,
            "strict_keys",
            "format 'raw' has no option 'strict_keys'; its options are: decode, max_record_bytes",
        ),
    ],
    ids=["near", "far", "another format's"],
)
def test_an_unknown_option_is_refused(kind: type[Format], name: str, message: str) -> None:
    """The message lists the options of the format, and names the nearest one."""
    with pytest.raises(ConfigurationError) as caught:
        make_format(kind, {name: True})

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (FixedWidth, "format 'fixed' needs the option fields=..."),
        (Raw, "format 'raw' needs the option decode=..."),
    ],
    ids=["fixed", "raw"],
)
def test_an_option_may_be_needed(kind: type[Format], message: str) -> None:
    """Where a format cannot guess, the message says what it has to be told."""
    with pytest.raises(ConfigurationError) as caught:
        make_format(kind, {})

    assert str(caught.value) == message


def test_options_of_any_format_pass_while_the_suffix_decides() -> None:
    """Before the files are known, an option has to belong to one of the formats."""
    found = check_options({"strict_keys": True, "exact_integers": False})

    assert found is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"strict_keys": True, "strictness": 1},
            (
                "no format has an option 'strictness'; did you mean 'strict_keys'?; their options "
                "are: delimiter, encoding, escape, exact_integers, max_record_bytes, names, "
                "null_values, quote, schema, skip_lines, strict_keys, strip"
            ),
        ),
        (
            {"fields": {"id": 3}},
            "option 'fields' belongs to format='fixed', which no suffix means; pass format='fixed'",
        ),
        (
            {"decode": len},
            "option 'decode' belongs to format='raw', which no suffix means; pass format='raw'",
        ),
        ({"max_record_bytes": "1 MB"}, "max_record_bytes is a whole number above 0, got '1 MB'"),
    ],
    ids=["an option", "of fixed-width text", "of raw files", "a value"],
)
def test_what_no_format_takes_is_refused_early(options: dict[str, object], message: str) -> None:
    """A mistaken option fails before any file is looked for."""
    with pytest.raises(ConfigurationError) as caught:
        check_options(options)

    assert str(caught.value) == message


# -- writing


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("out.jsonl", None, JsonLinesWriter()),
        ("OUT.NDJSON.GZ", None, JsonLinesWriter()),
        ("out.json.xz", None, JsonWriter()),
        ("out.csv", None, CsvWriter()),
        ("out.csv.zst", None, CsvWriter()),
        ("out.tsv", None, TsvWriter()),
        ("out.tab.bz2", None, TsvWriter()),
        ("out.txt", "csv", CsvWriter()),
        ("out.csv", "jsonl", JsonLinesWriter()),
    ],
)
def test_the_suffix_tells_how_to_write(path: str, name: str | None, expected: Writer) -> None:
    """A name that is given overrides it."""
    found = writer_for(path, name, {})

    assert found == expected


def test_a_writer_takes_its_options() -> None:
    """Options arrive in the writer, and one that is passed is taken as it is."""
    made = writer_for("out.csv", None, {"columns": ["a"], "delimiter": ";"})

    assert made == CsvWriter(columns=["a"], delimiter=";")
    assert writer_for("out.json", made, {}) is made


@pytest.mark.parametrize(
    ("path", "given", "options", "message"),
    [
        (
            "out.csv",
            None,
            {"delimeter": ";"},
            (
                "format 'csv' has no option 'delimeter'; did you mean 'delimiter'?; its options "
                "are: bom, columns, delimiter, encoding, formulas, line_end, quote"
            ),
        ),
        (
            "out.jsonl",
            None,
            {"alow_empty": True},
            (
                "format 'jsonl' has no option 'alow_empty'; did you mean 'allow_empty'?; its "
                "options are: strict_floats"
            ),
        ),
        (
            "out.csv",
            "cvs",
            {},
            (
                "unknown format 'cvs'; did you mean 'csv'?; the formats are 'jsonl', 'json', "
                "'csv', 'tsv'"
            ),
        ),
        (
            "out.csv",
            JsonLines(),
            {},
            (
                "format is a name such as 'jsonl', or a Writer, got JsonLines(exact_integers=True, "
                "strict_keys=False, max_record_bytes=16777216, enc… (94 characters)"
            ),
        ),
        (
            "out.csv",
            CsvWriter(),
            {"quote": "'"},
            "options quote belong into the CsvWriter that was passed",
        ),
        (
            "out",
            None,
            {},
            (
                "out: the suffix does not tell how to write it; pass format='jsonl' or another one "
                "(known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also with .gz, "
                ".bz2, .xz, .zst), or 'out/' for a dataset of parts"
            ),
        ),
    ],
    ids=["option", "argument", "name", "reading", "twice", "suffix"],
)
def test_what_cannot_be_written_is_refused(
    path: str, given: object, options: dict[str, object], message: str
) -> None:
    """The message says what there is instead."""
    with pytest.raises(ConfigurationError) as caught:
        writer_for(path, given, options, also=["allow_empty"])

    assert str(caught.value) == message


@pytest.mark.parametrize("known", [*FORMATS, *WRITERS], ids=lambda known: known.class_name)
def test_what_is_known_of_a_format_is_what_its_class_says(known: Known[Any]) -> None:
    """The list has it without importing the class."""
    kind = known.load()

    assert (known.name, known.suffixes) == (kind.name, kind.suffixes)


def test_a_format_is_imported_when_it_is_chosen() -> None:
    """A job from lines to lines loads no module of CSV, of fixed width, or of archives."""
    program = (
        "import sys; from etlkit import DataLoader, FileSource; FileSource('a.jsonl'); "
        "DataLoader('b.jsonl'); print(*sorted(each for each in sys.modules if 'etlkit.formats' in each))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    loaded = done.stdout.split()
    assert "etlkit.formats.json.lines" in loaded
    assert [each for each in loaded if ".csv" in each or "fixed" in each or "zips" in each] == []
