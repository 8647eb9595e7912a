"""Records become a file of lines, or one array."""

from __future__ import annotations

import io
import json

from typing import TYPE_CHECKING

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.formats import JsonLinesWriter, JsonWriter, Writer
from etlkit.records import Batch, Origin, OutBatch


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit.records import Record


def written(writer: Writer, *batches: Sequence[Record]) -> bytes:
    """A whole file of some batches."""
    writing, encode = writer.begin("out"), writer.encoder().encode
    made = [
        writing.encode(OutBatch(list(map(encode, part)), Batch(part, Origin("r"), 1, dict)))[0]
        for part in batches
    ]
    return writing.head() + writing.join.join(filter(None, made)) + writing.tail


@pytest.mark.parametrize(
    ("batches", "text"),
    [
        ([], "[\n]\n"),
        ([[]], "[\n]\n"),
        ([[{"a": 1}]], '[\n{"a":1}\n]\n'),
        ([[{"a": 1}, {}], [], [{"b": "é"}]], '[\n{"a":1},\n{},\n{"b":"é"}\n]\n'),
    ],
    ids=["no batch", "no record", "one record", "several batches"],
)
def test_an_array_has_an_element_on_each_line(batches: list[list[Record]], text: str) -> None:
    """Where batches begin and end is not to be seen."""
    data = written(JsonWriter(), *batches)

    assert data.decode() == text


RECORDS = st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text()), max_size=3)


@settings(deadline=None)
@given(batches=st.lists(st.lists(RECORDS, max_size=3), max_size=3))
def test_both_read_back_as_the_records(batches: list[list[Record]]) -> None:
    """Newlines and commas in texts are none of the file."""
    array, lines = written(JsonWriter(), *batches), written(JsonLinesWriter(), *batches)

    records = [record for part in batches for record in part]
    assert json.loads(array) == records
    assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == records


@settings(deadline=None)
@given(batches=st.lists(st.lists(RECORDS, max_size=3), max_size=3))
@pytest.mark.parametrize("writer", [JsonLinesWriter(), JsonWriter()], ids=["jsonl", "json"])
def test_the_reader_of_a_writer_gives_the_records_back(
    writer: JsonLinesWriter | JsonWriter, batches: list[list[Record]]
) -> None:
    """Whoever asks a destination what it holds reads by it."""
    data = written(writer, *batches)

    found = [
        batch.decode(item)
        for batch in writer.reader().batches(io.BytesIO(data), Origin("out"))
        for item in batch.items
    ]
    assert found == [record for part in batches for record in part]


@pytest.mark.parametrize("kind", [JsonLinesWriter, JsonWriter])
def test_strict_floats_reach_the_encoder(kind: type[JsonLinesWriter | JsonWriter]) -> None:
    """Both write null for a computed NaN unless told otherwise."""
    encoders = [kind().encoder(), kind(strict_floats=True).encoder()]

    assert [encoder == encoder.strict() for encoder in encoders] == [False, True]


def test_only_lines_can_be_added_to() -> None:
    """An array has an end."""
    able = [JsonLinesWriter.can_append, JsonWriter.can_append]

    assert able == [True, False]
