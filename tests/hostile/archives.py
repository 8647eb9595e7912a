"""Archives that are cut off, damaged, or made to harm."""

from __future__ import annotations

import functools
import io
import struct
import tarfile
import zipfile

from typing import Any

from hostile.case import ONE, TWO, Bad, Case, Fails, Outcome, Reads, Rejects
from hostile.compressed import BOMB_BYTES, PACKS, RATIO
from hostile.files import EMPTY
from hostile.shapes import with_option


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def tarred(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in members:
            about = tarfile.TarInfo(name)
            about.size, about.type, about.linkname = len(data), kind, "/etc/passwd"
            archive.addfile(about, io.BytesIO(data))
    return file.getvalue()


def overlapping() -> bytes:
    """A zip archive whose second member begins within the first (CVE-2024-0450)."""
    data = bytearray(zipped(("a.jsonl", ONE * 50), ("b.jsonl", TWO), method=zipfile.ZIP_STORED))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = struct.pack("<I", 40)
    return bytes(data)


def with_flag(data: bytes, flag: int) -> bytes:
    """A zip archive whose members all have a flag."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + offset] |= flag
            place = changed.find(signature, place + 1)
    return bytes(changed)


def with_method(data: bytes, method: int) -> bytes:
    """A zip archive of one member, packed in a way that nobody knows."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = changed.find(signature)
        changed[place + offset : place + offset + 2] = struct.pack("<H", method)
    return bytes(changed)


NEST = {"zip": zipped, "tar": tarred}


def in_zip(what: str, content: Any, outcome: Any, *also: Any) -> Case:
    """A zip archive."""
    return Case(what, "zip", content, outcome, also, name="in.zip")


def in_tar(what: str, content: Any, outcome: Any, *also: Any, **more: Any) -> Case:
    """A tar archive."""
    return Case(what, "tar", content, outcome, also, name=more.pop("name", "in.tar"), **more)


HARMFUL = (
    "../../etc/passwd.jsonl",
    "/etc/passwd.jsonl",
    "a\\..\\boot.jsonl",
    "C:\\boot.jsonl",
    "\x1b[31m.jsonl",
    "\u202egpj.jsonl",
    "a\nb.jsonl",
)
TWO_MEMBERS = (("a.jsonl", ONE), ("b.jsonl", TWO))
MANY = tuple((f"{number}.jsonl", b"") for number in range(10_001))
LARGE = bytes(BOMB_BYTES)
EMPTY_THEN = "no records; the destination is empty afterwards"
LEFT_OUT = "left out, with a warning"
ZIP_CUT = "{path}: the zip archive is cut off; nothing of it was loaded"
TAR_CUT = "{path}: the tar archive is cut off; nothing of it was loaded"
ENTRIES = (
    "{path}: the archive has more than %d members; nothing of it was loaded; if the file is to be "
    "trusted, pass a higher max_entries, or max_entries=None for no limit"
)
TWICE = (
    "{path}: the archive has two members 'a.jsonl'; which one counts cannot be told, so nothing of "
    "it was loaded; pack it anew"
)
PLAIN = (
    "{path}: the content is %s, although neither the name nor an option says so; name it with .%s "
    "at the end or pass archive='%s'"
)
OTHER = "{path}: no %s archive, although its name or an option says so: pass archive=None"
NO_FORMAT = "whose suffix tells no format, such as 'README.md'; pass format= to read any suffix"


def both(what: str, members: tuple[tuple[str, bytes], ...], outcome: Outcome) -> tuple[Case, Case]:
    """A zip archive and a tar archive."""
    return (
        in_zip(what, lambda: zipped(*members), outcome),
        in_tar(what, lambda: tarred(*members), outcome),
    )


DAMAGED = (
    in_zip("cut off", lambda: zipped(*TWO_MEMBERS)[:-9], Fails("InputTruncated", ZIP_CUT)),
    in_tar("cut off", lambda: tarred(*TWO_MEMBERS)[:1400], Fails("InputTruncated", TAR_CUT, 1)),
    in_tar(
        "without its end mark",
        lambda: tarred(*TWO_MEMBERS)[:2048],
        Fails("InputTruncated", TAR_CUT, 2),
    ),
    in_zip("empty", b"", Fails("InputTruncated", ZIP_CUT)),
    in_tar("empty", b"", Fails("InputTruncated", TAR_CUT)),
    in_zip(
        "a member with a wrong checksum",
        lambda: zipped(("a.jsonl", ONE), method=zipfile.ZIP_STORED).replace(ONE, TWO),
        Fails("InputError", "{path}: the member 'a.jsonl' is damaged: its checksum is wrong"),
    ),
    in_tar(
        "a header with a wrong checksum",
        lambda: tarred(*TWO_MEMBERS).replace(b"b.jsonl", b"c.jsonl"),
        Fails(
            "InputError", "{path}: not a sound tar archive: a header is damaged (bad checksum)", 1
        ),
    ),
    in_zip(
        "followed by something else",
        lambda: zipped(*TWO_MEMBERS) + b"junk",
        Fails("InputError", "{path}: not a sound zip archive: something else follows its end"),
    ),
    in_tar(
        "followed by something else",
        lambda: tarred(*TWO_MEMBERS) + b"junk",
        Fails(
            "InputError",
            "{path}: not a sound tar archive: something else follows its end, such as a second archive",
            2,
        ),
    ),
    *(
        case
        for name in ("zip", "tar")
        for case in (
            Case(
                "a name that says so, and plain text",
                name,
                ONE,
                Fails("InputError", OTHER % name),
                (with_option(Reads(ONE), archive=None, format="jsonl"),),
                name=f"in.{name}",
            ),
            Case(
                "content that is so, and a plain name",
                name,
                functools.partial(NEST[name], *TWO_MEMBERS),
                Fails("InputError", PLAIN % (name, name, name)),
                (with_option(Reads(ONE + TWO), archive=name),),
            ),
        )
    ),
)

HARMING = (
    in_zip(
        "a bomb: more than 200 times its size",
        lambda: zipped(("a.jsonl", LARGE)),
        Fails("InputError", RATIO),
    ),
    in_tar(
        "a bomb: more than 200 times its size",
        lambda: PACKS["gzip"][1](tarred(("a.jsonl", LARGE))),
        Fails("InputError", RATIO),
        name="in.tgz",
    ),
    in_zip(
        "more than 10 000 members",
        lambda: zipped(*MANY, method=zipfile.ZIP_STORED),
        Fails("InputError", ENTRIES % 10_000),
    ),
    *(
        Case(
            "more than `max_entries` members",
            name,
            functools.partial(NEST[name], *TWO_MEMBERS),
            Fails("InputError", ENTRIES % 1, read),
            (with_option(Reads(ONE + TWO), max_entries=None),),
            name=f"in.{name}",
            options={"max_entries": 1},
        )
        for name, read in (("zip", 0), ("tar", 1))
    ),
    in_zip(
        "members that overlap",
        overlapping,
        Fails(
            "InputError",
            "{path}: not a sound zip archive: members overlap, as in an archive that is made to harm",
        ),
    ),
    in_zip(
        "two members of one name",
        lambda: zipped(("a.jsonl", ONE), ("b.jsonl", TWO)).replace(b"b.jsonl", b"a.jsonl"),
        Fails("InputError", TWICE, 1),
    ),
    in_tar(
        "two members of one name",
        lambda: tarred(("a.jsonl", ONE), ("a.jsonl", TWO)),
        Fails("InputError", TWICE, 1),
    ),
    in_zip(
        "a member that is encrypted",
        lambda: with_flag(zipped(("a.jsonl", ONE)), 1),
        Fails(
            "InputError",
            "{path}: the member 'a.jsonl' is encrypted; only members without a password are read",
        ),
    ),
    in_zip(
        "a method of compression that nobody knows",
        lambda: with_method(zipped(("a.jsonl", ONE)), 6),
        Fails(
            "InputError",
            "{path}: the member 'a.jsonl' is compressed by method 6; those that are read are stored, deflate, bzip2, xz and zstd",
        ),
    ),
    *both(
        "names such as `../../etc/passwd`, or with control characters",
        tuple((name, ONE) for name in HARMFUL),
        Reads(ONE * len(HARMFUL), "read; no path is made of a name, and messages escape it"),
    ),
    in_zip(
        "a name with a NUL byte",
        lambda: zipped(("a#b.jsonl", ONE)).replace(b"a#b", b"a\0b"),
        Reads(ONE, "read; no path is made of a name, and messages escape it"),
    ),
    in_zip(
        "a name of more than 4096 bytes",
        lambda: zipped(("x" * 5000 + ".jsonl", ONE)),
        Fails("InputError", "{path}: the name of a member has more than 4096 bytes"),
    ),
    in_tar(
        "a link to `/etc/passwd`",
        lambda: tarred(("a.jsonl", b""), kind=tarfile.SYMTYPE),
        Fails(
            "ConfigurationError", "{path}: no member can be read: 1 as a link, such as 'a.jsonl'"
        ),
    ),
)

ODD = (
    *both("an archive of nothing", (), Reads(b"", EMPTY_THEN, (EMPTY,))),
    in_zip(
        "behind a program that unpacks it",
        lambda: b"MZ program" + zipped(*TWO_MEMBERS),
        Reads(ONE + TWO),
    ),
    *both(
        "an archive within the archive",
        (("a.jsonl", ONE), ("b.zip", b"PK")),
        Reads(
            ONE,
            LEFT_OUT,
            ("{path}: 1 member(s) left out: 1 as an archive within the archive, such as 'b.zip'",),
        ),
    ),
    *both(
        "a member of another kind",
        (("a.jsonl", ONE), ("README.md", b"# Read me")),
        Reads(ONE, LEFT_OUT, (f"{{path}}: 1 member(s) left out: 1 {NO_FORMAT}",)),
    ),
    *both(
        "members of which none can be read",
        (("README.md", b"# Read me"),),
        Fails("ConfigurationError", f"{{path}}: no member can be read: 1 {NO_FORMAT}"),
    ),
    *both(
        "a bad record in a member",
        (("d/a.jsonl", ONE + b"bad\n" + TWO),),
        Rejects((Bad("json", "not JSON: {parser}", b"bad", file="{path}/d/a.jsonl"),)),
    ),
)

CASES = (*DAMAGED, *HARMING, *ODD)
