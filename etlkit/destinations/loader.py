"""DataLoader: a destination, and how records go into it."""

from __future__ import annotations

import os

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, get_args

from etlkit._clock import SYSTEM_CLOCK
from etlkit._words import did_you_mean, named, shown
from etlkit.destinations.destination import Destination
from etlkit.destinations.files import FileDestination, local_file
from etlkit.destinations.memory import MemoryDestination
from etlkit.errors import ConfigurationError, RecordError
from etlkit.formats.choice import writer_for
from etlkit.formats.values import too_deep
from etlkit.records import Batch, Origin, OutBatch, Unfit, expect_records, own
from etlkit.runs.commit import CommitRecord
from etlkit.runs.context import Load, Mode, RunContext, new_run_id, random_mark
from etlkit.runs.tally import Tally


if TYPE_CHECKING:
    from etlkit.destinations.destination import LoadSession
    from etlkit.formats.writer import Writer
    from etlkit.records import Record

BATCH_RECORDS = 1000
MOST_SECONDS = 1_000_000  # eleven days; what a lock of threading takes ends somewhere
_SHORT_MODES = {"w": "replace", "a": "append"}


class DataLoader:
    """Loads records into a destination.

    Args:
        destination: A path that ends in ``.jsonl``, ``.ndjson``, ``.json``, ``.csv``,
            ``.tsv`` or ``.tab``, and then perhaps in ``.gz``, ``.bz2``, ``.xz`` or
            ``.zst``; one that ends in ``/``, for a dataset of parts; ``"memory:"``; or a
            :class:`~etlkit.destinations.Destination`.
        mode: ``"replace"`` (or ``"w"``), ``"append"`` (or ``"a"``), ``"upsert"``, and for
            datasets with partitions ``"replace-partition"``. Files and datasets are
            replaced unless told otherwise.
        key: Field or fields that identify a record, for ``"upsert"``.
        format: What to write, whatever the suffix: ``"jsonl"``, ``"json"``, ``"csv"`` or
            ``"tsv"``. This, ``compression`` and ``options`` are for paths; a destination
            object has its own.
        compression: ``"gzip"``, ``"bz2"``, ``"xz"``, ``"zstd"`` or None, whatever the suffix.
        allow_empty: Let a replace publish nothing although records were read.
        wait_seconds: How long a run waits for another one that holds the destination.
        options: Options of the format, such as ``columns=[...]`` of CSV or
            ``strict_floats=True`` of JSON; see :class:`~etlkit.destinations.FileDestination`.
            For a dataset also ``partition_by`` and the others of
            :class:`~etlkit.destinations.DatasetDestination`.

    Raises:
        ConfigurationError: The destination cannot be told from the path, or cannot do
            the mode, or the key does not go with the mode, or an option is unknown.

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
        format: str | Writer | None = None,  # noqa: A002 -- as in FileSource
        compression: str | None = "infer",
        allow_empty: bool = False,
        wait_seconds: float = 60.0,
        **options: object,
    ) -> None:
        self.destination = _destination(destination, format, compression, options)
        self.mode = _mode(mode, self.destination)
        self.key = _key(key)
        self.allow_empty = allow_empty
        self.wait_seconds = _seconds(wait_seconds)
        if self.key and self.mode != "upsert":
            message = f"key={shown(key)} is for mode='upsert'; the mode is {self.mode!r}"
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
        mode is ``"replace"``. What a run would warn of is logged.

        Raises:
            ConfigurationError: It is no iterable of records, such as a path or a data frame.
            RecordError: A record cannot be encoded; nothing was loaded.
            EtlkitError: The destination cannot be written; it is as it was.
        """
        expect_records(records, "load")
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
            except BaseException as error:  # also Ctrl-C; it goes on below
                if not session.committed:
                    _abort(session, error)
                raise
        _log(destination.uri, written.remarks)
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


def _log(uri: str, remarks: Sequence[str]) -> None:
    """Say what the user should know; there is no result to keep it."""
    if not remarks:
        return
    import logging

    logger = logging.getLogger("etlkit.destinations")
    for remark in remarks:
        logger.warning("%s: %s", uri, remark, extra={"action": "load_remark"})


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


def _destination(
    given: object, kind: str | Writer | None, compression: str | None, options: dict[str, object]
) -> Destination:
    if isinstance(given, Destination):
        _refuse_options(kind, compression, options)
        return given
    if not isinstance(given, (str, os.PathLike)):
        hint = "; 'memory:' collects records in a list" if isinstance(given, list) else ""
        message = f"a destination is a path, a URL or a Destination, got {shown(given)}{hint}"
        raise ConfigurationError(message)
    if os.fspath(given) == "memory:":
        _refuse_options(kind, compression, options)
        return MemoryDestination()
    path = local_file(given)
    if path.endswith("/"):
        from etlkit.destinations.dataset.destination import DatasetDestination

        dataset: Callable[..., Destination] = DatasetDestination  # which checks each option
        return dataset(path, format=kind, compression=compression, **options)
    writer = writer_for(path, kind, options, also=_ARGUMENTS)
    return FileDestination(path, format=writer, compression=compression)


_ARGUMENTS = ("allow_empty", "compression", "format", "key", "mode", "wait_seconds")


def _refuse_options(kind: object, compression: object, options: dict[str, object]) -> None:
    """What is said of a file has no meaning for a destination that is none, or is made already."""
    names = sorted(options)
    names += [] if kind is None else ["format"]
    names += [] if compression == "infer" else ["compression"]
    if not names:
        return
    near = [did_you_mean(name, _ARGUMENTS) for name in options]
    message = (
        f"{', '.join(names)}: only for the path of a file{''.join(near[:1])}; a destination object "
        "has the options that it was made with"
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
        message = f"unknown mode {shown(given)}{hint}; the modes are {known}"
        raise ConfigurationError(message)
    if name not in destination.modes:
        able = " or ".join(repr(one) for one in destination.modes)
        only = "" if name != "replace-partition" else _ONLY_PARTITIONED
        message = f"{destination.uri}: mode {name!r} is not possible there; use {able}{only}"
        raise ConfigurationError(message)
    return name


_ONLY_PARTITIONED = "; it is for datasets with partition_by=, the fields that name the partitions"


def _seconds(given: object) -> float:
    if isinstance(given, (int, float)) and 0 <= given <= MOST_SECONDS:  # NaN is not
        return float(given)
    message = f"wait_seconds is a number from 0 to {MOST_SECONDS}, got {shown(given)}"
    raise ConfigurationError(message)


def _key(given: object) -> tuple[str, ...]:
    """The names of the fields, of one name, several, or None."""
    names = (given,) if isinstance(given, str) else given or ()
    found = tuple(names) if isinstance(names, Iterable) else (names,)
    if not all(isinstance(name, str) for name in found):
        message = f"key is the name of a field or a list of names, got {shown(given)}"
        raise ConfigurationError(message)
    return found
