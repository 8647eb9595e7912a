"""Texts that were a name or a value to people, and something else to a program."""

from __future__ import annotations

import csv
import io

import orjson

from hostile.archives import zipped
from hostile.case import ONE, Case
from hostile.shapes import sound


NAUGHTY: tuple[str, ...] = (
    "",
    " ",
    "\t",
    "undefined",
    "null",
    "None",
    "NaN",
    "-Infinity",
    "true",
    "0x1F",
    "1e309",
    "1,000.00",
    "00123",
    "2024-02-30",
    "12:30:45",
    "'; DROP TABLE records; --",
    '" OR ""="',
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${HOME}",
    "$(reboot)",
    "`id`",
    "%s%n%x",
    "{0.__class__}",
    "../../etc/passwd",
    "C:\\boot.ini",
    "file:///etc/passwd",
    "~root",
    "-rf",
    "--version",
    "CON",
    ".",
    "..",
    "__proto__",
    "__class__",
    "constructor",
    "=1+1",
    "+1",
    "@SUM(A1)",
    '"',
    "'",
    "\\",
    "a\\nb",
    "a,b;c\td|e",
    "a\nb",
    "a\r\nb",
    "\x1b[31mred\x1b[0m",
    "\x07",
    "\x7f",
    "\0",
    "a\0b",
    "\u202etxt.exe",
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\ufffd",
    "\uffff",
    "\u2028",
    "e\u0301",
    "é",
    "Z\u0363\u0313\u034c\u0321algo",
    "\u0130\u0131\u017fK",
    "ﬁ",
    "\uff0e\uff0e\uff0f",
    "ﷺ",
    "田中さん",
    "العربية",
    "Ω≈ç√",
    "👩‍👩‍👧‍👦",
    "\U0001d573",
    "\U000e0001",
    "\U0010ffff",
    "x" * 5000,
)

SHORT = tuple(name for name in NAUGHTY if len(name) < 200 and "\0" not in name)
FILE_NAMES = tuple(name for name in SHORT if "/" not in name)


def lines(records: list[dict[str, str]]) -> bytes:
    """JSON Lines."""
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def rows(table: list[list[str]]) -> bytes:
    """CSV, with quotes around every cell."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


AS_VALUES = lines([{"text": name} for name in NAUGHTY])
AS_KEYS = lines([dict.fromkeys(NAUGHTY, "x")])
SAMPLE = f"{len(NAUGHTY)} naughty texts as "

CASES: tuple[Case, ...] = (
    sound(
        "a name of a file with quotes, `$(…)`, `[…]*?`, newlines and escapes",
        "any",
        ONE,
        ONE,
        name="in'\"; $(reboot) [a-z]*? {0}\n\x1b[31m%s.jsonl",
    ),
    sound(SAMPLE + "values", "JSON Lines", AS_VALUES, AS_VALUES),
    sound(
        SAMPLE + "values",
        "JSON",
        b"[" + AS_VALUES.strip().replace(b"\n", b",") + b"]",
        AS_VALUES,
        name="in.json",
    ),
    sound(
        SAMPLE + "values",
        "CSV",
        rows([["text"], *([name] for name in NAUGHTY)]),
        AS_VALUES,
        name="in.csv",
    ),
    sound(SAMPLE + "keys", "JSON Lines", AS_KEYS, AS_KEYS),
    sound(SAMPLE + "keys", "JSON", AS_KEYS, AS_KEYS, name="in.json"),
    sound(
        SAMPLE + "keys", "CSV", rows([list(NAUGHTY), ["x"] * len(NAUGHTY)]), AS_KEYS, name="in.csv"
    ),
    sound(
        f"{len(SHORT)} naughty texts as names of members",
        "zip",
        lambda: zipped(*((f"m{number}-{name}x.jsonl", ONE) for number, name in enumerate(SHORT))),
        ONE * len(SHORT),
        name="in.zip",
    ),
)
