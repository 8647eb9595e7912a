"""One line of the files that etlkit keeps for itself."""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any

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
