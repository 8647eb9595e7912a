"""A bad record between two good ones, in each kind of file."""

from __future__ import annotations

from typing import Any

from hostile.case import ONE, TWO, Also, Bad, Bytes, Case, Outcome, Reads, Rejects, made


ROWS = b'{"id":"1","name":"a"}\n{"id":"2","name":"b"}\n'
FIELDS = {"id": 1, "name": 1}
FIXED = {"format": "fixed", "fields": FIELDS}


def in_lines(what: str, raw: Bytes, code: str, message: str = "", **more: Any) -> Case:
    """A record of a JSON Lines file."""
    bad = Bad(code, message, raw, **_taken(more, "stage", "kept", "limit"))
    return Case(
        what,
        "JSON Lines",
        lambda: ONE + made(raw) + b"\n" + TWO,
        Rejects((bad,), words=more.pop("words", "")),
        **more,
    )


def in_array(what: str, raw: Bytes, code: str, message: str = "", **more: Any) -> Case:
    """An element of a JSON array."""
    bad = Bad(code, message, raw, line=2, **_taken(more, "stage", "kept", "limit"))
    return Case(
        what,
        "JSON",
        lambda: b'[{"id":1},\n' + made(raw) + b',\n{"id":2}]',
        Rejects((bad,), words=more.pop("words", "")),
        name="in.json",
        **more,
    )


def in_rows(what: str, raw: Bytes, code: str, message: str = "", **more: Any) -> Case:
    """A row of a CSV file."""
    bad = Bad(code, message, raw, line=3, **_taken(more, "stage", "kept", "limit"))
    return Case(
        what,
        "CSV",
        lambda: b"id,name\n1,a\n" + made(raw) + b"\n2,b\n",
        Rejects((bad,), more.pop("loaded", ROWS), words=more.pop("words", "")),
        name="in.csv",
        **more,
    )


def in_columns(what: str, raw: Bytes, code: str, message: str = "", **more: Any) -> Case:
    """A line of a fixed-width file."""
    bad = Bad(code, message, raw, **_taken(more, "stage", "kept", "limit"))
    return Case(
        what,
        "fixed width",
        lambda: b"1a\n" + made(raw) + b"\n2b\n",
        Rejects((bad,), ROWS, words=more.pop("words", "")),
        name="in.txt",
        options=FIXED,
        **more,
    )


def _taken(more: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: more.pop(name) for name in names if name in more}


def sound(what: str, kind: str, content: Bytes, loaded: Bytes, **more: Any) -> Case:
    """Input that has nothing wrong with it, however odd it looks."""
    words = {name: more.pop(name) for name in ("words", "warnings") if name in more}
    return Case(what, kind, content, Reads(loaded, **words), **more)


def with_option(outcome: Outcome, **options: Any) -> Also:
    """What becomes of the same input with options of the source."""
    return Also(outcome, options)
