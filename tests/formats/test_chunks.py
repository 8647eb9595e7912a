"""The same bytes give the same records, however few of them arrive at a time."""

from __future__ import annotations

import io

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from etlkit.formats import Csv, FixedWidth, Format, Json, JsonLines, Raw
from etlkit.formats.packed.archives import Packing
from fuzz.reading import Trickle, seen, seen_packed
from fuzz.targets import TARGETS
from hostile.archives import tarred, zipped
from hostile.compressed import PACKS


SIZES = st.integers(1, 700)
CELLS = st.lists(
    st.lists(st.text(st.sampled_from('ab,"\n é1'), max_size=5), min_size=2, max_size=2), max_size=4
)
PLAIN = st.one_of(
    st.binary(max_size=60),
    st.text(st.sampled_from('{}[],:"12\n aé'), max_size=60).map(str.encode),
)
FORMATS: dict[str, Format] = {
    "JSON Lines": JsonLines(max_record_bytes=40),
    "JSON": Json(max_record_bytes=40),
    "CSV": Csv(max_record_bytes=40),
    "fixed width": FixedWidth(fields={"id": 2}, max_record_bytes=40),
    "raw": Raw(decode=lambda data: {"size": len(data)}, max_record_bytes=40),
}
LINES, ROWS = b'{"id":1}\n{"id":\n\n{"id":3}\n', b'id,note\n1,"a\nb"\n2\n3,c\n'
MEMBERS = (
    ("a.jsonl", LINES),
    ("d/b.csv", ROWS),
    ("c.jsonl.gz", PACKS["gzip"][1](LINES)),
    ("notes.md", b"#"),
)
PACKED = {
    "in.jsonl.gz": lambda: PACKS["gzip"][1](LINES) * 2 + bytes(9),
    "in.csv.bz2": lambda: PACKS["bz2"][1](ROWS) * 2,
    "in.jsonl.xz": lambda: PACKS["xz"][1](LINES) * 2,
    "in.jsonl.zst": lambda: PACKS["zstd"][1](LINES) * 2,
    "in.zip": lambda: zipped(*MEMBERS),
    "in.tar": lambda: tarred(*MEMBERS),
    "in.tgz": lambda: PACKS["gzip"][1](tarred(*MEMBERS)),
    "in.tar.xz": lambda: PACKS["xz"][1](tarred(*MEMBERS)),
}


def format_for(name: str) -> Format:
    """The format of a member."""
    return Csv() if ".csv" in name else JsonLines()


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
@settings(deadline=None)
@given(data=PLAIN, most=SIZES)
def test_any_bytes_in_any_pieces_give_the_same(format_: Format, data: bytes, most: int) -> None:
    """Records, refusals, numbers, places, raw bytes and failures."""
    found = seen(format_, Trickle(data, most))

    assert found == seen(format_, io.BytesIO(data))


@pytest.mark.parametrize("name", PACKED)
@settings(deadline=None, max_examples=40)
@given(most=SIZES, cut=st.none() | st.integers(1, 400))
def test_packed_files_in_any_pieces_give_the_same(name: str, most: int, cut: int | None) -> None:
    """Whether they are whole or cut off."""
    pytest.importorskip("backports.zstd" if name.endswith(".zst") else "zlib")
    data = PACKED[name]()[:cut]

    found = seen_packed(Packing(), Trickle(data, most), name, format_for)

    assert found == seen_packed(Packing(), io.BytesIO(data), name, format_for)


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=30)
@given(choices=st.binary(min_size=4, max_size=4), edits=st.binary(max_size=3), data=st.data())
def test_targets_of_the_fuzzer_find_nothing_in_their_first_inputs(
    name: str, choices: bytes, edits: bytes, data: st.DataObject
) -> None:
    """Nor in those with a few bytes put in, with any options: a short fuzzing in each run."""
    target = TARGETS[name]
    body = data.draw(st.sampled_from(target.seeds))[4:]
    place = data.draw(st.integers(0, len(body)))

    found = target.check(choices + body[:place] + edits + body[place:])

    assert found is None
