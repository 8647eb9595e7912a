"""JSON Lines: one JSON object on each line, cut at newlines only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import orjson

from attrs import evolve, field, frozen

from etlkit.formats.format import Encoder
from etlkit.formats.json.options import JsonOptions
from etlkit.formats.text.batching import Lines
from etlkit.formats.text.restoring import batches_of
from etlkit.formats.values import MAX_SMALL, encode_wide, explain_json, has_odd_float
from etlkit.records import Unfit


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream, KernelCode
    from etlkit.records import Batch, Decoder, Origin, Record


@frozen(kw_only=True)
class JsonLines(JsonOptions):
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
        encoding: Of the file; rejected records keep their bytes in it.
    """

    name: ClassVar[str] = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The lines of a file, in batches of about 128 KiB.

        Raises:
            InputError: The file has another encoding, or is compressed.
        """
        lines = Lines(
            self.max_record_bytes, self._decoder, _explain, _explain_first, with_newlines=True
        )
        return batches_of(stream, origin, self.encoding, lines.batches)

    def _decoder(self, block: bytes, longest: int) -> Decoder:
        if longest <= MAX_SMALL and self.may_read_plainly(block):
            return orjson.loads
        return self.decoder()


def _explain(line: bytes, error: Exception) -> Exception:
    """Why a line is no record, in words about the line without its newline."""
    bare = line.removesuffix(b"\n")
    if isinstance(error, orjson.JSONDecodeError):
        try:
            orjson.loads(error.doc.removesuffix("\n"))
        except orjson.JSONDecodeError as without:
            error = without
    return explain_json(bare, error)


def _explain_first(line: bytes, error: Exception) -> Exception:
    """Why the first line is no record: the file may be one JSON document."""
    found = _explain(line, error)
    start = line.strip()
    opens = start in {b"{", b"["} or (start[:1] == b"[" and start[1:].lstrip()[:1] == b"{")
    if not opens or not isinstance(found, Unfit):
        return found
    document = "one array" if start[:1] == b"[" else "an object over several lines"
    return Unfit(found.code, f"{found}; if the file is {document}, pass format='json'")


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
