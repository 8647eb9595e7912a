"""What SQL writes in another way than expressions as text, for messages."""

from __future__ import annotations

import re


_SIGNS: dict[str, str] = {
    "=": "values are compared by ==",
    "<>": "values are compared by !=",
    "&&": "claims are joined by 'and'",
    "||": "claims are joined by 'or', and texts by concat(a, b)",
}
_WORDS: dict[str, str] = {
    "AND": "write 'and' in small letters",
    "OR": "write 'or' in small letters",
    "NOT": "write 'not' in small letters",
    "IN": "write 'in' in small letters, and a list in brackets: a in ['x', 'y']",
    "IS": "write 'is None' or 'is not None'",
    "LIKE": "write a.str.starts_with('x'), a.str.ends_with('x') or a.str.contains('x')",
    "ILIKE": "write a.str.lower().str.contains('x')",
    "BETWEEN": "write 1 <= a <= 5, or a.between(1, 5)",
    "CASE": "write 'big' if a > 1 else 'small', or when(a > 1).then('big').otherwise('small')",
}
_SAME_HERE = frozenset({"and", "or", "not", "in", "is"})
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(NOT|CASE)\s+\Z", re.IGNORECASE)


def sql_hint(text: str, character: int) -> str:
    """What to write for what SQL has at a character, from 1; empty where there is nothing."""
    place = character - 1
    sign = _SIGN.match(text, place) or _SIGN.match(text, max(place - 1, 0))
    if sign is not None:
        return f"; {_SIGNS[sign[0]]}"
    word = _WORD.match(text, place) or _BEFORE.search(text, 0, place)
    if word is not None and word[1] not in _SAME_HERE:
        return f"; {_WORDS[word[1].upper()]}"
    return ""
