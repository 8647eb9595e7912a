"""Adding whole loads to a file, each exactly once, whatever is killed when."""

from __future__ import annotations

import hashlib
import io
import os

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Literal

from etlkit._files import effects
from etlkit._files.journal import Entry, Journal, held_journal, journal_path
from etlkit._files.locking import open_raw, wait_for
from etlkit._files.naming import naming
from etlkit._files.versions import sha256_of
from etlkit._files.writing import (
    cut_back,
    has_stamp,
    remove_leftovers,
    size_of,
    sync_folder,
    temporary_path,
    write_all,
)
from etlkit.errors import CorruptState, EtlkitError


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit._files.writing import AtomicFile

_CHUNK_BYTES = 1 << 20


def append_once(
    file: AtomicFile, key: Sequence[str], payload: bytes = b"", *, ending: bytes = b"\n"
) -> bool:
    """Add the load to the file of its name, unless a load of this key is in there.

    Says whether it was added; its temporary file is gone either way. A process that is
    killed meanwhile has added all or nothing, once somebody calls this or ``recovered``
    for the file. An error leaves the file as it was, and the load with its owner.

    Raises:
        CorruptState: The journal does not verify, or somebody else wrote into the middle
            of an append that was cut short.
    """
    with held_journal(file.target, name=file.path) as journal:
        recover(journal)
        if held(journal, key) is not None:
            file.discard()
            return False
        append(journal, file, tuple(key), payload, ending=ending)
    return True


def recovered(path: str) -> None:
    """Complete what a killed process began, and remove what it left beside the file.

    Raises:
        CorruptState: As ``append_once`` does.
    """
    with held_journal(path) as journal:
        recover(journal)
        remove_leftovers(journal.target)


def discarded(path: str, mark: str) -> None:
    """Remove the temporary file of this mark, unless it is needed or in use."""
    with held_journal(path) as journal:
        recover(journal)
        remove_leftovers(journal.target, mark=mark)


def kept(path: str, *, looked_for: bool = True) -> dict[tuple[str, ...], bytes]:
    """What is kept with the loads that were added to a file, by their keys, oldest first.

    What a killed process began is completed before; nothing is made where no load was added.

    Args:
        path: The file.
        looked_for: The bytes of each load are looked for, which reads the file.

    Raises:
        CorruptState: As ``append_once`` does.
    """
    if not os.path.exists(journal_path(path)):
        return {}
    with held_journal(path) as journal:
        recover(journal)
        remove_leftovers(journal.target)
        found = journal.counted()
        if looked_for:
            found = {key: entry for key, entry in found.items() if _stands(journal, entry)}
        return {key: entry.payload for key, entry in found.items()}


def kept_with(path: str, key: Sequence[str]) -> bytes | None:
    """What is kept with the load of a key, or None where the file does not have that load.

    What a killed process began is completed before; nothing is made where no load was added.

    Raises:
        CorruptState: As ``append_once`` does.
    """
    if not os.path.exists(journal_path(path)):
        return None
    with held_journal(path) as journal:
        recover(journal)
        remove_leftovers(journal.target)
        entry = held(journal, key)
        return None if entry is None else entry.payload


def held(journal: Journal, key: Sequence[str]) -> Entry | None:
    """The load of a key, if its bytes stand in the file; nothing may be pending.

    Of one whose file was replaced since, the bytes are not looked for.
    """
    entry = journal.counted().get(tuple(key))
    return entry if entry is not None and _stands(journal, entry) else None


def _stands(journal: Journal, entry: Entry) -> bool:
    if journal.was_replaced_after(entry):
        return True
    there = _opened(journal.target)
    if there is None:
        return False
    with there:
        return _fits(there, entry)


def was_added(path: str, key: Sequence[str]) -> bool:
    """Whether the journal knows a load of this key, be it in the file or not."""
    with held_journal(path) as journal:
        return any(entry.key == tuple(key) for entry in journal.entries)


def append(
    journal: Journal, file: AtomicFile, key: tuple[str, ...], payload: bytes, *, ending: bytes
) -> None:
    """Add a load; nothing may be pending.

    From the moment that the journal has it, the load counts: ``file.published`` says so,
    whatever is raised. An error takes it back, and puts the file back to its former length.
    """
    with naming(file.path), ExitStack() as stack:
        file.sync()
        sync_folder(os.path.dirname(journal.target))  # the names of the load and of the journal
        there = _opened(journal.target)
        before = None
        if there is not None:
            stack.enter_context(there)
            wait_for(there.fileno())  # the file may have another name with a journal of its own
            before = os.fstat(there.fileno()).st_size
        lead = _lead(there, ending) if there is not None and file.size_bytes else b""
        entry = _entry("append", file, key=key, offset=before or 0, lead=lead, payload=payload)
        try:
            file.counts = True
            journal.begin(entry)
            if there is None:
                there = stack.enter_context(_made(journal.target, entry.mode))
            _add(there, entry, file.temporary)
            sync_folder(os.path.dirname(journal.target))
        except BaseException as error:  # also Ctrl-C; it goes on below
            _take_back(journal, file, before, error)
            raise
        file.discard()  # first: once it is done, nobody comes to clear it away
        with suppress(OSError):  # whoever finds it undone sees that it is whole
            journal.done()


def replace(journal: Journal, file: AtomicFile) -> None:
    """Put a load in the place of the file; nothing may be pending."""
    if not journal.entries:
        file.publish()
        return
    with naming(file.path):
        try:
            file.sync()  # its time of change is settled then
            before = b"%d" % (size_of(journal.target) or 0)
            journal.begin(_entry("replace", file, payload=before))
            file.publish()
        except BaseException:  # also Ctrl-C; it goes on below
            if not file.published:
                with suppress(OSError):  # whoever finds it undone sees that it has not happened
                    journal.forget()
            raise
        with suppress(OSError):  # or sees that it has
            journal.done()


def _entry(
    act: Literal["append", "replace"],
    file: AtomicFile,
    *,
    key: tuple[str, ...] = (),
    offset: int = 0,
    lead: bytes = b"",
    payload: bytes = b"",
) -> Entry:
    content = file.stamp if act == "replace" else file.sha256 or sha256_of(file.temporary)
    return Entry(
        act, key, offset, lead, file.size_bytes, content, file.mark, file.new_mode, payload
    )


def _opened(target: str) -> io.FileIO | None:
    try:
        return open_raw(target, os.O_RDWR | os.O_APPEND, 0)
    except FileNotFoundError:
        return None


def _made(target: str, mode: int) -> io.FileIO:
    return open_raw(target, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, mode)


def _lead(there: io.FileIO, ending: bytes) -> bytes:
    """What has to come before a load, so that the last line of the file stays a line."""
    size = there.seek(0, os.SEEK_END)
    there.seek(max(size - len(ending), 0))
    return b"" if not size or there.read(len(ending)) == ending else ending


def _add(there: io.FileIO, entry: Entry, spool: str) -> None:
    """Write the load at the end of the file, and make it durable."""
    with open(spool, "rb", buffering=0) as load:
        write_all(there.fileno(), entry.lead)
        while data := load.read(_CHUNK_BYTES):
            write_all(there.fileno(), data)
    effects.fsync(there.fileno())


def _take_back(
    journal: Journal, file: AtomicFile, before: int | None, error: BaseException
) -> None:
    """Undo an append; where that fails it counts, and is completed by whoever comes next."""
    try:
        if size_of(journal.target) != before and not isinstance(error, FileExistsError):
            cut_back(journal.target, before)
        journal.forget()
        file.counts = False
    except (OSError, EtlkitError) as further:
        error.add_note(f"the next run completes it, since taking it back failed: {further}")
    finally:
        if file.counts:
            file.close()


# -- what a killed process left


def recover(journal: Journal) -> None:
    """Complete what was begun, or see that it is whole, or that nothing of it has happened.

    Raises:
        CorruptState: None of these; nothing was changed.
    """
    entry = journal.pending
    if entry is None:
        return
    with naming(journal.target), ExitStack() as stack:
        there = _opened(journal.target)
        if there is not None:
            stack.enter_context(there)
            wait_for(there.fileno())
        size = 0 if there is None else os.fstat(there.fileno()).st_size
        if entry.act == "replace":
            whole = has_stamp(journal.target, entry.content)
            sync_folder(os.path.dirname(journal.target))
            journal.done() if whole else journal.forget()
            return
        if size < entry.offset:  # its owner has cut or removed it, and starts over
            journal.forget()
        elif there is not None and size >= entry.end and _fits(there, entry):
            effects.fsync(there.fileno())
            _finish(journal, entry)
        else:
            _complete(journal, entry, there)


def _complete(journal: Journal, entry: Entry, there: io.FileIO | None) -> None:
    spool = temporary_path(journal.target, entry.mark)
    try:
        with open(spool, "rb", buffering=0) as load:
            _check_spool(journal, entry, load)
            if there is not None:
                _check_tail(journal, entry, there, load)
    except FileNotFoundError as error:
        raise _spoiled(journal, entry, f"the file {spool} that holds it is gone") from error
    with there or _made(journal.target, entry.mode) as target:
        if os.fstat(target.fileno()).st_size > entry.offset:
            effects.truncate(target.fileno(), entry.offset)
        _add(target, entry, spool)
    _finish(journal, entry)


def _finish(journal: Journal, entry: Entry) -> None:
    """Note that the load is in the file; its temporary file goes first, as in ``append``."""
    sync_folder(os.path.dirname(journal.target))
    with suppress(OSError):
        effects.unlink(temporary_path(journal.target, entry.mark))
    journal.done()


def _fits(there: io.FileIO, entry: Entry) -> bool:
    """Whether the load stands at its place."""
    there.seek(entry.offset)
    return there.read(len(entry.lead)) == entry.lead and (
        _sha256(there, entry.size_bytes) == entry.content
    )


def _sha256(file: io.FileIO, size_bytes: int) -> str:
    """Of the next bytes."""
    digest = hashlib.sha256()
    while size_bytes and (data := file.read(min(size_bytes, _CHUNK_BYTES))):
        digest.update(data)
        size_bytes -= len(data)
    return digest.hexdigest()


def _check_spool(journal: Journal, entry: Entry, load: io.FileIO) -> None:
    size = os.fstat(load.fileno()).st_size
    if size != entry.size_bytes or _sha256(load, size) != entry.content:
        raise _spoiled(journal, entry, f"the file {load.name} that holds it was changed")
    load.seek(0)


def _check_tail(journal: Journal, entry: Entry, there: io.FileIO, load: io.FileIO) -> None:
    """Look whether what stands behind the old content is a beginning of the load.

    A loss of power may have left zeros in place of bytes that were not forced to disk yet.
    """
    size = os.fstat(there.fileno()).st_size
    there.seek(entry.offset)
    expected = entry.lead + load.read(_CHUNK_BYTES)
    while expected and (found := there.read(len(expected))):
        if found != expected[: len(found)] and not all(map(_may_be, found, expected)):
            raise _spoiled(journal, entry, f"{journal.target} has other bytes in its place")
        expected = expected[len(found) :] or load.read(_CHUNK_BYTES)
    if size > entry.end:
        raise _spoiled(journal, entry, f"{journal.target} goes on behind its place")


def _may_be(found: int, expected: int) -> bool:
    return found in {0, expected}


def _spoiled(journal: Journal, entry: Entry, why: str) -> CorruptState:
    message = (
        f"{journal.target}: a process was killed while it added {entry.size_bytes} byte(s) behind "
        f"the first {entry.offset}, and that cannot be completed: {why}. Nothing was changed. "
        f"Make the file what it should be and remove {journal.path}; loads that were added "
        "before are not recognised any more then"
    )
    return CorruptState(message)
