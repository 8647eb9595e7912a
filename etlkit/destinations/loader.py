"""DataLoader: a destination, and how records go into it."""

from __future__ import annotations

import os

from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args

from etlkit._clock import SYSTEM_CLOCK
from etlkit._files.paths import without_secrets
from etlkit._words import did_you_mean, named, shown
from etlkit.destinations.destination import Destination
from etlkit.destinations.files import JsonLinesFile
from etlkit.destinations.memory import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.formats.compression import split_suffix
from etlkit.formats.jsonl import JsonLines
from etlkit.formats.values import too_deep
from etlkit.records import Batch, Origin, OutBatch, Unfit, own
from etlkit.runs import CommitRecord, Load, Mode, RunContext, Tally, new_run_id, random_mark


if TYPE_CHECKING:
    from etlkit.destinations.destination import LoadSession
    from etlkit.records import Record

BATCH_RECORDS = 1000
MOST_SECONDS = 1_000_000  # eleven days; what a lock of threading takes ends somewhere
_SHORT_MODES = {"w": "replace", "a": "append"}


class DataLoader:
    """Loads records into a destination.

    Args:
        destination: A path that ends in ``.jsonl`` or ``.ndjson``, ``"memory:"``, or a
            :class:`~etlkit.destinations.Destination`.
        mode: ``"replace"`` (or ``"w"``), ``"append"`` (or ``"a"``), ``"upsert"``. Files
            are replaced unless told otherwise.
        key: Field or fields that identify a record, for ``"upsert"``.
        allow_empty: Let a replace publish nothing although records were read.
        wait_seconds: How long a run waits for another one that holds the destination.
        strict_floats: Reject records in which a step computed a NaN or an infinity,
            instead of writing null. For paths only; a destination object has its own.

    Raises:
        ConfigurationError: The destination cannot be told from the path, or cannot do
            the mode, or the key does not go with the mode.

    Example:
        >>> loader = DataLoader("memory:")
        >>> loader.load([{"id": 1}, {"id": 2}])
        2
        >>> loader.destination.records
        [{'id': 1}, {'id': 2}]
    """

    def __init__(
        self,
        destination: str | os.PathLike[str] | Destination,
        mode: str | None = None,
        key: str | Iterable[str] | None = None,
        *,
        allow_empty: bool = False,
        wait_seconds: float = 60.0,
        strict_floats: bool = False,
    ) -> None:
        self.destination = _destination(destination, strict_floats=strict_floats)
        self.mode = _mode(mode, self.destination)
        self.key = _key(key)
        self.allow_empty = allow_empty
        self.wait_seconds = _seconds(wait_seconds)
        if self.key and self.mode != "upsert":
            message = f"key={key!r} is for mode='upsert'; the mode is {self.mode!r}"
            raise ConfigurationError(message)
        if self.mode == "upsert" and not self.key:
            message = (
                f"{self.destination.uri}: mode 'upsert' needs key=, the field or fields that "
                "identify a record"
            )
            raise ConfigurationError(message)

    def __repr__(self) -> str:
        return f"DataLoader({self.destination!r}, {self.mode!r})"

    def load(self, records: Iterable[Record], mode: str | None = None) -> int:
        """Load records now, all of them or none, and return how many.

        The records stay as they are. An empty iterable empties the destination when the
        mode is ``"replace"``.

        Raises:
            RecordError: A record cannot be encoded; nothing was loaded.
            EtlkitError: The destination cannot be written; it is as it was.
        """
        chosen = self.mode if mode is None else _mode(mode, self.destination)
        destination, now = self.destination, SYSTEM_CLOCK.now()
        run_id = new_run_id(now)
        run = RunContext("load", run_id, run_id, 1, random_mark(), now)
        destination.check()
        with destination.lock(wait_seconds=self.wait_seconds, clock=SYSTEM_CLOCK):
            session = destination.open(Load(run, chosen, self.key))
            try:
                read = self._write(session, records)
                written = session.prepare()
                tally = Tally(read=read, loaded=written.records)
                tally.check()
                session.commit(CommitRecord(run, chosen, written, tally, None, SYSTEM_CLOCK.now()))
            except BaseException as error:
                if not session.committed:
                    _abort(session, error)
                raise
        return written.records

    def _write(self, session: LoadSession, records: Iterable[object]) -> int:
        encode = self.destination.encoder().strict().encode
        number, encoded = 0, []
        for number, record in enumerate(records, 1):
            try:
                if not isinstance(record, dict):
                    raise Unfit("not_object", f"a record is a dict, got {shown(record)}")  # noqa: TRY301 -- numbered below
                encoded.append(encode(own(record)))
            except (Unfit, RecursionError) as error:
                words = error if isinstance(error, Unfit) else too_deep()
                message = f"record {number}: {words}; nothing was loaded"
                raise RecordError(message) from error
            if len(encoded) == BATCH_RECORDS:
                _write_batch(session, encoded, number - len(encoded) + 1)
                encoded = []
        _write_batch(session, encoded, number - len(encoded) + 1)
        return number


def _abort(session: LoadSession, error: BaseException) -> None:
    """Forget the load; what goes wrong with that is noted on the error that ended it."""
    try:
        session.abort()
    except Exception as further:  # noqa: BLE001 -- recorded on the error that is raised
        error.add_note(f"cleaning up failed too: {named(further)}")


def _write_batch(session: LoadSession, encoded: list[object], first: int) -> None:
    source = Batch(encoded, Origin("records"), first, own)
    for refusal in session.write(OutBatch(encoded, source)):
        message = f"record {first + refusal.position}: {refusal.message}; nothing was loaded"
        raise RecordError(message)


def _destination(given: object, *, strict_floats: bool) -> Destination:
    if isinstance(given, Destination):
        if strict_floats:
            message = "strict_floats is for paths; pass it to the destination object instead"
            raise ConfigurationError(message)
        return given
    if not isinstance(given, (str, os.PathLike)):
        message = f"a destination is a path, a URL or a Destination, got {shown(given)}"
        raise ConfigurationError(message)
    path = os.fspath(given)
    if path == "memory:":
        return MemoryDestination()
    plain, compression = split_suffix(path)
    if plain.lower().endswith(JsonLines.suffixes) and compression is None:
        return JsonLinesFile(path, strict_floats=strict_floats)
    known = " or ".join(JsonLines.suffixes)
    message = (
        f"{without_secrets(path)}: cannot tell how to write it; a path that ends in {known} can "
        "be, other formats need a Destination"
    )
    raise ConfigurationError(message)


def _mode(given: str | None, destination: Destination) -> Mode:
    if given is None:
        if destination.default_mode is None:
            message = f"{destination.uri}: say what a load does: mode='append' or another one"
            raise ConfigurationError(message)
        return destination.default_mode
    name = _SHORT_MODES.get(str(given), given)
    if name not in get_args(Mode):
        known = ", ".join(repr(one) for one in get_args(Mode))
        hint = did_you_mean(str(given), get_args(Mode))
        message = f"unknown mode {given!r}{hint}; the modes are {known}"
        raise ConfigurationError(message)
    if name not in destination.modes:
        able = " or ".join(repr(one) for one in destination.modes)
        message = f"{destination.uri}: mode {name!r} is not possible there; use {able}"
        raise ConfigurationError(message)
    return name


def _seconds(given: object) -> float:
    if isinstance(given, (int, float)) and 0 <= given <= MOST_SECONDS:  # NaN is not
        return float(given)
    message = f"wait_seconds is a number from 0 to {MOST_SECONDS}, got {given!r}"
    raise ConfigurationError(message)


def _key(given: object) -> tuple[str, ...]:
    """The names of the fields, of one name, several, or None."""
    names = (given,) if isinstance(given, str) else given or ()
    found = tuple(names) if isinstance(names, Iterable) else (names,)
    if not all(isinstance(name, str) for name in found):
        message = f"key is the name of a field or a list of names, got {given!r}"
        raise ConfigurationError(message)
    return found
