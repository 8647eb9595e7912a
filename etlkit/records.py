"""What flows through a run: records in batches, where they came from, what was rejected."""

from __future__ import annotations

import json

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import compress
from os import PathLike
from typing import Any, Protocol, TypeAlias

from attrs import field, frozen

from etlkit._copying import own
from etlkit.errors import ConfigurationError


__all__ = [
    "Batch",
    "Decoder",
    "Explainer",
    "Origin",
    "OutBatch",
    "Places",
    "Problem",
    "Record",
    "Refusal",
    "Rejection",
    "Unfit",
    "as_object",
    "expect_records",
    "own",
    "refused_place",
]

Record: TypeAlias = dict[str, Any]
"""One record: a dict whose keys are strings and whose values are JSON-like or Python values."""

Decoder: TypeAlias = Callable[[Any], Any]
"""Makes one record from one item of a batch; raises what it finds wrong with the item.

Where fields are sensitive, messages show of an ``Unfit`` what its problems say of other
fields, of one without problems all that it says, and of another exception the type.
"""

Explainer: TypeAlias = Callable[[Any, Exception], Exception]
"""Says in better words why an item could not be decoded; called for failures only."""


class Unfit(ValueError):  # noqa: N818 -- it describes a record, and is turned into a Rejection
    """What decoders, steps, validators and encoders raise for a record that they refuse.

    What quotes a value belongs into a problem, which has the path of the value.

    Attributes:
        code: Stable word for the reason; becomes the code of the rejection.
        problems: Every problem of the record, where a validator found them.
    """

    def __init__(self, code: str, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.problems = problems

    @classmethod
    def of(cls, code: str, problems: tuple[Problem, ...]) -> Unfit:
        """The refusal that says what its problems say."""
        words = "; ".join(f"{problem.place} {problem.message}" for problem in problems)
        return cls(code, words, problems)


@frozen
class Origin:
    """Where the records of a batch come from.

    Attributes:
        uri: Path or URL of the file, or a word for a source without one.
        derived: The records were made by a step that merges records, so they have
            no bytes of their own.
        version: Of the content, for records that are replayed; else the source tells it.
    """

    uri: str
    derived: bool = field(default=False, kw_only=True)
    version: str | None = field(default=None, kw_only=True)


@frozen
class Refusal:
    """A record that a reader or a destination will not take.

    Attributes:
        position: Index in the batch it belongs to, counted from 0; where a reader refuses
            it, one behind the items.
        code: Stable word for the reason.
        message: The reason in words.
        raw: Its bytes, where the batch does not hold them.
        raw_bytes: Its length, where ``raw`` is only its beginning.
        line_no: The line where it begins, where the batch does not tell.
    """

    position: int
    code: str
    message: str
    raw: bytes | None = field(default=None, repr=False)
    raw_bytes: int | None = None
    line_no: int | None = None


class Places(Protocol):
    """Where the items of a batch stand in their file; asked for records that fail only."""

    def raw(self, position: int) -> bytes:
        """The bytes of an item, as its file holds them."""

    def line(self, position: int) -> int | None:
        """The line of the file where an item begins, from 1; None where there are no lines."""


@frozen
class Batch:
    """Consecutive records of one origin, not yet decoded.

    Attributes:
        items: Bytes, cells or records, one item a record. They belong to the batch.
        origin: Where they come from.
        first: Record number of the first item. Record numbers start at 1; the number
            of a JSON Lines record is its line number.
        decode: Makes a record of an item, which then belongs to the run.
        refused: Items that could not be cut out; they take part as rejected records, and
            stand behind the others: their positions are those from ``len(items)`` on.
        ends_open: The last item is the end of a file that does not end with a newline.
        is_blank: Whether an item that cannot be decoded is no record at all, such as an
            empty line; those are skipped and counted. None where every item is one.
        explain: Puts a failure of ``decode`` into words.
        places: Where the items stand; None where items are their own bytes, or have none.
        by_line: The number of a record is that of its line. Its newline may be there at the
            end of the item; it does not belong to the bytes of the record.
        remarks: What the user should know of the file although nothing failed.
        frame: What has to stand before and after the bytes of an item for them to be a
            whole file of its format, so that it can be read on its own; None where it cannot.

    Raises:
        ConfigurationError: A refused item has the position of another one, whose number
            and bytes its rejection would get.
    """

    items: Sequence[Any]
    origin: Origin
    first: int
    decode: Decoder
    refused: tuple[Refusal, ...] = field(default=(), kw_only=True)
    ends_open: bool = field(default=False, kw_only=True)
    is_blank: Callable[[Any], bool] | None = field(default=None, kw_only=True)
    explain: Explainer | None = field(default=None, kw_only=True)
    places: Places | None = field(default=None, kw_only=True)
    by_line: bool = field(default=False, kw_only=True)
    remarks: tuple[str, ...] = field(default=(), kw_only=True)
    frame: tuple[bytes, bytes] | None = field(default=None, kw_only=True, repr=False)

    @refused.validator
    def _behind_the_items(self, _: object, refused: tuple[Refusal, ...]) -> None:
        for refusal in refused:
            if refusal.position < len(self.items):
                message = (
                    f"a batch of {self.origin.uri}: the refused item has position "
                    f"{refusal.position}, which is that of an item; refused ones stand behind the "
                    f"items, from {len(self.items)} on, or in a batch of their own"
                )
                raise ConfigurationError(message)

    def raw(self, position: int) -> bytes | None:
        """The bytes of an item as its source holds them; None where it has none of its own."""
        if position >= len(self.items):  # it could not even be cut out
            return None
        if self.places is not None:
            return self.places.raw(position)
        item = self.items[position]
        if not isinstance(item, bytes):
            return None
        return item.removesuffix(b"\n") if self.by_line else item

    def line(self, position: int) -> int | None:
        """The line where an item begins; None where there are no lines, or it was not cut out."""
        if self.by_line:
            return self.first + position
        if self.places is None or position >= len(self.items):
            return None
        return self.places.line(position)

    def reason(self, item: Any, error: Exception) -> Exception:
        """Why ``decode`` failed for an item, in the words of the format where it has some."""
        return error if self.explain is None else self.explain(item, error)

    def place(self, position: int) -> str:
        """Where an item stands, as messages say it: ``forms.csv:17``."""
        return f"{self.origin.uri}:{self.line(position) or self.first + position}"


def refused_place(batch: Batch, refusal: Refusal) -> str:
    """Where a refused item stands, as messages say it."""
    if refusal.line_no is not None:
        return f"{batch.origin.uri}:{refusal.line_no}"
    return batch.place(refusal.position)


@frozen
class OutBatch:
    """What a kernel made of one batch.

    Attributes:
        items: Encoded records, in the order of the source.
        source: The batch they were made from; its raw bytes live as long as this does.
        gaps: For chains that make at most one record of one: how many items stood before
            each record that did not come out.
        numbers: For other chains: the record number of every item; None otherwise.
        hashes: The row hash of every item; None in a run that keeps no lineage.
    """

    items: list[Any]
    source: Batch
    gaps: Sequence[int] = ()
    numbers: Sequence[int] | None = None
    hashes: list[bytes] | None = None

    @property
    def record_numbers(self) -> Sequence[int]:
        """The record number in the source of each item; worked out when asked for."""
        if self.numbers is not None:
            return self.numbers
        first, count = self.source.first, len(self.items)
        if not self.gaps:
            return range(first, first + count)
        numbers: list[int] = []
        for missing, stop in enumerate([*self.gaps, count]):
            start = first + missing + len(numbers)
            numbers.extend(range(start, start + stop - len(numbers)))
        return numbers

    def without(self, record_numbers: Container[int]) -> OutBatch:
        """The batch without all that was made of some source records, told by their numbers."""
        kept = [number not in record_numbers for number in self.record_numbers]
        if all(kept):
            return self
        items, numbers = compress(self.items, kept), compress(self.record_numbers, kept)
        hashes = None if self.hashes is None else list(compress(self.hashes, kept))
        return OutBatch(list(items), self.source, numbers=list(numbers), hashes=hashes)


@frozen
class Problem:
    """One thing that is wrong with a record.

    Attributes:
        path: Where, from the record downwards: ``("contact", "email")``; empty for the
            record itself.
        rule: Stable word for the rule that it breaks: ``required``, ``type``, ``min`` ...
        message: What is wrong, in words; values of sensitive fields are masked.
        masked: The same without the value, for a message that was made without knowing
            which fields are sensitive; None where there is no such text.
    """

    path: tuple[str | int, ...]
    rule: str
    message: str
    masked: str | None = field(default=None, kw_only=True, eq=False, repr=False)

    @property
    def place(self) -> str:
        """The path as people write it: ``$.contact.email``."""
        return "$" + "".join(
            f".{part}" if isinstance(part, str) and part.isidentifier() else f"[{part!r}]"
            for part in self.path
        )


@frozen
class Rejection:
    """A record that was set aside, with everything needed to mend it.

    Attributes:
        code: Stable word for the reason: ``json``, ``not_object``, ``depth``, ``too_long``,
            ``step``, ``invalid``, ``encode``, or a code of the destination.
        message: The reason in words.
        stage: Where it happened: ``read``, ``decode``, ``transform``, ``validate``,
            ``encode`` or ``write``.
        step: Name of the step, or None outside of the chain.
        uri: Path or URL of the file it came from.
        record_no: Its number there, from 1 (for JSON Lines the line number).
        line_no: The line of the file where it begins; None where there are no lines.
        raw: Its bytes as they stood in the source. For a source without bytes, and for a
            derived record, canonical JSON of the record.
        derived: ``raw`` is not what the source held.
        problems: For ``invalid`` every problem of the record.
        exception: Name of the exception's type, where there was one.
        raw_bytes: Length in the source, where ``raw`` holds only the beginning.
    """

    code: str
    message: str
    stage: str
    step: str | None
    uri: str
    record_no: int
    raw: bytes | None = field(repr=False)
    derived: bool = field(default=False, kw_only=True)
    problems: tuple[Problem, ...] = field(default=(), kw_only=True)
    exception: str | None = field(default=None, kw_only=True)
    raw_bytes: int | None = field(default=None, kw_only=True)
    line_no: int | None = field(default=None, kw_only=True)

    @property
    def place(self) -> str:
        """Where the record stands: ``forms.jsonl:17``, by its line where it has one."""
        return f"{self.uri}:{self.line_no or self.record_no}"

    @property
    def record(self) -> Record | None:
        """The record as it was in the source, or None where ``raw`` is no JSON object."""
        try:
            found = json.loads(self.raw or b"")  # exact, whatever the width of an integer
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def expect_records(given: object, action: str) -> None:
    """Look whether a caller passed something that may be an iterable of records.

    Args:
        given: What was passed.
        action: The name of the method, for the message.

    Raises:
        ConfigurationError: It is something else; the message says how to make records of it.
    """
    is_frame = hasattr(given, "__arrow_c_stream__")
    is_value = isinstance(given, (str, bytes, Mapping))
    if isinstance(given, Iterable) and not (is_value or is_frame):
        return
    hint = "; pass what its extract() gives" if hasattr(given, "extract") else ""
    if isinstance(given, Mapping):
        hint = "; put a single record into a list"
    elif isinstance(given, (str, PathLike)):
        hint = "; pass FileSource(...).extract() for the records of a file"
    elif is_frame:
        hint = "; pass RecordsSource(frame).extract() for the records of a data frame"
    message = f"{action} takes an iterable of dicts, got {type(given).__name__}{hint}"
    raise ConfigurationError(message)


def as_object(value: object) -> Record:
    """A record from what a decoder returned.

    Raises:
        Unfit: It is no dict.
    """
    if isinstance(value, dict):
        return dict(value)
    kind = _JSON_KINDS.get(type(value), f"of type {type(value).__name__}")
    raise Unfit("not_object", f"the record is {kind}, expected a JSON object (a dict)")


_JSON_KINDS: dict[type, str] = {
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
