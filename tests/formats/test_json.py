"""Small JSON files: the elements of one array, or one object, byte for byte."""

from __future__ import annotations

import io
import json

from typing import Any

import orjson
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.errors import InputError
from etlkit.formats import Json
from etlkit.formats.json import BATCH_RECORDS
from etlkit.formats.values import explain_json
from etlkit.records import Batch, Origin, Unfit


ORIGIN = Origin("forms.json")
BOM = b"\xef\xbb\xbf"


def batches(data: bytes) -> list[Batch]:
    """The batches of a file."""
    return list(Json().batches(io.BytesIO(data), ORIGIN))


def items(data: bytes) -> list[bytes]:
    """The bytes of the elements of a file."""
    return [item for batch in batches(data) for item in batch.items]


def values(data: bytes) -> list[Any]:
    """The values of the elements of a file."""
    return [batch.decode(item) for batch in batches(data) for item in batch.items]


def refusal_of(data: bytes) -> tuple[str, str]:
    """The code of the rejection of the first element, and its message."""
    batch = batches(data)[0]
    assert batch.explain is not None
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is read below
        batch.decode(batch.items[0])
    reason = batch.explain(batch.items[0], caught.value)
    assert isinstance(reason, Unfit)
    return reason.code, str(reason)


def words_of_orjson(text: bytes) -> str:
    """How the parser puts it; its words change between its versions."""
    with pytest.raises(orjson.JSONDecodeError) as caught:
        orjson.loads(text)
    return f"{caught.value.msg} at character {caught.value.pos + 1}"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
BLANKS = st.text(" \t\r\n", max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(BLANKS, VALUES, st.sampled_from([None, 1]), BLANKS)), BLANKS, BLANKS)
def test_elements_of_an_array_keep_their_bytes(
    elements: list[tuple[str, Any, int | None, str]], before: str, after: str
) -> None:
    """Each element is the slice of the file that it stands in, whatever surrounds it."""
    texts = [
        json.dumps(value, indent=indent, ensure_ascii=False) for _, value, indent, _ in elements
    ]
    spaced = [
        left + text + right for text, (left, _, _, right) in zip(texts, elements, strict=True)
    ]
    data = f"{before}[{','.join(spaced)}]{after}".encode()

    found = items(data)

    assert found == [text.encode() for text in texts]


def test_slices_are_byte_for_byte() -> None:
    """White space, escapes, the form of numbers and the order of keys stay as written."""
    data = b'[ {"b" : 1.0e5,\r\n "a":"\\u00e4/\\/"} ,\t{"id":-0,"id":0}\n]'

    found = items(data)

    assert found == [b'{"b" : 1.0e5,\r\n "a":"\\u00e4/\\/"}', b'{"id":-0,"id":0}']


def test_one_object_is_one_record() -> None:
    """A file that is an object has one record, without the white space around it."""
    found = items(b'\n {"a": [1, {"b": 2}]}\n')

    assert found == [b'{"a": [1, {"b": 2}]}']


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\t\r ", BOM, b"[]", b" [ \n ] "],
    ids=["nothing", "blank", "mark", "[]", "[ ]"],
)
def test_a_file_without_elements_has_no_records(data: bytes) -> None:
    """An empty file and an empty array are no errors."""
    found = batches(data)

    assert found == []


def test_a_byte_order_mark_at_the_start_is_skipped() -> None:
    """Files of Windows programs read like any other."""
    found = items(BOM + b'[{"id":1}]')

    assert found == [b'{"id":1}']


def test_records_are_numbered_across_batches() -> None:
    """Numbers count elements from 1, and batches have a bounded number of them."""
    data = json.dumps([{"id": number} for number in range(1, 2 * BATCH_RECORDS + 2)]).encode()

    found = batches(data)

    assert [(batch.first, len(batch.items)) for batch in found] == [
        (1, 1000),
        (1001, 1000),
        (2001, 1),
    ]


def test_a_full_last_batch_is_followed_by_nothing() -> None:
    """There are no empty batches."""
    data = json.dumps([{}] * BATCH_RECORDS).encode()

    found = batches(data)

    assert [len(batch.items) for batch in found] == [BATCH_RECORDS]


def test_elements_are_no_lines() -> None:
    """There are no blank elements, and the file has a definite end."""
    (batch,) = batches(b"[{}]")

    assert (batch.origin, batch.is_blank, batch.ends_open, batch.explain) == (
        ORIGIN,
        None,
        False,
        explain_json,
    )


def test_elements_that_are_no_objects_are_left_to_the_run_to_reject() -> None:
    """Nested arrays and scalars are elements like others, each with its bytes and value."""
    found = values(b'[[1,[2]],"x",null,true,1.5,{}]')

    assert found == [[1, [2]], "x", None, True, 1.5, {}]


def test_integers_of_any_width_are_exact() -> None:
    """An integer beyond 64 bits, or beyond every double, is read digit by digit."""
    data = b'[{"a":1234567890123456789012345,"b":%s}]' % (b"7" * 400)

    found = values(data)

    assert found == [{"a": 1234567890123456789012345, "b": int("7" * 400)}]


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (
            b'[{"a":"' + b"x" * 9 + b'","id":' + b"7" * 5000 + b"}]",
            "integer",
            "an integer that Python does not read: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit",
        ),
        (b"[" * 302 + b"]" * 302, "depth", "the record is nested deeper than 250 levels"),
    ],
    ids=["an integer of 5000 digits", "depth"],
)
def test_an_element_may_be_refused_alone(data: bytes, code: str, message: str) -> None:
    """What can be told apart from its neighbours is a rejected record, not a failed file."""
    found = refusal_of(data)

    assert found == (code, message)


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"], ids=bytes.decode)
def test_an_element_with_a_nan_is_refused_alone(constant: bytes) -> None:
    """As in JSON Lines, NaN and infinity are a record's fault."""
    element = b'{"a":%s}' % constant

    found = refusal_of(b"[" + element + b",{}]")

    assert found == (
        "json",
        f"not JSON: NaN and Infinity have no form in JSON ({words_of_orjson(element)})",
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"id":1},]', "1:11: not a JSON file of records: a comma before the end of the array"),
        (
            b'[\n  {"id":1},\n]\n',
            "3:1: not a JSON file of records: a comma before the end of the array",
        ),
        (
            b'[{"id":1} {"id":2}]',
            "1:11: not a JSON file of records: ',' or ']' expected after an element",
        ),
        (b'[{"id":1}', "1:10: not a JSON file of records: ',' or ']' expected after an element"),
        (b'[{"id":1},', "1:11: not a JSON file of records: Expecting value"),
        (b"[", "1:2: not a JSON file of records: Expecting value"),
        (b"[,{}]", "1:2: not a JSON file of records: Expecting value"),
        (b'[{"id":}]', "1:8: not a JSON file of records: Expecting value"),
        (b'{"id":1', "1:8: not a JSON file of records: Expecting ',' delimiter"),
        (
            b"{'id':1}",
            "1:2: not a JSON file of records: Expecting property name enclosed in double quotes",
        ),
        (b'[{"a":"cut', "1:7: not a JSON file of records: Unterminated string starting at"),
        (b'[{"a":"x\ny"}]', "1:9: not a JSON file of records: Invalid control character at"),
        (b'[{"id":1}] x', "1:12: not a JSON file of records: more text after the end of the value"),
        (b"[][]", "1:3: not a JSON file of records: more text after the end of the value"),
        (
            b'{"id":1}\n{"id":2}\n',
            (
                "2:1: not a JSON file of records: more text after the end of the value; "
                "if each line is an object, pass format='jsonl'"
            ),
        ),
        (b"42", "1:1: not a JSON file of records: neither an array nor an object"),
        (b' \n "text"', "2:2: not a JSON file of records: neither an array nor an object"),
        (b"null", "1:1: not a JSON file of records: neither an array nor an object"),
        (b"id,name\n", "1:1: not a JSON file of records: neither an array nor an object"),
        (
            b'{"a":' + b"[" * 100_000,
            "1:1: not a JSON file of records: nested too deeply to be read",
        ),
    ],
    ids=[
        "trailing comma",
        "trailing comma on a line of its own",
        "no comma",
        "cut after an element",
        "cut after a comma",
        "cut at once",
        "leading comma",
        "no value",
        "cut object",
        "single quotes",
        "cut string",
        "control character",
        "text after the array",
        "two arrays",
        "JSON Lines",
        "number",
        "string",
        "null",
        "CSV",
        "depth",
    ],
)
def test_a_broken_file_is_refused_with_line_and_column(data: bytes, message: str) -> None:
    """What cannot be cut into records fails as a whole, at the place of the first mistake."""
    with pytest.raises(InputError) as caught:
        items(data)

    assert str(caught.value) == f"forms.json:{message}"


@pytest.mark.parametrize(
    ("data", "place"),
    [(b'[{"a":"\xff"}]', 7), (BOM + b'[{"a":"\xff"}]', 10), ("\ufeff[]".encode("utf-16-le"), 0)],
    ids=["in a string", "after a mark", "UTF-16"],
)
def test_invalid_utf_8_is_refused_with_its_place(data: bytes, place: int) -> None:
    """The place counts bytes from the start of the file."""
    with pytest.raises(InputError) as caught:
        items(data)

    assert str(caught.value) == f"forms.json: not valid UTF-8 at byte {place}"
