"""The format of a file follows from its suffix, or from what the caller says."""

from __future__ import annotations

import pytest

from etlkit.errors import ConfigurationError
from etlkit.formats import Csv, Json, JsonLines, Tsv
from etlkit.formats.choice import check_options, format_named, format_of, make_format


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


@pytest.mark.parametrize(("name", "expected"), [("jsonl", JsonLines), ("json", Json)])
def test_a_format_has_a_name(name: str, expected: type) -> None:
    """Users write a format by its name."""
    found = format_named(name)

    assert found is expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "jsonlines",
            "unknown format 'jsonlines'; did you mean 'jsonl'?; the formats are 'jsonl', 'json', 'csv', 'tsv'",
        ),
        ("parquet", "unknown format 'parquet'; the formats are 'jsonl', 'json', 'csv', 'tsv'"),
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
                "its options are: exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        (
            JsonLines,
            "encoding",
            (
                "format 'jsonl' has no option 'encoding'; "
                "its options are: exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        (Json, "strict_keys", "format 'json' has no option 'strict_keys'; its options are: none"),
    ],
    ids=["near", "far", "another format's"],
)
def test_an_unknown_option_is_refused(
    kind: type[JsonLines | Json], name: str, message: str
) -> None:
    """The message lists the options of the format, and names the nearest one."""
    with pytest.raises(ConfigurationError) as caught:
        make_format(kind, {name: True})

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
                "format 'jsonl' has no option 'strictness'; did you mean 'strict_keys'?; "
                "its options are: exact_integers, max_record_bytes, strict_keys"
            ),
        ),
        ({"max_record_bytes": "1 MB"}, "max_record_bytes is a whole number above 0, got '1 MB'"),
    ],
    ids=["an option", "a value"],
)
def test_what_no_format_takes_is_refused_early(options: dict[str, object], message: str) -> None:
    """A mistaken option fails before any file is looked for."""
    with pytest.raises(ConfigurationError) as caught:
        check_options(options)

    assert str(caught.value) == message
