"""The hash that tells one loaded record from another, whatever the destination."""

from __future__ import annotations

import hashlib

from typing import TYPE_CHECKING

import orjson

from etlkit.formats.values import canonical_json


if TYPE_CHECKING:
    from etlkit.records import Record

ROW_HASH_VERSION = 1
"""Version of the rule; hashes of different versions are never compared."""

ROW_HASH_BYTES = 16

ROW_HASH_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def row_hash(record: Record) -> bytes:
    """The hash of a record as it leaves the chain, before a destination encodes it.

    128 bits of blake2b over its JSON with sorted keys. A record that was written as JSON
    and read back has the same hash. Of what JSON has no form for, the canonical form of
    the quarantine is taken.

    Example:
        >>> row_hash({"id": 1, "state": "CA"}) == row_hash({"state": "CA", "id": 1})
        True
    """
    try:
        text = orjson.dumps(record, None, ROW_HASH_OPTIONS)
    except TypeError:
        text = canonical_json(record)
    return hashlib.blake2b(text, digest_size=ROW_HASH_BYTES).digest()
