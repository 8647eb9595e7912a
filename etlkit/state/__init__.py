"""What is remembered of runs: attempts and commits, rejected records, the log of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit._lazy import lazy_names


if TYPE_CHECKING:
    from etlkit.state.entries import EntryFilter, QuarantineEntry, StatusEvent
    from etlkit.state.kept_records import KeptRecord
    from etlkit.state.lineage.loads import LineageLoad
    from etlkit.state.lineage.questions import Lineage, LineageRow
    from etlkit.state.memory import MemoryState
    from etlkit.state.quarantine import Quarantine
    from etlkit.state.rebuilding import Rebuilt, rebuild
    from etlkit.state.result_log import ResultLog
    from etlkit.state.sqlite.rebuilding import rebuild_state
    from etlkit.state.sqlite.store import SqliteState
    from etlkit.state.store import OpenAttempt, Settled, StateStore

__all__ = [
    "EntryFilter",
    "KeptRecord",
    "Lineage",
    "LineageLoad",
    "LineageRow",
    "MemoryState",
    "OpenAttempt",
    "Quarantine",
    "QuarantineEntry",
    "Rebuilt",
    "ResultLog",
    "Settled",
    "SqliteState",
    "StateStore",
    "StatusEvent",
    "rebuild",
    "rebuild_state",
]

_HOMES = {
    "EntryFilter": "etlkit.state.entries",
    "KeptRecord": "etlkit.state.kept_records",
    "Lineage": "etlkit.state.lineage.questions",
    "LineageLoad": "etlkit.state.lineage.loads",
    "LineageRow": "etlkit.state.lineage.questions",
    "MemoryState": "etlkit.state.memory",
    "OpenAttempt": "etlkit.state.store",
    "Quarantine": "etlkit.state.quarantine",
    "QuarantineEntry": "etlkit.state.entries",
    "Rebuilt": "etlkit.state.rebuilding",
    "ResultLog": "etlkit.state.result_log",
    "Settled": "etlkit.state.store",
    "SqliteState": "etlkit.state.sqlite.store",
    "StateStore": "etlkit.state.store",
    "StatusEvent": "etlkit.state.entries",
    "rebuild": "etlkit.state.rebuilding",
    "rebuild_state": "etlkit.state.sqlite.rebuilding",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
