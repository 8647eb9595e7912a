"""Make 112 synthetic whistle-blower complaint forms, eleven of them unusable.

Every person, case and number is made up: all SSNs begin with 9, which no real one does.
The same seed gives the same bytes on every machine.

    python make_forms.py forms.jsonl
"""

from __future__ import annotations

import json
import random
import sys

from pathlib import Path


FORMS = 112
SEED = 2302

GIVEN_NAMES = ["Ada", "Ben", "Chloé", "Dana", "Emil", "Fay", "Gus", "Hana", "Ivo", "June"]
STATES = [
    *["CA", " ca ", "Calif.", "California"],
    *["D.C.", "dc", "Washington, DC"],
    *["MD", "maryland "],
    *["NY", "N.Y.", "new york"],
    *["TX", "Tx.", "TEXAS"],
    *["va", "Virginia"],
]
DAYS = ["2024-{month:02}-{day:02}", "{month:02}/{day:02}/2024", "{day}.{month}.2024"]
SSNS = ["{0}-{1}-{2}", "{0} {1} {2}", "{0}{1}{2}"]
AGENCIES = ["VA", "DoD", "DHS", "EPA", "va", " dod "]
TAGS = ["retaliation", "Retaliation ", "waste", "FRAUD", "safety", "gross waste"]


def make_form(number: int, draw: random.Random) -> dict:
    """A form that can be cleaned, however untidy it is."""

    # Python promises the same sequence on every version for random() only.
    def pick(options: list[str]) -> str:
        return options[int(draw.random() * len(options))]

    def whole(low: int, high: int) -> int:
        return low + int(draw.random() * (high - low + 1))

    name = pick(GIVEN_NAMES)
    agencies = [pick(AGENCIES)] if number % 12 else ["VA", " dod"]
    return {
        "case_id": f"DI-24-{number:04}",
        "status": pick(["new", "open", "open", "closed"]) if number % 20 else "test",
        "received": pick(DAYS).format(month=whole(1, 12), day=whole(1, 28)),
        "state": pick(STATES),
        "ssn": pick(SSNS).format(whole(900, 999), whole(10, 99), whole(1000, 9999)),
        "contact": {
            "name": name,
            "email": f" {name}.{whole(1, 99)}@Example.ORG",
            "phone": pick(["202-555-{}", "(202) 555 {}"]).format(whole(1000, 9999)),
        },
        "agency": "; ".join(agencies),
        "severity": whole(1, 5),
        "tags": [pick(TAGS) for _ in range(whole(0, 3))],
    }


def spoil(forms: dict[int, dict]) -> None:
    """Make seven forms unusable, each in its own way, but still JSON objects."""
    del forms[9]["case_id"]
    forms[23]["severity"] = "high"
    forms[36].update(severity=7, tags="fraud")
    forms[41]["received"] = "30.2.2024"
    forms[58]["ssn"] = forms[58]["ssn"][:-2]
    forms[77]["contact"] = "call me at home"
    forms[95]["state"] = "Atlantis"


def make_lines() -> list[bytes]:
    """The lines of the file, four of which are no JSON objects."""
    draw = random.Random(SEED)  # noqa: S311 -- made-up people need no cryptography
    forms = {number: make_form(number, draw) for number in range(1, FORMS + 1)}
    spoil(forms)
    lines = [json.dumps(form, ensure_ascii=False).encode() for form in forms.values()]
    lines[13] = b"see the paper form in the blue folder"
    lines[48] = b"[" + lines[48] + b"]"
    lines[66] = lines[66].replace(b'"name": "', b'"name": "Ren\xe9e ')  # Latin-1, not UTF-8
    lines[-1] = lines[-1][:90]  # the upload broke off
    return lines


def write_forms(path: Path) -> None:
    """Write the forms as JSON Lines."""
    path.write_bytes(b"\n".join(make_lines()))


if __name__ == "__main__":
    write_forms(Path(sys.argv[1] if len(sys.argv) > 1 else "forms.jsonl"))
