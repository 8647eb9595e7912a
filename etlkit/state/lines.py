"""One line of the files that etlkit keeps for itself."""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any
from zlib import crc32

import orjson


if TYPE_CHECKING:
    from collections.abc import Mapping


def json_line(entry: Mapping[str, Any]) -> bytes:
    """An entry as one line of JSON.

    Names of files and messages of exceptions may hold bytes that are no UTF-8, which
    Python keeps as lone surrogates; each is shown as a question mark.
    """
    try:
        return orjson.dumps(entry, None, orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace") + b"\n"


_SEAL = b',"checksum":"'


def sealed(line: bytes) -> bytes:
    """A line of JSON with a checksum of what stands before it as its last field."""
    content = line[: len(line) - 2]
    return b'%s%s%08x"}\n' % (content, _SEAL, crc32(content))


def is_sealed(line: bytes) -> bool:
    """Whether a line ends with the checksum of what stands before it."""
    return line == sealed(line.rpartition(_SEAL)[0] + b"}\n")
