"""The names of what a dataset consists of."""

from __future__ import annotations

import re

from etlkit._files.paths import parent_of


LOG_FOLDER = "_commits"

_PART = re.compile(r"part-([0-9a-f]{12})-\d{5,}\.[^/]+")


def nonce_of(name: str) -> str | None:
    """The attempt that wrote a part, by its path; None for another file."""
    match = _PART.fullmatch(parent_of(name)[1])
    return match[1] if match else None
