"""Which entries of the quarantine are meant: checked, so that a slip does not choose nothing."""

from __future__ import annotations

import os

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, get_args

from attrs import fields

from etlkit._files.paths import parent_of
from etlkit._files.versions import full_name
from etlkit._words import did_you_mean, nearest, shown
from etlkit.errors import ConfigurationError, UnknownJob
from etlkit.jobs.shown import ShownEntry
from etlkit.state.entries import EntryFilter, EntryStatus, QuarantineEntry


if TYPE_CHECKING:
    from collections.abc import Collection

    from etlkit.state.store import StateStore

STATUSES: tuple[EntryStatus, ...] = get_args(EntryStatus)

_NUMBERS = {"record_no": 1, "limit": 0}
_TIMES = ("since", "until")


class Choice(TypedDict, total=False):
    """Which entries are meant, but by their ids; see :class:`~etlkit.state.EntryFilter`."""

    job_id: str
    run_id: str
    status: EntryStatus
    uri: str | os.PathLike[str]
    record_no: int
    stage: str
    step: str
    rule: str
    since: datetime
    until: datetime
    limit: int


class Filters(Choice, total=False):
    """Which entries are meant; see :class:`~etlkit.state.EntryFilter`."""

    ids: Iterable[str | QuarantineEntry]


def ids_of(given: object) -> tuple[str, ...]:
    """The ids of one entry or of several, each given as it is or by its id.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, (str, QuarantineEntry, ShownEntry)):
        return (_id_of(given),)
    if isinstance(given, Iterable):
        return tuple(map(_id_of, given))
    return (_id_of(given),)


def _id_of(given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, QuarantineEntry):
        return given.id
    if isinstance(given, ShownEntry):
        return given.entry.id
    message = f"entries are given as list() gives them, or by their ids, got {shown(given)}"
    raise ConfigurationError(message)


def check_status(status: object) -> None:
    """Look whether there is such a status.

    Raises:
        ConfigurationError: There is none.
    """
    if status not in STATUSES:
        hint = did_you_mean(status, STATUSES) if isinstance(status, str) else ""
        message = f"there is no status {shown(status)}{hint}; they are {', '.join(STATUSES)}"
        raise ConfigurationError(message)


def filter_of(which: Mapping[str, Any], state: StateStore, jobs: Collection[str]) -> EntryFilter:
    """The filter of these arguments.

    Args:
        which: The arguments; those that are None do not matter.
        state: Has the entries.
        jobs: The ids of the jobs that are registered.

    Raises:
        ConfigurationError: There is no such filter, or it cannot be meant.
        UnknownJob: Nobody knows the job.
    """
    known = [each.name for each in fields(EntryFilter)]
    for name, value in which.items():
        if name not in known:
            hint = did_you_mean(name, known)
            message = f"the quarantine has no filter {name!r}{hint}; they are {', '.join(known)}"
            raise ConfigurationError(message)
        if value is not None:
            _check(name, value)
    meant = {name: value for name, value in which.items() if value is not None}
    if "ids" in meant:
        meant["ids"] = ids_of(meant["ids"])
    if "job_id" in meant:
        _check_job(meant["job_id"], state, jobs)
    if "uri" in meant:
        meant = _with_file(meant, os.fspath(meant["uri"]), state)
    return EntryFilter(**meant)


def _check(name: str, value: Any) -> None:
    """Look at one filter."""
    if name in _TIMES:
        fits = isinstance(value, datetime) and value.tzinfo is not None
        what = "a datetime with a time zone"
    elif name in _NUMBERS:
        fits = type(value) is int and value >= _NUMBERS[name]
        what = f"a number from {_NUMBERS[name]} on"
    elif name == "status":
        check_status(value)
        return
    else:
        fits = name == "ids" or isinstance(value, str)
        fits = fits or (name == "uri" and isinstance(value, os.PathLike))
        what = "a text"
    if not fits:
        message = f"{name} is {what}, got {shown(value)}"
        raise ConfigurationError(message)


def _check_job(job_id: str, state: StateStore, jobs: Collection[str]) -> None:
    if job_id in jobs or next(state.commits(job_id), None) is not None:
        return
    known = sorted({*jobs, *state.count(EntryFilter(), "job_id")})
    if job_id not in known:
        listed = ", ".join(map(repr, known)) or "none yet"
        message = f"there is no job {job_id!r}{did_you_mean(job_id, known)}; known are: {listed}"
        raise UnknownJob(message)


def _with_file(which: dict[str, Any], file: str, state: StateStore) -> dict[str, Any]:
    """The filters with the names that entries have of a file, which may be given in full."""
    known = state.count(EntryFilter(), "uri")
    full = full_name(file)
    names = [name for name in known if name == file or full_name(name) == full]
    if len(names) > 1:  # of runs in several folders
        found = (state.entries(EntryFilter(uri=name)) for name in names)
        ids = {each.id for entries in found for each in entries}
        wanted = ids if "ids" not in which else ids & {*which["ids"]}
        return {**which, "uri": None, "ids": tuple(sorted(wanted))}
    if not names:
        _check_file(file, full, known, state)
    return {**which, "uri": names[0] if names else file}


def _check_file(file: str, full: str, known: Iterable[str], state: StateStore) -> None:
    """Look whether the name of a file without entries is a slip of the pen."""
    ends = {parent_of(each)[1]: each for each in known}
    near = nearest(parent_of(file)[1], ends)
    if near is None or near == parent_of(file)[1]:
        return
    inputs = (each.uri for one in state.commits() for each in one.record.position.inputs)
    if not any(full_name(uri) == full for uri in inputs):
        message = (
            f"no entry is of {file!r}, and no run has read such a file; did you mean "
            f"{ends[near]!r}?"
        )
        raise ConfigurationError(message)
