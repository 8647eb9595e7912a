"""JSON Lines: one JSON object on each line, cut at newlines only."""

from __future__ import annotations

import hashlib
import json

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from attrs import evolve, field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.format import Encoder, Format
from etlkit.formats.lines import CHUNK_BYTES, KEPT_BYTES, MAX_RECORD_BYTES, line_blocks, too_long
from etlkit.formats.values import (
    MAX_SMALL,
    encode_wide,
    explain_json,
    has_odd_float,
    loads_checked,
    loads_shallow,
    may_have_wide_integers,
)
from etlkit.records import Batch, Refusal, Unfit


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream, KernelCode
    from etlkit.records import Decoder, Origin, Record


@frozen
class JsonLines(Format):
    """JSON Lines, also known as NDJSON.

    Lines are cut at the newline byte alone: U+2028 and its kind belong to the text.
    A byte order mark at the start is skipped; blank lines are skipped and counted; a
    line that is no JSON object is a rejected record.

    Attributes:
        exact_integers: Read integers beyond 64 bits exactly. It costs about 5 % of a
            run; without it such an integer would become a float.
        strict_keys: Reject a record that has the same key twice, instead of taking the
            last one as every JSON parser does. A run takes about four times as long.
        max_record_bytes: A longer line is rejected; its beginning, length and SHA-256
            are kept.
    """

    name: ClassVar[str] = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    exact_integers: bool = field(default=True, kw_only=True)
    strict_keys: bool = field(default=False, kw_only=True)
    max_record_bytes: int = field(default=MAX_RECORD_BYTES, kw_only=True)

    @max_record_bytes.validator
    def _check_limit(self, _: object, value: object) -> None:
        if type(value) is not int or value < 1:
            message = f"max_record_bytes is a whole number above 0, got {value!r}"
            raise ConfigurationError(message)

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The lines of a file, in batches of about 256 KiB.

        Raises:
            InputError: The file is UTF-16.
        """
        number = 1
        for block, closed in line_blocks(stream, origin, self.max_record_bytes):
            if isinstance(block, Refusal):
                yield Batch((), origin, number, loads_checked, refused=(block,))
                number += 1
                continue
            lines = block.split(b"\n")
            yield from self._cut(block, lines, origin, number, ends_open=not closed)
            number += len(lines)
            if len(block) > 2 * CHUNK_BYTES:
                del block, lines  # a long line is not kept while the next one is read

    def _cut(
        self, block: bytes, lines: list[bytes], origin: Origin, number: int, *, ends_open: bool
    ) -> Iterator[Batch]:
        """The lines of a block as a batch, or as several around lines that are too long."""
        longest = max(map(len, lines))
        decode = self._decoder(block, longest)
        start = 0
        if longest > self.max_record_bytes:
            for index, line in enumerate(lines):
                if len(line) > self.max_record_bytes:
                    if index > start:
                        yield self._batch(lines[start:index], origin, number + start, decode)
                    refusal = too_long(line[:KEPT_BYTES], len(line), hashlib.sha256(line))
                    yield Batch((), origin, number + index, decode, refused=(refusal,))
                    start = index + 1
        if start < len(lines):
            rest = lines[start:] if start else lines
            yield self._batch(rest, origin, number + start, decode, ends_open=ends_open)

    def _batch(
        self,
        lines: list[bytes],
        origin: Origin,
        number: int,
        decode: Decoder,
        *,
        ends_open: bool = False,
    ) -> Batch:
        return Batch(
            lines,
            origin,
            number,
            decode,
            ends_open=ends_open,
            is_blank=_is_blank,
            explain=explain_json,
        )

    def _decoder(self, block: bytes, longest: int) -> Decoder:
        if self.strict_keys:
            return _loads_strict
        if longest > MAX_SMALL or (self.exact_integers and may_have_wide_integers(block)):
            return loads_checked if self.exact_integers else loads_shallow
        return orjson.loads


def _is_blank(line: bytes) -> bool:
    return not line.strip()


def _loads_strict(text: bytes) -> Any:
    """As ``loads_checked``; a key that comes twice in one object is refused."""
    value = loads_checked(text)
    json.loads(text, object_pairs_hook=_no_key_twice)
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise Unfit("duplicate_key", f"the key {shown(key)} comes twice in one object")
        seen.add(key)


@frozen
class JsonLinesEncoder(Encoder):
    """One record as a line of JSON, newline included, in UTF-8.

    Integers of any width are written exactly. A NaN or infinity is never one of the
    input: JSON has none, and records from elsewhere are encoded strictly. One that a
    step computed is written as ``null``, as orjson does it, unless ``strict_floats`` is
    set.

    Attributes:
        strict_floats: Reject a record with a NaN or infinity. It costs a look for
            ``null`` in each line, and a walk over the records that have one.
    """

    strict_floats: bool = field(default=False, kw_only=True)

    def strict(self) -> JsonLinesEncoder:
        """The same with ``strict_floats``: a NaN of the input is never made null."""
        return evolve(self, strict_floats=True)

    def encode(self, record: Record) -> bytes:
        """The line.

        Raises:
            Unfit: A value has no form in JSON; the message has its path.
        """
        try:
            line = orjson.dumps(record, None, orjson.OPT_APPEND_NEWLINE)
        except TypeError as error:
            line = encode_wide(record, error, orjson.OPT_APPEND_NEWLINE)
        if self.strict_floats and b"null" in line and has_odd_float(record):
            raise _odd_float()
        return line

    def write(self, code: KernelCode, record: str) -> str:
        """The same as lines of a kernel, where the call to orjson stands alone."""
        dumps, wide = code.bind("dumps", orjson.dumps), code.bind("encode_wide", encode_wide)
        with code.block("try:"):
            code.line(f"line = {dumps}({record}, None, {orjson.OPT_APPEND_NEWLINE})")
        with code.block("except TypeError as refused:"):
            code.line(f"line = {wide}({record}, refused, {orjson.OPT_APPEND_NEWLINE})")
        if self.strict_floats:
            odd, refuse = code.bind("has_odd_float", has_odd_float), code.bind("odd", _odd_float)
            with code.block(f"if b'null' in line and {odd}({record}):"):
                code.line(f"raise {refuse}()")
        return "line"


def _odd_float() -> Unfit:
    what = "the record has a NaN or an infinity, which JSON has no form for"
    return Unfit("nan", f"{what}; turn it into None or a text in a step")
