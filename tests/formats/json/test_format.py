"""JSON files: the elements of one array, or objects in a row, byte for byte."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc

from itertools import pairwise
from typing import Any

import orjson
import pytest

from hypothesis import example, given, settings
from hypothesis import strategies as st

from etlkit.errors import InputError, InputTruncated
from etlkit.formats import Json
from etlkit.formats.json.file import JsonFile
from etlkit.formats.json.windows import CHUNK_BYTES, Window
from etlkit.formats.values import explain_json, loads_checked
from etlkit.records import Batch, Origin


ORIGIN = Origin("forms.json")
BOM = b"\xef\xbb\xbf"


class Pieces:
    """A stream that gives its bytes in pieces of its own choice, as a pipe does."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        self._pieces = [data[start:end] for start, end in pairwise(ends) if end > start]

    def read(self, size: int = -1, /) -> bytes:
        """The rest of the current piece, but no more than ``size`` bytes."""
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]


def batches(data: bytes, **options: Any) -> list[Batch]:
    """The batches of a file."""
    return list(Json(**options).batches(io.BytesIO(data), ORIGIN))


def items(data: bytes, **options: Any) -> list[bytes | None]:
    """The bytes of the elements of a file."""
    return [
        batch.raw(position)
        for batch in batches(data, **options)
        for position in range(len(batch.items))
    ]


def outcome(batch: Batch, position: int) -> str:
    """What decoding gives: the value, told apart from its equals, or the code and the reason."""
    item = batch.items[position]
    try:
        return repr(batch.decode(item))
    except ValueError as error:
        reason: Any = batch.reason(item, error)
        return f"{reason.code}: {reason}"


def seen(
    data: bytes, cuts: list[int], chunk_bytes: int, limit: int = 1 << 24
) -> list[tuple[Any, ...]]:
    """Each element with number, line, bytes and meaning, or why not; and how the file failed."""
    found: list[tuple[Any, ...]] = []
    window = Window(Pieces(data, cuts), ORIGIN, chunk_bytes)
    try:
        for batch in JsonFile(Json(max_record_bytes=limit), window, ORIGIN).batches():
            found += [
                (batch.first, one.line_no, one.raw, one.code, one.message) for one in batch.refused
            ]
            found += [
                (
                    batch.first + position,
                    batch.line(position),
                    batch.raw(position),
                    outcome(batch, position),
                )
                for position in range(len(batch.items))
            ]
    except InputError as error:
        found.append((type(error), str(error)))
    return found


def meaning(text: bytes) -> str:
    """What one element means by itself."""
    return outcome(Batch([text], ORIGIN, 1, loads_checked, explain=explain_json), 0)


def values(data: bytes, **options: Any) -> list[Any]:
    """The values of the elements of a file."""
    return [batch.decode(item) for batch in batches(data, **options) for item in batch.items]


def refusal_of(data: bytes, **options: Any) -> tuple[str, str]:
    """The code of the rejection of the first element, and its message."""
    batch = batches(data, **options)[0]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is read below
        batch.decode(batch.items[0])
    reason: Any = batch.reason(batch.items[0], caught.value)
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
BROKEN = [
    b"nul",
    b"'x'",
    b"-",
    b"NaN",
    b'"\\ud800"',
    b'"a\nb"',
    b'"\xff"',
    b'{"a":}',
    b'{"a":[}',
    b"{'a':1}",
    b'{"a":"\\"}{"}',
    b'{"a" "b"}',
    b"[1,,2}]",
    b'{"a":"},{","b":{"c":[]}}',
    b"{" * 300 + b"}" * 300,
    b'{"a":' * 250 + b"{}" + b"}" * 250,
    b'{"a":' * 249 + b"{}" + b"}" * 249,
    b'{"id":' + b"7" * 400 + b"}",
]
RECORDS = st.builds(
    lambda value, indent: json.dumps(value, indent=indent, ensure_ascii=False).encode(),
    VALUES | st.fixed_dictionaries({"id": st.integers(0, 9)}),
    st.sampled_from([None, 1]),
)
ELEMENTS = RECORDS | st.sampled_from(BROKEN)
BLANKS = st.sampled_from([b"", b"", b" ", b"\n", b"\r\n\t"])
SPACED = st.lists(st.tuples(BLANKS, ELEMENTS, BLANKS), max_size=12)
CUTS = st.lists(st.integers(0, 2000), max_size=8)
CHUNKS = st.sampled_from([4, 30, 200, CHUNK_BYTES])
TOKENS = st.lists(
    st.sampled_from(
        [
            b"[",
            b"]",
            b"{",
            b"}",
            b",",
            b":",
            b'"',
            b'"id"',
            b"1",
            b" ",
            b"\n",
            b"\\",
            b'{"id":1}',
            b"\xc3\xa4",
        ]
    ),
    max_size=30,
).map(b"".join)


@settings(deadline=None)
@given(SPACED, st.tuples(BLANKS, BLANKS), CUTS, CHUNKS, st.sampled_from([20, 1 << 24]))
def test_any_pieces_of_an_array_give_its_elements(
    spaced: list[tuple[bytes, bytes, bytes]],
    around: tuple[bytes, bytes],
    cuts: list[int],
    chunk: int,
    limit: int,
) -> None:
    """Each element has its number, line, bytes and meaning, however the bytes arrive."""
    texts = [text for _, text, _ in spaced]
    start = around[0] + b"["
    data = start + b",".join(map(b"".join, spaced)) + b"]" + around[1]

    found = seen(data, cuts, chunk, limit)

    fitting = [text for text in texts if len(text) <= limit]
    assert [each[2] for each in found] == [text[:4096] for text in texts]
    assert [each[0] for each in found] == list(range(1, len(texts) + 1))
    assert [each[1] for each in found] == lines_of(start, spaced)
    assert [each[3] for each in found if len(each) == 4] == [meaning(text) for text in fitting]


def lines_of(start: bytes, spaced: list[tuple[bytes, bytes, bytes]]) -> list[int]:
    """The line in which each element begins."""
    lines = []
    for left, text, right in spaced:
        lines.append(1 + (start + left).count(b"\n"))
        start += left + text + right + b","
    return lines


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(BLANKS, VALUES.map(lambda value: json.dumps({"a": value}).encode()), BLANKS)
    ),
    CUTS,
    CHUNKS,
)
def test_any_pieces_of_a_sequence_give_its_objects(
    spaced: list[tuple[bytes, bytes, bytes]], cuts: list[int], chunk: int
) -> None:
    """Objects that follow each other need no array around them."""
    data = b"".join(map(b"".join, spaced))

    found = seen(data, cuts, chunk)

    assert [each[2:] for each in found] == [(text, meaning(text)) for _, text, _ in spaced]


@settings(deadline=None, max_examples=300)
@given(TOKENS | TOKENS.map(lambda data: b"[" + data + b"]"), CUTS, CHUNKS)
@example(b'[{"id":1}],[{"id":1}]', [], CHUNK_BYTES)
@example(b'[{"id":1}]],[[{"id":1}]', [], CHUNK_BYTES)
@example(b'[{"id":1},{"id":1}],[{"id":1},{"id":1}]', [], 12)
def test_any_pieces_of_nonsense_give_the_same(data: bytes, cuts: list[int], chunk: int) -> None:
    """What is wrong, and where, does not depend on how the bytes arrive."""
    whole = seen(data, [], CHUNK_BYTES)

    found = seen(data, cuts, chunk)

    assert found == whole


@pytest.mark.parametrize("end", ["", "\n", " \n"], ids=["open", "closed", "spaced"])
@pytest.mark.parametrize(
    "between", ["\n", "\r\n", "", "\n\n"], ids=["LF", "CRLF", "nothing", "blank line"]
)
@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "pretty"])
def test_a_long_sequence_gives_each_object(between: str, end: str, indent: int | None) -> None:
    """Objects in a row are read in pieces, whatever stands between them."""
    record = {"id": 1, "text": "}\n{", "inner": [{"id": 2}, {"id": 3}]}
    text = json.dumps(record, indent=indent)
    count = 2 * CHUNK_BYTES // len(text)

    found = items((between.join([text] * count) + end).encode())

    assert found == [text.encode()] * count


@pytest.mark.parametrize(
    "broken",
    [b'{"a":[{}\n{}]}', b'{"a":"}\n{"}', b'{"a":{}\n{"b":1}}'],
    ids=["a comma is missing", "a line break in a string", "a key is missing"],
)
def test_what_looks_like_two_objects_stays_broken(broken: bytes) -> None:
    """Nothing that is read at once is mended on the way."""
    data = b'{"id":1}\n' + broken + b'\n{"id":3}\n'

    found = seen(data, [], CHUNK_BYTES)

    assert [(number, raw, text[:6]) for number, _, raw, text in found] == [
        (1, b'{"id":1}', "{'id':"),
        (2, broken, "json: "),
        (3, b'{"id":3}', "{'id':"),
    ]


@settings(deadline=None, max_examples=300)
@given(TOKENS.map(lambda data: b"[" + data + b"]"))
def test_a_file_without_rejection_is_json(data: bytes) -> None:
    """What is read without a complaint is what another parser reads, too."""
    found = seen(data, [], CHUNK_BYTES)

    complaints = [each for each in found if len(each) != 4 or each[3].startswith("json: ")]
    assert complaints or [each[3] for each in found] == list(map(repr, json.loads(data)))


def test_slices_are_byte_for_byte() -> None:
    """White space, escapes, the form of numbers and the order of keys stay as written."""
    data = b'[ {"b" : 1.0e5,\r\n "a":"\\u00e4/\\/"} ,\t{"id":-0,"id":0}\n]'

    found = items(data)

    assert found == [b'{"b" : 1.0e5,\r\n "a":"\\u00e4/\\/"}', b'{"id":-0,"id":0}']


def test_one_object_is_one_record() -> None:
    """A file that is an object has one record, without the white space around it."""
    found = items(b'\n {"a": [1, {"b": 2}]}\n')

    assert found == [b'{"a": [1, {"b": 2}]}']


def test_objects_in_a_row_are_records() -> None:
    """A file may hold one object after the other, pretty-printed or line by line."""
    found = items(b'{"id":1}\n{\n  "id": 2\n}\n{"id":3} {"id":4}{"id":5}\n')

    assert found == [b'{"id":1}', b'{\n  "id": 2\n}', b'{"id":3}', b'{"id":4}', b'{"id":5}']


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


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "pretty"])
@pytest.mark.parametrize(
    "record",
    [
        {"id": 1, "inner": [{"id": 2}, {"id": 3}], "text": "x" * 100},
        {"id": 1, "inner": {"id": 2}},
        {"text": "}, {", "id": 1},
        [[1], [2]],
        "text",
        7,
    ],
    ids=["lists of objects", "objects", "brackets in text", "arrays", "texts", "numbers"],
)
def test_a_large_array_comes_in_batches_of_about_a_chunk(record: Any, indent: int | None) -> None:
    """Whatever its elements look like, a file is cut into pieces, and its numbers go on."""
    count = 3 * CHUNK_BYTES // len(json.dumps(record, indent=indent))

    found = batches(json.dumps([record] * count, indent=indent).encode())

    sizes = [len(batch.items) for batch in found]
    assert sum(sizes) == count
    assert [batch.first for batch in found] == [1 + sum(sizes[:at]) for at in range(len(sizes))]
    assert max(sizes) < count / 2


def test_elements_are_no_lines() -> None:
    """There are no blank elements, and the file has a definite end."""
    (batch,) = batches(b"[{}]")

    assert (batch.origin, batch.is_blank, batch.ends_open) == (ORIGIN, None, False)


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


NO_END = "the element that begins here does not end; a quote or a bracket may be missing"


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
        (
            b'[{"id":1}]],[[{"id":2}]',
            "1:11: not a JSON file of records: more text after the end of the value",
        ),
        (b"[,{}]", "1:2: not a JSON file of records: a value expected"),
        (b"[{},,{}]", "1:5: not a JSON file of records: a value expected"),
        (b'["a":1]', "1:5: not a JSON file of records: ',' or ']' expected after an element"),
        (b'[{"id":1}] x', "1:12: not a JSON file of records: more text after the end of the value"),
        (b"[][]", "1:3: not a JSON file of records: more text after the end of the value"),
        (
            b'{"id":1}\n[{"id":2}]\n',
            "2:1: not a JSON file of records: more text after the end of the value",
        ),
        (b'{"id":1},', "1:9: not a JSON file of records: more text after the end of the value"),
        (b"42", "1:1: not a JSON file of records: neither an array nor an object"),
        (b' \n "text"', "2:2: not a JSON file of records: neither an array nor an object"),
        (b"null", "1:1: not a JSON file of records: neither an array nor an object"),
        (b"id,name\n", "1:1: not a JSON file of records: neither an array nor an object"),
        (b"[\0]", "1:2: not a JSON file of records: a value expected"),
    ],
    ids=[
        "trailing comma",
        "trailing comma on a line of its own",
        "no comma",
        "brackets that close too much",
        "leading comma",
        "two commas",
        "a colon",
        "text after the array",
        "two arrays",
        "an array after an object",
        "a comma after an object",
        "number",
        "string",
        "null",
        "CSV",
        "a NUL byte",
    ],
)
def test_a_broken_file_is_refused_with_line_and_column(data: bytes, message: str) -> None:
    """What cannot be cut into records fails as a whole, at the place of the first mistake."""
    with pytest.raises(InputError) as caught:
        items(data)

    assert str(caught.value) == f"forms.json:{message}"


@pytest.mark.parametrize(
    ("data", "place", "what"),
    [
        (b'[{"id":1}', "1:10", "the array has no ']'"),
        (b'[\n{"id":1},\n', "3:1", "the array has no ']'"),
        (b"[", "1:2", "the array has no ']'"),
        (b"[1", "1:2", NO_END),
        (b'[{"id":1},\n {"id":', "2:2", NO_END),
        (b'{"id":1}\n{"a":"\\"}', "2:1", NO_END),
        (b'[{"a":"cut', "1:2", NO_END),
        (b'[{"a":"x},\n{"a":"y"}]', "1:2", NO_END),
        (b'[{"a":' + b"[" * 600_000, "1:2", NO_END),
        ('["\u00e4\u20ac\U0001f600", "'.encode(), "1:9", NO_END),
        ('["\u00e4", '.encode() * 1 + b'"' + b"x" * 600_000, "1:7", NO_END),
    ],
    ids=[
        "after an element",
        "after a comma",
        "at once",
        "in a number",
        "in an object",
        "in a sequence",
        "in a string",
        "a quote is missing",
        "in a deep one",
        "columns are characters",
        "in a long one",
    ],
)
def test_a_cut_file_is_refused_with_the_place(data: bytes, place: str, what: str) -> None:
    """A file that ends too early is told from one that is wrong, by where it broke off."""
    with pytest.raises(InputTruncated) as caught:
        items(data)

    assert str(caught.value) == (
        f"forms.json:{place}: the JSON file is cut off: {what}; nothing of it was loaded"
    )


def test_columns_go_on_from_piece_to_piece() -> None:
    """In a file of one line the column counts characters from its very start."""
    data = b"[" + b",".join(['{"a":"\u00e4"}'.encode()] * 60_000) + b",]"

    with pytest.raises(InputError) as caught:
        items(data)

    assert str(caught.value) == (
        "forms.json:1:600002: not a JSON file of records: a comma before the end of the array"
    )


def test_an_object_with_a_line_break_in_a_string_is_refused_alone() -> None:
    """It is broken, but its neighbours can be told apart from it."""
    data = b'[{"a":"x\ny"},{"id":2}]'

    found = items(data)

    assert found == [b'{"a":"x\ny"}', b'{"id":2}']


def test_invalid_utf_8_is_refused_alone() -> None:
    """A byte that is no UTF-8 costs one record, not the file."""
    found = refusal_of(b'[{"a":"\xff"},{"id":2}]')

    assert found == ("utf8", "not valid UTF-8: byte 0xff at 6")


@pytest.mark.parametrize(
    "element", [b'{"id":1,"id":2}', b'{"a":{"id":1,"id":1}}'], ids=["top", "inner"]
)
def test_a_key_that_comes_twice_is_refused_if_asked(element: bytes) -> None:
    """With strict keys a record says each key once; otherwise the last one wins."""
    found = refusal_of(b"[" + element + b"]", strict_keys=True)

    assert found == ("duplicate_key", "the key 'id' comes twice in one object")


def test_integers_may_become_floats_if_asked() -> None:
    """Without exact integers the parser does as it does."""
    found = values(b'[{"a":1234567890123456789012345},{"a":1}]', exact_integers=False)

    assert found == [{"a": 1.2345678901234568e24}, {"a": 1}]


@pytest.mark.parametrize("size", [30, 6_000, 3 * CHUNK_BYTES], ids=["short", "kept", "long"])
def test_the_refusal_tells_an_element_by_its_beginning_length_and_hash(size: int) -> None:
    """An element above the limit is one rejected record between its neighbours."""
    element = b'{"a":"' + b"x" * (size - 8) + b'"}'
    data = b'[{"id":1},\n' + element + b',\n{"id":3}]'
    kept = min(size, 4096)

    found = seen(data, [], CHUNK_BYTES, limit=20)

    assert found == [
        (1, 1, b'{"id":1}', "{'id': 1}"),
        (
            2,
            2,
            element[:4096],
            "too_long",
            (
                f"the record has {size} bytes, more than max_record_bytes=20; pass a higher one to "
                f"read it; kept are its first {kept} bytes (sha256 of all: {hashlib.sha256(element).hexdigest()})"
            ),
        ),
        (3, 3, b'{"id":3}', "{'id': 3}"),
    ]


def test_an_element_of_several_pieces_is_read() -> None:
    """Within the limit an element may be longer than what is read at once."""
    element = {"text": '\\"' * CHUNK_BYTES, "inner": [[{"a": "]}"}]] * 1000}

    found = values(json.dumps([element, {"id": 2}]).encode())

    assert found == [element, {"id": 2}]


class Endless:
    """A file that is made while it is read: one long string in one object."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._start = b'[{"a":"'

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        start, self._start = self._start, b""
        filler = min(self._left, size - len(start))
        self._left -= filler
        return (
            start
            + b"x" * filler
            + (b'"}]' if start == b"" and filler == 0 and self._end() else b"")
        )

    def _end(self) -> bool:
        self._left -= 1
        return self._left == -1


def test_no_more_than_the_limit_is_held_of_a_long_element() -> None:
    """Long elements cost memory by the limit, not by their own length."""
    tracemalloc.start()
    try:
        read = Json(max_record_bytes=1 << 20).batches(Endless(20_000_000), ORIGIN)
        refused = [refusal.raw_bytes for batch in read for refusal in batch.refused]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert refused == [20_000_008]
    assert peak < 3 * (1 << 20)


@pytest.mark.parametrize(
    "element",
    [
        "-0",
        "0.5",
        "1E+2",
        "1e-7",
        '"\\u0000"',
        '"\\ud83d\\ude00"',
        '"\u007f"',
        "[]",
        "[[],{}]",
        "{}",
        '{"":0}',
        '{"a":{"b":[{"c":null}]}}',
        '{"a":"{[\\"]}"}',
        '{"a":1,"a":2}',
    ],
)
def test_json_is_accepted(element: str) -> None:
    """What RFC 8259 allows is read as another parser reads it, at once or alone."""
    found = [each[3] for each in seen(f"[{element},{element}]".encode(), [], CHUNK_BYTES)]

    assert found == [repr(json.loads(element))] * 2


@pytest.mark.parametrize(
    "element",
    [
        "01",
        "1.",
        ".5",
        "+1",
        "0x1",
        "1e",
        "-",
        "- 1",
        "True",
        "nan",
        "'a'",
        "#",
        "undefined",
        '"\\x"',
        '"\\u12"',
        '"\\ud800"',
        '"a\tb"',
        '"\0"',
        "[1 2]",
        "[1,]",
        "[,1]",
        "{1:2}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        '{"a":1 "b":2}',
        '{"a":1/*b*/}',
        "{a:1}",
        '{"a":[1,2}',
        "{,}",
    ],
)  # fmt: skip -- one line for each kind
def test_what_only_looks_like_json_is_rejected(element: str) -> None:
    """A broken element never passes, and its neighbours are not taken down by it unseen."""
    found = seen(f'[{{"id":1}},{element},{{"id":3}}]'.encode(), [], CHUNK_BYTES)

    assert found[0][3] == "{'id': 1}"
    assert found[1][-1].startswith(("json: ", "forms.json:1:"))


def test_a_record_that_was_changed_is_read_again() -> None:
    """What a caller does to a record leaves what the file says of it as it was."""
    (batch,) = batches(b'[{"id":1},{"id":2}]')
    batch.decode(batch.items[0])["id"] = 7

    again = batch.decode(batch.items[0])

    assert again == {"id": 1}
