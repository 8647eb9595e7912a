"""What a case of bad input is: bytes in a file, and what a run makes of them."""

from __future__ import annotations

import hashlib

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import orjson

from attrs import Factory, field, frozen

from etlkit.transformations import Map


Bytes: TypeAlias = bytes | Callable[[], bytes]
"""Bytes, or a function that makes them: some are large, and some need a package."""

KEPT_BYTES = 4096
ONE, TWO = b'{"id":1}\n', b'{"id":2}\n'


def made(content: Bytes) -> bytes:
    """The bytes."""
    return content if isinstance(content, bytes) else content()


@frozen
class Reads:
    """Everything is loaded.

    Attributes:
        loaded: The JSON Lines that the destination holds afterwards.
        words: What the page says.
        warnings: What the result warns of.
    """

    loaded: Bytes
    words: str = "read"
    warnings: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The cell of the page."""
        return self.words


@frozen
class Bad:
    """One record that is rejected.

    Attributes:
        code: The code of the rejection.
        message: The reason; ``{parser}`` stands for what the JSON parser says, which
            differs from version to version.
        raw: The bytes of the record.
        number: Its number.
        line: The line where it begins; its number unless said.
        stage: Where it happens.
        file: The file; another one than the case's for a member of an archive.
        kept: How many bytes of it are kept.
        where: The step or place in the chain, as the message of a failing run says it.
        limit: The ``max_record_bytes`` that it is beyond, where it is too long.
    """

    code: str
    message: str
    raw: Bytes
    number: int = 2
    line: int | None = field(default=Factory(lambda bad: bad.number, takes_self=True))
    stage: str = "decode"
    file: str = "{path}"
    kept: int | None = None
    where: str = ""
    limit: int = 16 * 1024 * 1024

    @property
    def words(self) -> str:
        """The message, with what only the bytes can tell."""
        if self.code == "too_long":
            raw = made(self.raw)
            return (
                f"the record has {len(raw)} bytes, more than max_record_bytes={self.limit}; pass a "
                f"higher one to read it; kept are its first {min(len(raw), KEPT_BYTES)} bytes "
                f"(sha256 of all: {hashlib.sha256(raw).hexdigest()})"
            )
        return self.message.replace("{parser}", _parser_words(made(self.raw)))

    @property
    def sentence(self) -> str:
        """The message with the full stop that it may need before the next sentence."""
        return self.words if self.words.endswith("?") else f"{self.words}."

    @property
    def place(self) -> str:
        """Where it stands, as messages say it."""
        return f"{self.file}:{self.line or self.number}"

    @property
    def chain_place(self) -> str:
        """Where in the chain it failed, as messages say it."""
        return self.where or f"to {self.stage} the record"


def _parser_words(text: bytes) -> str:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"{error.msg} at character {error.pos + 1}"
    return ""


@frozen
class Rejects:
    """Records are set aside, or stop a run that may have none; the others are loaded.

    Attributes:
        bad: The rejected records, in order.
        loaded: The JSON Lines that the destination holds with ``Quarantine``.
        words: What the page says besides.
        warnings: What the result warns of.
    """

    bad: tuple[Bad, ...]
    loaded: Bytes = ONE + TWO
    words: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The cell of the page."""
        codes = ", ".join(f"`{code}`" for code in dict.fromkeys(bad.code for bad in self.bad))
        return f"rejected, {codes}{self.words and f'; {self.words}'}"


@frozen
class Fails:
    """The run fails, whatever the policy says, and nothing is loaded.

    Attributes:
        error: Name of the exception's type.
        message: The whole message; ``{path}`` and ``{cwd}`` stand for paths.
        read: Records that were read before; None where the message does not say.
        words: What the page says besides.
    """

    error: str
    message: str
    read: int | None = 0
    words: str = ""

    @property
    def note(self) -> str:
        """What the run adds to the message."""
        return "" if self.read is None else f"; while reading {{path}}, after {self.read} record(s)"

    @property
    def shown(self) -> str:
        """The cell of the page."""
        return f"run fails, `{self.error}`{self.words and f'; {self.words}'}"


Outcome: TypeAlias = Reads | Rejects | Fails


@frozen
class Also:
    """What the same input becomes with options.

    Attributes:
        outcome: What happens then.
        options: Options of the source.
        writing: Options of the destination.
    """

    outcome: Outcome
    options: Mapping[str, Any] = field(factory=dict)
    writing: Mapping[str, Any] = field(factory=dict)

    @property
    def shown(self) -> str:
        """The cell of the page."""
        words = ", ".join(f"`{one}`" for one in self.given.split("; "))
        return f"{words}: {self.outcome.shown}"

    @property
    def given(self) -> str:
        """The options, as one would write them."""
        options = {**self.options, **self.writing}
        return "; ".join(f"{name}={_value(value)}" for name, value in options.items())


def _value(value: object) -> str:
    return repr(value).replace("'", '"')


@frozen
class Case:
    """One kind of bad input in one kind of file.

    Attributes:
        what: The input, in words.
        kind: What sort of file it is in, in words.
        content: The bytes of the file; None where there is no file.
        outcome: What a run makes of it.
        also: What else a run makes of it, with options.
        name: Name of the file.
        options: Options without which there would be no case.
        step: A step after the source.
        out: Name of the destination.
        needs: A package without which the content cannot be made or read.
    """

    what: str
    kind: str
    content: Bytes | None
    outcome: Outcome
    also: tuple[Also, ...] = ()
    name: str = "in.jsonl"
    options: Mapping[str, Any] = field(factory=dict)
    step: Map | None = None
    out: str = "out.jsonl"
    needs: str | None = None


@frozen
class Trial:
    """One cell of the table: a case, with or without options, and what has to happen."""

    case: Case
    outcome: Outcome
    options: Mapping[str, Any]
    writing: Mapping[str, Any]
    name: str


def trials(section: str, cases: tuple[Case, ...]) -> Iterator[Trial]:
    """Every cell of a section."""
    for case in cases:
        name = f"{section}: {case.what}, {case.kind}"
        yield Trial(case, case.outcome, case.options, {}, name)
        for also in case.also:
            options = {**case.options, **also.options}
            yield Trial(case, also.outcome, options, also.writing, f"{name}, {also.given}")
