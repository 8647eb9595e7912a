r"""Patterns of JSON Schema (ECMA-262, found anywhere) as patterns of etlkit (whole value).

The two languages write most things alike and mean some of them differently: ``$`` may
stand before a last line break in Python, ``\s`` and ``.`` take other characters. What
cannot be said with certainty is refused.
"""

from __future__ import annotations

import re

from collections.abc import Iterator


__all__ = ["python_pattern"]

_PIECE = re.compile(
    r"""
      \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}   # one character in two halves
    | \\u\{[0-9a-fA-F]{1,6}\} | \\u[0-9a-fA-F]{4} | \\x[0-9a-fA-F]{2} | \\c[A-Za-z]
    | \\[0-9]+ | \\k<[^>]*> | \\[pP](?:\{[^}]*\})? | \\.?
    | \(\?<?[=!] | \(\?: | \(\?<[A-Za-z_$][A-Za-z0-9_$]*> | \(\?
    | \{[0-9]+(?:,[0-9]*)?\}
    | .
    """,
    re.DOTALL | re.VERBOSE,
)
_QUANTIFIER = re.compile(r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}")

ANYTHING = r"[\s\S]*"

_SPACES = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NO_SPACES = (
    r"\x00-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e"
    r"\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
)
_SAME_IN_BOTH = frozenset("dDwWtnrfv")
_UNSAID = {
    "\\k": "a reference to a group",
    "\\p": "a class of Unicode characters",
    "\\P": "a class of Unicode characters",
}


def python_pattern(text: str) -> str:
    """The pattern that the whole value has to match, for one that is found anywhere in it.

    Raises:
        ValueError: It is no regular expression, or uses what the two languages do not
            share; the message says what.
    """
    translated = _joined(list(_translated(iter(_PIECE.findall(text)))))
    try:
        re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"no meaning in Python: {error}"
        raise ValueError(message) from error
    return translated


def _joined(pieces: list[str]) -> str:
    """The pieces with whatever may stand around them, unless they are anchored."""
    if _has_alternatives(pieces):
        return f"{ANYTHING}(?:{''.join(pieces)}){ANYTHING}"
    start = end = ANYTHING
    if pieces[:1] == ["^"]:
        start, pieces = "", pieces[1:]
    if pieces[-1:] == ["\\Z"]:
        end, pieces = "", pieces[:-1]
    return f"{start}{''.join(pieces)}{end}"


def _has_alternatives(pieces: list[str]) -> bool:
    """Whether a ``|`` stands outside every group."""
    depth = 0
    for piece in pieces:
        depth += (piece.startswith("(") and not piece.endswith(")")) - (piece == ")")
        if piece == "|" and not depth:
            return True
    return False


def _translated(pieces: Iterator[str]) -> Iterator[str]:
    quantified = False
    for piece in pieces:
        if piece == "+" and quantified:
            message = "a '+' after a quantifier, which ECMA-262 does not know"
            raise ValueError(message)
        quantified = bool(_QUANTIFIER.fullmatch(piece))
        yield _class(pieces) if piece == "[" else _outside(piece)


def _outside(piece: str) -> str:
    """A piece that stands in no class."""
    if piece in _DIFFERENT:
        return _DIFFERENT[piece]
    if piece.startswith("\\") and piece != "\\b":
        return _escape(piece)
    return _group(piece) if piece.startswith("(?") else piece


_DIFFERENT = {
    "$": r"\Z",
    ".": r"[^\n\r\u2028\u2029]",
    "\\B": r"(?!\b)",  # before Python 3.14, "\B" is not found in an empty text
    "\\S": f"[{_NO_SPACES}]",
    "\\s": f"[{_SPACES}]",
    "{": r"\{",
    "}": r"\}",
    "]": r"\]",
}


def _group(piece: str) -> str:
    if piece in {"(?:", "(?=", "(?!", "(?<=", "(?<!"}:
        return piece
    if piece.endswith(">"):
        return "(?:"  # its name is of no use without a reference to it
    message = "'(?' is followed by what ECMA-262 does not know"
    raise ValueError(message)


def _escape(piece: str) -> str:
    """An escape that means one character, or a class that is the same in both languages."""
    kind = piece[:2]
    if kind == "\\u":
        return _literal(_code_point(piece[2:]))
    if kind == "\\x":
        return _literal(_code_point(piece[2:]))
    if kind == "\\c":
        return _literal(ord(piece[2]) % 32)
    if piece == "\\0":
        return r"\x00"
    if kind in _UNSAID or piece[1:].isdigit():
        what = _UNSAID.get(kind, _UNSAID["\\k"])
        message = f"{piece!r}, {what}, which etlkit does not translate"
        raise ValueError(message)
    if len(piece) < 2 or (piece[1].isalnum() and piece[1] not in _SAME_IN_BOTH):  # noqa: PLR2004 -- a lone backslash at the end
        message = f"{piece!r}, which is no escape of ECMA-262"
        raise ValueError(message)
    return piece


def _code_point(digits: str) -> int:
    """The number of a character that is given by four digits, by braces, or in two halves."""
    high, half, low = digits.partition("\\u")
    if half:
        return 0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00
    number = int(digits.strip("{}"), 16)
    if number > 0x10FFFF:  # noqa: PLR2004 -- the last one
        message = f"'\\u{digits}', which is no character"
        raise ValueError(message)
    return number


def _literal(number: int) -> str:
    return f"\\U{number:08x}"


def _class(pieces: Iterator[str]) -> str:
    """A class in brackets, whose first bracket was read."""
    inside: list[str] = []
    for piece in pieces:
        if piece == "]":
            negated = inside[:1] == ["^"]
            return _class_text(inside[negated:], negated=negated)
        inside.append(piece)
    message = "a '[' that is never closed"
    raise ValueError(message)


def _class_text(pieces: list[str], *, negated: bool) -> str:
    if not pieces:
        return r"[\s\S]" if negated else r"(?!)"
    return f"[{'^' if negated else ''}{''.join(_members(pieces))}]"


def _members(pieces: list[str]) -> Iterator[str]:
    """The members of a class; a dash that can make no range stands for itself."""
    before = "edge"  # or "one" character that may begin a range, or the "dash" within one
    for piece, after in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece == "-":
            ranges = before == "one" and after != "" and after not in _CLASSES
            yield "-" if ranges else r"\-"
        else:
            ranges = False
            yield _in_class(piece)
        ended = before == "dash" or piece in _CLASSES
        before = "dash" if ranges else "edge" if ended else "one"


_CLASSES = frozenset({"\\d", "\\D", "\\s", "\\S", "\\w", "\\W"})


def _in_class(piece: str) -> str:
    if piece in {"\\s", "\\S"}:
        return _SPACES if piece == "\\s" else _NO_SPACES
    if piece == "\\b":
        return r"\x08"
    if piece.startswith("\\"):
        return _escape(piece)
    # A longer piece is characters in here: "(?:" or "{2,3}".
    return "".join(f"\\{one}" if one in "[&~|" else one for one in piece)
