"""Paths and URLs are told apart by their text alone."""

from __future__ import annotations

import os

from pathlib import Path

import pytest

from etlkit._files.paths import absolute, inside, is_url, local_path


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("s3://bucket/a.jsonl", True),
        ("memory://a.jsonl", True),
        ("simplecache::s3://bucket/a.jsonl", True),
        ("a.jsonl", False),
        ("/data/a:b.jsonl", False),
        ("C:\\data\\a.jsonl", False),
    ],
)
def test_a_url_has_a_protocol(location: str, expected: bool) -> None:
    """What has a protocol is left to fsspec."""
    found = is_url(location)

    assert found is expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("file:///data/a.jsonl", "/data/a.jsonl"),
        ("/data/a.jsonl", "/data/a.jsonl"),
        (Path("data/a.jsonl"), "data/a.jsonl"),
        ("s3://bucket/a.jsonl", "s3://bucket/a.jsonl"),
    ],
    ids=["file URL", "path", "Path", "other URL"],
)
def test_file_urls_are_paths(location: str | Path, expected: str) -> None:
    """A file URL needs no package; other locations stay as they are."""
    found = local_path(location)

    assert found == expected


def test_an_absolute_path_stays_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory counts when the path is made absolute, not later."""
    monkeypatch.chdir(tmp_path)

    found = absolute(Path("state"))

    assert found == os.path.join(tmp_path, "state")  # noqa: PTH118 -- text is what it gives


def test_a_name_inside_a_folder() -> None:
    """One separator stands between folder and name."""
    found = (inside("state", "a"), inside("state/", "a"))

    assert found == ("state/a", "state/a")
