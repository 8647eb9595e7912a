"""Whether text of an encoding can be added to a file: only to one that is in it, too."""

from __future__ import annotations

import codecs

from etlkit.errors import ConfigurationError
from etlkit.formats.text.encodings import MARKS


_NUL = b"\0"
_ELSE = "replace it, or load into another file"


def check_addable(place: str, before: bytes, encoding: str, *, has_choice: bool = True) -> None:
    """Look whether the file that is added to is in the encoding of what is added.

    A file of which no byte tells the encoding, such as one of ASCII, is taken for what it
    is said to be. One that may be UTF-8 as well is refused: a few characters of another
    encoding that are UTF-8 by accident cost a refusal, and silence would cost the file.

    Args:
        place: What messages call the file.
        before: Its first bytes.
        encoding: The name of a codec that writes no byte order mark of its own.
        has_choice: The user may pass ``encoding=``.

    Raises:
        ConfigurationError: The file is in another encoding, so that nobody could read all
            of it.
    """
    mend = f"{_ELSE}; the format is written in {encoding} only"
    found, what = _told_otherwise(before, encoding)
    if not what:
        try:
            _decoded(before, encoding)
        except UnicodeError as error:
            what = f"its content is not {encoding}: {error}"
        else:
            return
    if has_choice:
        pass_it = f"encoding={found!r}" if found else "the encoding of the file as encoding=..."
        mend = f"pass {pass_it}, or {_ELSE}"
    message = f"{place}: cannot be added to in {encoding}, since {what}; {mend}"
    raise ConfigurationError(message)


def _told_otherwise(before: bytes, encoding: str) -> tuple[str, str]:
    """The encoding that the bytes tell, where it is another one, and what tells it."""
    marked = [name for name, mark in MARKS.items() if before.startswith(mark)]
    if marked:
        found = max(marked, key=lambda name: len(MARKS[name]))  # that of UTF-32 begins as UTF-16's
        return _unless(found, encoding, f"it begins with the byte order mark of {found}")
    if _is_wide(encoding):
        is_narrow = _NUL not in before and _is_utf_8(before)
        return ("utf-8", "its content looks like utf-8") if is_narrow else ("", "")
    if _NUL in before[:2]:
        found = "utf-16-be" if before.startswith(_NUL) else "utf-16-le"
        return found, f"its content looks like {found}"
    if not before.isascii() and _is_utf_8(before):
        return _unless("utf-8", encoding, "its content looks like utf-8")
    return "", ""


def _unless(found: str, encoding: str, what: str) -> tuple[str, str]:
    return ("", "") if found == encoding else (found, what)


def _is_wide(encoding: str) -> bool:
    """Whether each character takes two bytes or more."""
    return len("a".encode(encoding)) > 1


def _is_utf_8(before: bytes) -> bool:
    try:
        _decoded(before, "utf-8")
    except UnicodeError:
        return False
    return True


def _decoded(before: bytes, encoding: str) -> str:
    """The text without a character at its end that is cut off."""
    return codecs.getincrementaldecoder(encoding)().decode(before)
