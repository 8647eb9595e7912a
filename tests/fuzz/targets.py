"""What is fuzzed. Each target holds that bytes mean the same however they arrive.

The first bytes of an input choose options and how much of the rest arrives at a time. An
exception that is no ``EtlkitError`` goes through, and so does what a target finds wrong.
"""

from __future__ import annotations

import functools
import io

from collections.abc import Callable
from typing import Any

from attrs import frozen

from etlkit.errors import EtlkitError
from etlkit.formats import Csv, FixedWidth, Format, Json, JsonLines
from etlkit.formats.packed.archives import Packing
from etlkit.formats.packed.limits import Limits
from etlkit.formats.text.encodings import original, transcoded
from fuzz.expressions import SEEDS, check_expressions
from fuzz.reading import Seen, Trickle, seen, seen_packed
from hostile.case import made
from hostile.sections import SECTIONS


CONTROL_BYTES = 4
LONGEST_SEED = 4096
# An input of a few bytes may hold a million records, each of which is looked at.
LIMITS = Limits(max_unpacked_bytes=1 << 17, max_entries=100)
ENCODINGS = ("utf-8", "cp1252", "utf-16", "utf-16-be", "utf-32", "shift_jis", "cp932", "gb18030")


@frozen
class Target:
    """One thing that is fuzzed.

    Attributes:
        name: What it is called.
        check: Takes an input; raises what is wrong.
        kinds: Whose cases are the first inputs.
        others: Further first inputs.
    """

    name: str
    check: Callable[[bytes], None]
    kinds: tuple[str, ...]
    others: tuple[bytes, ...] = ()

    @property
    def seeds(self) -> list[bytes]:
        """The cases of bad input, as inputs of the target."""
        return [
            bytes(CONTROL_BYTES) + content for content in (*_contents(self.kinds), *self.others)
        ]


@functools.cache
def _contents(kinds: tuple[str, ...]) -> list[bytes]:
    cases = [case for cases in SECTIONS.values() for case in cases if case.kind in kinds]
    contents = [made(case.content) for case in cases if case.content is not None]
    return [content for content in contents if len(content) <= LONGEST_SEED]


@frozen
class Input:
    """An input taken apart."""

    choices: bytes
    body: bytes

    def choice(self, number: int, among: tuple[Any, ...]) -> Any:
        """What a control byte chooses."""
        return among[self.choices[number] % len(among)]

    @property
    def most(self) -> int:
        """How many bytes arrive at a time."""
        return 1 + self.choices[0]


def taken_apart(data: bytes) -> Input:
    """The control bytes, and the rest."""
    data = data.ljust(CONTROL_BYTES, b"\0")
    return Input(data[:CONTROL_BYTES], data[CONTROL_BYTES:])


def _expect(claim: object, *seen: object) -> None:
    if not claim:
        raise AssertionError(seen)


def _failed(found: Seen) -> bool:
    return bool(found[-1][0] == "failed")


def _expect_same(whole: Seen, pieces: Seen) -> None:
    """The same records, or failures: which of two mistakes is met first may differ."""
    both_fail = _failed(whole) and _failed(pieces)
    _expect(both_fail or whole == pieces, whole, pieces)


def _same_in_pieces(given: Input, format_: Format) -> Seen:
    whole = seen(format_, io.BytesIO(given.body))
    pieces = seen(format_, Trickle(given.body, given.most))
    _expect_same(whole, pieces)
    return whole


def check_lines(data: bytes) -> None:
    """JSON Lines, and lines of fixed width."""
    given = taken_apart(data)
    limit, encoding = given.choice(1, (1 << 24, 16, 1)), given.choice(2, ENCODINGS)
    options = {"max_record_bytes": limit, "encoding": encoding}
    fixed = FixedWidth(fields={"id": 2, "name": (2, 6)}, **options)
    strict = bool(given.choices[3] % 2)
    whole = _same_in_pieces(given, JsonLines(strict_keys=strict, **options))
    _same_in_pieces(given, fixed)
    if limit == 1 << 24 and encoding == "utf-8" and not _failed(whole):
        raws = [one[2] for one in whole if isinstance(one[0], int)]
        text = given.body.removeprefix(b"\xef\xbb\xbf")
        _expect(b"\n".join(raws) == text.removesuffix(b"\n"), raws)


def check_csv(data: bytes) -> None:
    """Cells, quotes and headers."""
    given = taken_apart(data)
    others = given.choices[3]
    format_ = Csv(
        delimiter=given.choice(1, (None, ";", "\t", "sniff")),
        quote=None if others & 1 else '"',
        escape="\\" if others & 2 else None,
        names=["a", "b"] if others & 4 else None,
        skip_lines=1 if others & 8 else 0,
        max_record_bytes=16 if others & 16 else 1 << 24,
        schema={"id": {"type": int}, "b": {"type": float}} if others & 32 else None,
        encoding=given.choice(2, ENCODINGS),
    )
    _same_in_pieces(given, format_)


def check_json(data: bytes) -> None:
    """The elements of arrays, and objects that follow each other."""
    given = taken_apart(data)
    limit, encoding = given.choice(1, (1 << 24, 16, 1)), given.choice(2, ENCODINGS)
    strict = bool(given.choices[3] % 2)
    _same_in_pieces(given, Json(max_record_bytes=limit, encoding=encoding, strict_keys=strict))


def check_encodings(data: bytes) -> None:
    """Text in any encoding, and the way back to its bytes."""
    given = taken_apart(data)
    encoding = given.choice(2, ENCODINGS)
    try:
        whole = transcoded(io.BytesIO(given.body), encoding)
        pieces = transcoded(Trickle(given.body, given.most), encoding)
        text = whole.read()
        parts = b"".join(iter(lambda: pieces.read(given.most), b""))
    except EtlkitError:
        return
    _expect(text == parts, encoding, text, parts)
    back = original(text, whole.encoding)
    _expect(given.body.endswith(back), encoding, back)
    _expect(len(given.body) - len(back) in {0, 2, 3, 4}, encoding, back)  # a byte order mark


def _packed(name: str) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        given = taken_apart(data)
        packing = Packing(limits=LIMITS)
        csv, lines = Csv(max_record_bytes=1 << 16), JsonLines(max_record_bytes=1 << 16)

        def format_for(member: str) -> Format:
            return csv if ".csv" in member else lines

        whole = seen_packed(packing, io.BytesIO(given.body), name, format_for)
        pieces = seen_packed(packing, Trickle(given.body, given.most), name, format_for)
        _expect_same(whole, pieces)
        unprintable = [one for one in whole if one[0] == "member" and not one[2]]
        _expect(not unprintable, unprintable)

    return check


TARGETS = {
    target.name: target
    for target in (
        Target("expressions", check_expressions, (), tuple(SEEDS)),
        Target("lines", check_lines, ("JSON Lines", "fixed width")),
        Target("csv", check_csv, ("CSV",)),
        Target("json", check_json, ("JSON",)),
        Target("encodings", check_encodings, ("JSON Lines", "CSV")),
        Target("zip", _packed("in.zip"), ("zip",)),
        Target("tar", _packed("in.tar"), ("tar",)),
        Target("gzip", _packed("in.jsonl.gz"), ("gzip",)),
        Target("bz2", _packed("in.jsonl.bz2"), ("bz2",)),
        Target("xz", _packed("in.jsonl.xz"), ("xz",)),
    )
}
