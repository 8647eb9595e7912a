"""Compressed files that are cut off, damaged, or not what their name says."""

from __future__ import annotations

import bz2
import functools
import gzip
import importlib
import lzma

from collections.abc import Callable
from typing import Any

from hostile.case import ONE, TWO, Bad, Case, Fails, Reads, Rejects
from hostile.shapes import with_option


Pack = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    """Zstandard with a checksum, as the command makes it."""
    module = importlib.import_module("backports.zstd")
    options = {module.CompressionParameter.checksum_flag: 1}
    packed: bytes = module.compress(data, options=options)
    return packed


PACKS: dict[str, tuple[str, Pack, str | None]] = {
    "gzip": (".gz", functools.partial(gzip.compress, mtime=0), None),
    "bz2": (".bz2", bz2.compress, None),
    "xz": (".xz", lzma.compress, None),
    "zstd": (".zst", zstd, "backports.zstd"),
}
CUT = "{path}: the %s file is cut off; nothing of it was loaded"
UNSOUND = "{path}: not a sound %s file: "
FOLLOWS = UNSOUND + "something else follows the compressed data"
TWICE = "{path}: the content is %s, although a layer was unpacked already; unpack it before"
NO_FILE = "{path}: no %s file, although its name or an option says so: pass compression=None to read it as it is"
PLAIN = "{path}: the content is %s, although neither the name nor an option says so; name it with %s at the end or pass compression='%s'"
PADDED = ("gzip", "xz")
BOMB_BYTES = 20_000_000
WRONG = {
    "gzip": "Error -3 while decompressing data: incorrect data check",
    "bz2": "Invalid data stream",
    "xz": "Corrupt input data",
    "zstd": "Unable to decompress Zstandard data: Restored data doesn't match checksum",
}
BYTES = "{path}: unpacks to more than 1000 bytes; nothing of it was loaded; if the file is to be trusted, pass a higher max_unpacked_bytes, or max_unpacked_bytes=None for no limit"
RATIO = "{path}: unpacks to more than 200 times its size; nothing of it was loaded; if the file is to be trusted, pass a higher max_ratio, or max_ratio=None for no limit"


def flipped(data: bytes, place: int) -> bytes:
    """The same with one byte changed."""
    changed = bytearray(data)
    changed[place] ^= 0x55
    return bytes(changed)


def damaged(data: bytes, name: str) -> bytes:
    """The same with a wrong checksum."""
    place = {"gzip": -6, "bz2": 12, "xz": -30, "zstd": -2}[name]
    return flipped(data, place)


def cases_of(name: str) -> tuple[Case, ...]:
    """What is tried with each compression."""
    suffix, pack, needs = PACKS[name]

    def case(what: str, content: Callable[[], bytes], outcome: Any, *also: Any) -> Case:
        return Case(what, name, content, outcome, also, name=f"in.jsonl{suffix}", needs=needs)

    zeros = Reads(ONE) if name in PADDED else Fails("InputError", FOLLOWS % name)
    return (
        case("cut off", lambda: pack(ONE + TWO)[:-9], Fails("InputTruncated", CUT % name)),
        case(
            "cut off within its first bytes",
            lambda: pack(ONE)[:2],
            Fails("InputTruncated", CUT % name),
        ),
        case("empty", lambda: b"", Fails("InputTruncated", CUT % name)),
        case(
            "with a wrong checksum",
            lambda: damaged(pack(ONE + TWO), name),
            Fails("InputError", UNSOUND % name + WRONG[name]),
        ),
        case(
            "followed by something else",
            lambda: pack(ONE) + b"junk",
            Fails("InputError", FOLLOWS % name),
        ),
        case("several members behind each other", lambda: pack(ONE) + pack(TWO), Reads(ONE + TWO)),
        case("followed by zeros", lambda: pack(ONE) + bytes(512), zeros),
        case(
            "compressed twice",
            lambda: pack(pack(ONE)),
            Fails(
                "InputError",
                TWICE % name,
            ),
        ),
        case(
            "a name that says so, and plain text",
            lambda: ONE,
            Fails(
                "InputError",
                NO_FILE % name,
            ),
            with_option(Reads(ONE), compression=None),
        ),
        Case(
            "content that is so, and a plain name",
            name,
            lambda: pack(ONE),
            Fails(
                "InputError",
                PLAIN % (name, suffix, name),
            ),
            (with_option(Reads(ONE), compression=name),),
            needs=needs,
        ),
        case(
            "a bomb: more than 200 times its size",
            lambda: pack(ONE + bytes(BOMB_BYTES)),
            Fails("InputError", RATIO, 1),
            with_option(
                Rejects((Bad("too_long", "", bytes(BOMB_BYTES), stage="read", kept=4096),), ONE),
                max_ratio=None,
            ),
            with_option(Fails("InputError", BYTES), max_unpacked_bytes=1000),
        ),
    )


CASES = tuple(case for name in PACKS for case in cases_of(name))
