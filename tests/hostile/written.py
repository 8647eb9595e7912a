"""What a step makes of a record, and a destination has no form for."""

from __future__ import annotations

from typing import Any

from etlkit.transformations import Map
from hostile.case import ONE, TWO, Also, Bad, Case, Outcome, Reads, Rejects


VALUES: dict[str, Any] = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "set": {1},
    "surrogate": "\ud800",
    "wide": 10**30,
}
INSTEAD: dict[str, Any] = {"None": None, "number": 5}


def spoil(record: dict[str, Any]) -> Any:
    """What ``make`` says, within the record or in its place."""
    make = record.pop("make", "")
    if make in VALUES:
        record["id"] = VALUES[make]
    elif make == "cycle":
        record["id"] = record
    elif make == "key":
        record[5] = 1  # type: ignore[index]  # the mistake that is made here
    elif make == "error":
        return record["name"]
    return INSTEAD.get(make, record)


STEP = Map(spoil)
STRICT = {"strict_floats": True}
NAN = "the record has a NaN or an infinity, which %s; turn it into None or a text in a step"
NO_JSON = "that JSON has no form for"
NO_TEXT = (
    f"$.id is a str {NO_JSON} (str is not valid UTF-8: surrogates not allowed); change it in a step"
)
NO_COLUMN = (
    "no column for 5: the columns are the fields of the first record written; name all of them with "
    "columns=[...], or remove the field in a step"
)
DEEP = "the record is nested deeper than 250 levels"
DERIVED = "; Derive(name=...) gives records a field with this value"
NO_RECORD = "Map(spoil) returned %s instead of a record (a dict)"


def _content(make: str) -> bytes:
    return ONE + _raw(make) + b"\n" + TWO


def _raw(make: str) -> bytes:
    return b'{"id":3,"make":"%s"}' % make.encode()


def _json(make: str, what: str, outcome: Outcome, *also: Also) -> Case:
    return Case(what, "JSON Lines", _content(make), outcome, also, step=STEP)


def _csv(make: str, what: str, outcome: Outcome) -> Case:
    return Case(what, "CSV", _content(make), outcome, step=STEP, out="out.csv")


def _rejects(make: str, code: str, stage: str, message: str, loaded: bytes = ONE + TWO) -> Rejects:
    where = "step Map(spoil)" if stage == "transform" else ""
    return Rejects((Bad(code, message, _raw(make), stage=stage, where=where),), loaded)


def _in_both(
    what: str, make: str, json: tuple[str, str, str], csv: tuple[str, str, str]
) -> tuple[Case, Case]:
    """The code, stage and message with which each refuses it."""
    return (
        _json(make, what, _rejects(make, *json)),
        _csv(make, what, _rejects(make, *csv, loaded=b"id\n1\n2\n")),
    )


def _odd_floats() -> tuple[Case, ...]:
    strict = NAN % "JSON has no form for"
    null = Reads(ONE + b'{"id":null}\n' + TWO, words="`null` is written, as orjson does it")
    return tuple(
        case
        for make, what in (("NaN", "a NaN"), ("infinity", "an infinity"))
        for case in (
            _json(make, what, null, Also(_rejects(make, "nan", "encode", strict), {}, STRICT)),
            _csv(
                make,
                what,
                _rejects(make, "nan", "write", NAN % "is no value of CSV", b"id\n1\n2\n"),
            ),
        )
    )


CASES: tuple[Case, ...] = (
    *_odd_floats(),
    _json(
        "wide",
        "an integer of 100 bits",
        Reads(ONE + b'{"id":%d}\n' % 10**30 + TWO, "written exactly"),
    ),
    _csv("wide", "an integer of 100 bits", Reads(b"id\n1\n%d\n2\n" % 10**30, "written exactly")),
    *_in_both(
        "a set",
        "set",
        (
            "encode",
            "encode",
            (
                f"$.id is a set {NO_JSON} (Type is not JSON serializable: set); change it in a step, for "
                "example by sorted(...)"
            ),
        ),
        (
            "encode",
            "encode",
            "$.id is a set, which CSV has no form for; turn it into a text in a step",
        ),
    ),
    *_in_both(
        "half of a surrogate pair",
        "surrogate",
        (
            "encode",
            "encode",
            NO_TEXT,
        ),
        ("encode", "write", "$.id has a character that utf-8 lacks; change the text in a step"),
    ),
    *_in_both(
        "a record within itself", "cycle", ("depth", "encode", DEEP), ("depth", "encode", DEEP)
    ),
    *_in_both(
        "a key that is a number",
        "key",
        (
            "encode",
            "encode",
            f"$ has a key of type int {NO_JSON} (Dict key must be str); change it in a step",
        ),
        (
            "columns",
            "write",
            NO_COLUMN,
        ),
    ),
    *(
        case
        for what, make, message in (
            (
                "None in place of a record",
                "None",
                (
                    f"{NO_RECORD % 'None'}; to change the record in place, end the function with "
                    "'return record'; a lambda makes a new one: {**record, 'name': value}"
                ),
            ),
            ("a number in place of a record", "number", f"{NO_RECORD % 'int'}{DERIVED}"),
            ("an exception", "error", "KeyError: 'name'; the record has no such field"),
        )
        for case in _in_both(
            what, make, ("step", "transform", message), ("step", "transform", message)
        )
    ),
)
