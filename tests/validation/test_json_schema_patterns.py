"""Patterns between ECMA-262, which JSON Schema has, and Python."""

from __future__ import annotations

import re

import pytest

from etlkit.validation.json_schema.pattern_export import ecma_pattern
from etlkit.validation.json_schema.pattern_import import python_pattern


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, as the rule `pattern` has it."""
    return re.fullmatch(pattern, text, re.ASCII) is not None


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        pytest.param("b", ["abc", "b", "\nb\n"], ["", "ac"], id="anywhere"),
        pytest.param("^b", ["bc"], ["abc", "a\nb"], id="at-the-start"),
        pytest.param("b$", ["ab"], ["abc", "b\n"], id="at-the-end"),
        pytest.param("^a|b$", ["ax", "xb"], ["xax", "bx"], id="alternatives"),
        pytest.param("^(a|b)$", ["a", "b"], ["ab"], id="alternatives-in-a-group"),
        pytest.param(r"^\d+$", ["12"], ["12\n", "٣"], id="digits"),
        pytest.param(r"^\s$", [" ", "\u00a0", "\u2003", "\ufeff"], ["a", "\x1c"], id="spaces"),
        pytest.param(r"^[\S]$", ["a", "\x1c"], [" ", "\u00a0"], id="no-space-in-a-class"),
        pytest.param("^.$", ["a", "\x85"], ["\n", "\r", "\u2028"], id="any-character"),
        pytest.param(r"^[^]$", ["a", "\n"], [""], id="class-of-everything"),
        pytest.param(r"a[]", [], ["a", ""], id="class-of-nothing"),
        pytest.param(r"^[\w-.]$", ["-", ".", "w"], [","], id="dash-after-a-class"),
        pytest.param(r"^[--a]$", ["-", "a", "A"], ["b"], id="dash-as-an-end"),
        pytest.param("^[[a&&b]$", ["[", "&"], ["]"], id="signs-in-a-class"),
        pytest.param(r"^[\b]$", ["\x08"], ["b"], id="backspace"),
        pytest.param("^a{,2}$", ["a{,2}"], ["aa"], id="braces-that-count-nothing"),
        pytest.param("^]}$", ["]}"], [""], id="brackets-alone"),
        pytest.param(r"^\u0061\x62\cJ\u{63}\0$", ["ab\nc\x00"], ["abc"], id="escapes"),
        pytest.param(r"^\ud83d\ude00$", ["😀"], [""], id="a-character-in-two-halves"),
        pytest.param(r"^(?<year>\d{4})$", ["2024"], ["24"], id="named-group"),
        pytest.param(r"^\B", ["", " "], ["a"], id="no-word-begins"),
        pytest.param("^(?=a)(?!ab)..$", ["ac"], ["ab", "bc"], id="looking-around"),
        pytest.param(r"^a\/\-b$", ["a/-b"], ["a"], id="needless-escapes"),
    ],
)
def test_a_pattern_of_json_schema_keeps_its_meaning(
    pattern: str, found: list[str], not_found: list[str]
) -> None:
    """It is found anywhere, unless anchored, and means what ECMA-262 says."""
    translated = python_pattern(pattern)

    assert [text for text in [*found, *not_found] if matches(translated, text)] == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(a)\1", r"'\\1', a reference to a group, which etlkit does not translate"),
        (r"\k<n>", r"'\\k<n>', a reference to a group, which etlkit does not translate"),
        (r"\p{L}", r"'\\p{L}', a class of Unicode characters, which etlkit does not translate"),
        (r"\A", r"'\\A', which is no escape of ECMA-262"),
        ("\\", r"'\\', which is no escape of ECMA-262"),
        (r"\u{110000}", r"'\u{110000}', which is no character"),
        ("(?i)a", "'(?' is followed by what ECMA-262 does not know"),
        ("a++", "a '+' after a quantifier, which ECMA-262 does not know"),
        ("[a", "a '[' that is never closed"),
        ("a)", "no meaning in Python: unbalanced parenthesis at position 8"),
    ],
    ids=[
        "number",
        "name",
        "property",
        "escape",
        "end",
        "number-of-character",
        "flag",
        "possessive",
        "class",
        "mistake",
    ],
)
def test_a_pattern_without_a_twin_is_refused(pattern: str, message: str) -> None:
    """The message says which part of it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        python_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "exported"),
    [
        ("[A-Z]{3}", "^[A-Z]{3}$"),
        ("[A-Z]{3}|x", "^(?:[A-Z]{3}|x)$"),
        (r"\d+\.\d*[\d]", r"^\d+\.\d*\d$"),
        (r"(?P<year>\d{4})-(?:ab)*", r"^(?:\d{4})-(?:ab)*$"),
        (r"\Aa\Z", "^^a$$"),
        (r"a$\n?", r"^a(?=\n?$)\u000a?$"),
        (r".\s", r"^[^\n][ \t\n\r\f\v]$"),
        (r"(?s).", r"^[\s\S]$"),
        (r"\S[^\s][\S1]", "^[^ \\t\\n\\r\\f\\v][^ \\t\\n\\r\\f\\v][\\x00-\\x08\\x0e-\\x1f!-\U0010ffff1]$"),
        (r"[\s\S]", r"^[\s\S]$"),
        (r"[^a]\x00\u2028😀", r"^[^a]\u0000\u2028😀$"),
        (r"(?=a)(?!b)(?<=c)(?<!d)\b", r"^(?=a)(?!b)(?<=c)(?<!d)\b$"),
        ("a*?b{2,}c{1,2}", "^a*?b{2,}c{1,2}$"),
        (r"[\]\^-]/", r"^[\]\^\-]/$"),
    ],
)  # fmt: skip
def test_a_pattern_is_exported_with_the_same_meaning(pattern: str, exported: str) -> None:
    """What Python writes or means differently is written out."""
    assert ecma_pattern(pattern) == exported


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?i)a", "its flags (?i) or (?m)"),
        ("(?i:a)", "its flags (?i) or (?m)"),
        ("(?>a)", "an atomic group, '(?>...)'"),
        ("a*+", "a possessive quantifier such as '*+'"),
        (r"(a)\1", "a reference to a group"),
        (r"(a)?(?(1)b)", "a group that depends on another one, '(?(1)...)'"),
        (r"\B", r"'\\B', which depends on the version of Python"),
    ],
)
def test_a_pattern_that_ecma_cannot_say_is_refused(pattern: str, message: str) -> None:
    """The message says which part of it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ecma_pattern(pattern)
