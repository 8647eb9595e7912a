"""The main job in words and constants: what every contestant must do with a file of forms.

For each record, in this order:

1. `state` becomes the two-letter code that `STATE_CODES` has for its trimmed, lower-case spelling
   (null if it has none);
2. `contact.email` is trimmed and put in lower case;
3. `ssn` keeps its last four characters only;
4. `tag_count` is added: the number of `tags`;
5. records whose `status` is `"test"` are dropped;
6. what is left must have `case_id` (str), `state` (str) and `severity` (int): what has not is a
   reject, set aside with its number in the file (counted from 1) and, where the library still has
   it, the raw line.

Good records go to one JSONL file in the order of the input, rejects to another.

This module imports nothing, so that it adds nothing to a contestant's memory.
"""

from __future__ import annotations


SSN_DIGITS_KEPT = 4
TEST_STATUS = "test"
REQUIRED_FIELDS = {"case_id": str, "state": str, "severity": int}

# name, code, customary abbreviation
_STATES = (
    ("Alabama", "AL", "Ala."),
    ("Alaska", "AK", "Alaska"),
    ("Arizona", "AZ", "Ariz."),
    ("Arkansas", "AR", "Ark."),
    ("California", "CA", "Calif."),
    ("Colorado", "CO", "Colo."),
    ("Connecticut", "CT", "Conn."),
    ("Delaware", "DE", "Del."),
    ("District of Columbia", "DC", "D.C."),
    ("Florida", "FL", "Fla."),
    ("Georgia", "GA", "Ga."),
    ("Hawaii", "HI", "Hawaii"),
    ("Idaho", "ID", "Idaho"),
    ("Illinois", "IL", "Ill."),
    ("Indiana", "IN", "Ind."),
    ("Iowa", "IA", "Iowa"),
    ("Kansas", "KS", "Kans."),
    ("Kentucky", "KY", "Ky."),
    ("Louisiana", "LA", "La."),
    ("Maine", "ME", "Maine"),
    ("Maryland", "MD", "Md."),
    ("Massachusetts", "MA", "Mass."),
    ("Michigan", "MI", "Mich."),
    ("Minnesota", "MN", "Minn."),
    ("Mississippi", "MS", "Miss."),
    ("Missouri", "MO", "Mo."),
    ("Montana", "MT", "Mont."),
    ("Nebraska", "NE", "Nebr."),
    ("Nevada", "NV", "Nev."),
    ("New Hampshire", "NH", "N.H."),
    ("New Jersey", "NJ", "N.J."),
    ("New Mexico", "NM", "N.M."),
    ("New York", "NY", "N.Y."),
    ("North Carolina", "NC", "N.C."),
    ("North Dakota", "ND", "N.D."),
    ("Ohio", "OH", "Ohio"),
    ("Oklahoma", "OK", "Okla."),
    ("Oregon", "OR", "Oreg."),
    ("Pennsylvania", "PA", "Pa."),
    ("Rhode Island", "RI", "R.I."),
    ("South Carolina", "SC", "S.C."),
    ("South Dakota", "SD", "S.D."),
    ("Tennessee", "TN", "Tenn."),
    ("Texas", "TX", "Tex."),
    ("Utah", "UT", "Utah"),
    ("Vermont", "VT", "Vt."),
    ("Virginia", "VA", "Va."),
    ("Washington", "WA", "Wash."),
    ("West Virginia", "WV", "W.Va."),
    ("Wisconsin", "WI", "Wis."),
    ("Wyoming", "WY", "Wyo."),
)

STATE_CODES = {
    spelling.lower(): code for name, code, short in _STATES for spelling in (name, code, short)
}

# Spellings as people type them: what the generator draws from.
MESSY_STATES = tuple(
    spelling
    for name, code, short in _STATES
    for spelling in (
        code,
        code,
        f" {code.lower()} ",
        name,
        name.upper(),
        name.lower(),
        f"{short} ",
        short.lower(),
    )
)
