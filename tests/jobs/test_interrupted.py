"""Ctrl-C at any moment of a run leaves a clean state, and the next run is as any other."""

from __future__ import annotations

import sys

from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from etlkit import DataLoader, ETLPipelineService, FileSource, Quarantine
from etlkit.destinations import MemoryDestination
from etlkit.transformations import Map


OLD = '{"old":1}\n'
NEW = '{"n":2}\n{"n":4}\n'
MOMENTS = [
    "etlkit.sources.files.FileSource.check",
    "etlkit._files.locking.try_lock",
    "etlkit._files.writing.remove_leftovers",
    "etlkit._files.writing._held",
    "etlkit._files.writing.wait_for",
    "etlkit.state.rejected.RejectedFile.add",
    "etlkit.destinations.files._FileSession.write",
    "etlkit.destinations.files._FileSession.prepare",
    "etlkit.destinations.files._FileSession.commit",
    "etlkit._files.writing.AtomicFile.publish",
    "etlkit._files.journal.held_journal",
    "etlkit._files.journal.Journal.begin",
    "etlkit._files.journal.Journal.done",
    "etlkit._files.appending.recover",
    "etlkit._files.appending.append",
    "etlkit._files.appending._add",
    "etlkit._files.effects.write",
    "etlkit._files.effects.fsync",
    "etlkit._files.writing.sync_folder",
]


@pytest.fixture
def interrupted_in() -> Any:
    """Runs a function and presses Ctrl-C when the function of this name is called."""

    def run(place: str, work: Callable[[], Any]) -> BaseException | None:
        def watch(frame: FrameType, event: str, _: object) -> None:
            code = frame.f_code
            if event == "call" and place == f"{frame.f_globals.get('__name__')}.{code.co_qualname}":
                sys.setprofile(None)
                raise KeyboardInterrupt

        sys.setprofile(watch)
        try:
            work()
        except KeyboardInterrupt as error:
            return error  # whoever keeps its traceback keeps every variable of the run, too
        finally:
            sys.setprofile(None)
        return None

    return run


@pytest.fixture
def service(tmp_path: Path) -> ETLPipelineService:
    """One with a state folder, and a file with one bad record."""
    (tmp_path / "in.jsonl").write_text('{"n":1}\n{"n":"x"}\n{"n":3}\n')
    (tmp_path / "out.jsonl").write_text(OLD)
    return ETLPipelineService(tmp_path / "state")


def create(service: ETLPipelineService, destination: object, mode: str) -> None:
    """A pipeline that adds one to each number, as a cell of a notebook makes it."""
    step = Map(lambda record: {"n": record["n"] + 1}, name="add one")
    service.create_pipeline(
        "numbers",
        FileSource(Path(service.root).parent / "in.jsonl"),
        step,
        DataLoader(destination, mode, wait_seconds=0),
        on_error=Quarantine(),
        replace=True,
    )


def left(folder: Path) -> list[str]:
    """Files that nobody asked for."""
    return [path.name for path in folder.rglob(".*")]


@pytest.mark.parametrize("mode", ["replace", "append"])
@pytest.mark.parametrize("place", MOMENTS)
def test_a_run_into_a_file_is_interrupted_and_run_again(
    place: str,
    mode: str,
    service: ETLPipelineService,
    tmp_path: Path,
    interrupted_in: Any,
) -> None:
    """The file is the old one or the new one, and nothing is left beside it after the next run."""
    out = tmp_path / "out.jsonl"
    create(service, out, mode)

    error = interrupted_in(place, lambda: service.run("numbers"))
    between = out.read_text()
    create(service, out, mode)
    result = service.run("numbers")

    assert between in {OLD, NEW, OLD + NEW}
    assert result.rows_loaded == 2
    assert [str(one.status) for one in service.history()][: 1 + bool(error)] in (
        ["completed"],
        ["completed", "interrupted"],
    )
    assert left(tmp_path) == [".out.jsonl.journal"] * (mode == "append")


@pytest.mark.parametrize(
    "place",
    [
        "etlkit.destinations.memory.MemoryDestination._taken_as",
        "etlkit.destinations.memory.MemoryDestination.open",
        "etlkit.destinations.memory._MemorySession.write",
        "etlkit.destinations.memory._MemorySession.commit",
    ],
)
def test_a_run_into_memory_is_interrupted_and_run_again(
    place: str, service: ETLPipelineService, interrupted_in: Any
) -> None:
    """The destination is free at once, although the notebook still has the traceback."""
    memory = MemoryDestination()
    create(service, memory, "replace")

    error = interrupted_in(place, lambda: service.run("numbers"))
    result = service.run("numbers")

    assert error is not None
    assert result.rows_loaded == 2
    assert memory.records == [{"n": 2}, {"n": 4}]
    assert [str(one.status) for one in service.history()] == ["completed", "interrupted"]


def test_ctrl_c_right_after_the_destination_was_taken_lets_it_go(
    service: ETLPipelineService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no moment between taking it and noting that down."""
    memory = MemoryDestination()
    create(service, memory, "replace")
    take = MemoryDestination._taken_as

    def take_and_stop(self: MemoryDestination, holder: Any) -> bool:
        take(self, holder)
        raise KeyboardInterrupt

    monkeypatch.setattr(MemoryDestination, "_taken_as", take_and_stop)
    with pytest.raises(KeyboardInterrupt) as kept:
        service.run("numbers")
    monkeypatch.undo()

    result = service.run("numbers")

    assert kept.value.__traceback__ is not None
    assert result.rows_loaded == 2
