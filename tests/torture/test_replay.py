"""A replay that is killed before any change of a file, and done again."""

from __future__ import annotations

import os
import shutil
import signal

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLPipelineService, FileSource, Quarantine
from etlkit._files import effects
from etlkit.retry import NO_RETRY
from etlkit.testing.processes import KILLED, run, start
from etlkit.transformations import Map
from torture.sweeps import REPORTS, Report, sample


RECORDS = 9
BAD = (2, 3, 5)
HOPELESS = 5
MOST = 24


def strict(record: dict[str, Any]) -> dict[str, Any]:
    """What the job did at first."""
    if record["seq"] in BAD:
        raise ValueError(record["seq"])
    return record


def mended(record: dict[str, Any]) -> dict[str, Any]:
    """What it does now: one record is still bad."""
    if record["seq"] == HOPELESS:
        raise ValueError(record["seq"])
    return record


def service(folder: Path, step: Callable[..., Any], out: str) -> ETLPipelineService:
    """A service with the job."""
    made = ETLPipelineService(folder / "state")
    made.create_pipeline(
        "copy",
        folder / "in.jsonl",
        Map(step),
        DataLoader(f"{folder}/{out}", "append"),
        on_error=Quarantine(to=folder / "rejected.jsonl"),
        retry=NO_RETRY,
    )
    return made


def prepare(folder: Path, out: str) -> None:
    """A run has rejected three records."""
    folder.mkdir()
    lines = "".join(f'{{"seq":{seq}}}\n' for seq in range(RECORDS))
    (folder / "in.jsonl").write_text(lines)
    service(folder, strict, out).run("copy").raise_if_failed()


def replay(folder: Path, out: str, *, killed_at: int = 0, counted: Path | None = None) -> None:
    """Replay what is open; die before the change of a file of this number."""
    seen: list[str] = []

    def hook(effect: str, where: str | int) -> None:
        seen.append(f"{effect} {where}")
        if len(seen) == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    effects.before_each(hook)
    service(folder, mended, out).quarantine.replay(max_replays=9).raise_if_failed()
    effects.before_each(None)
    if counted is not None:
        counted.write_text(str(len(seen)))


def wrong(folder: Path, out: str) -> list[str]:
    """What is not as it should be after the replay."""
    found = []
    seqs = sorted(record["seq"] for record in FileSource(f"{folder}/{out}").extract())
    if seqs != [seq for seq in range(RECORDS) if seq != HOPELESS]:
        found.append(f"loaded are {seqs}")
    statuses = service(folder, mended, out).quarantine.count("status")
    if statuses != {"open": 1, "replayed": 2}:
        found.append(f"entries are {statuses}")
    lines = FileSource(folder / "rejected.jsonl").extract()
    told = sorted((line["record_no"], line["run_id"]) for line in lines)
    if len(set(told)) < len(told):
        found.append(f"the user's file tells something twice: {told}")
    view = service(folder, mended, out).quarantine
    attempts = {entry.record_no: entry.attempts for entry in view.list()}
    if Counter(number for number, _ in told) != attempts:
        found.append(f"the user's file does not tell each rejection: {told}, {attempts}")
    return found


@pytest.mark.parametrize("out", ["out/", "out.jsonl"])
def test_a_replay_is_killed_before_any_change_of_a_file(out: str, tmp_path: Path) -> None:
    """Done again, each record is loaded once and each entry marked once; a third one is idle."""
    notes, ready, folder = tmp_path / "notes", tmp_path / "ready", tmp_path / "work"
    notes.mkdir()
    prepare(ready, out)
    shutil.copytree(ready, folder)
    run(partial(replay, folder, out, counted=tmp_path / "count"), notes)
    points = range(1, int((tmp_path / "count").read_text()) + 1)
    report = Report(f"replay into {out} killed before an effect", len(points))
    REPORTS.append(report)

    for number in sample(points, MOST, report.name):
        shutil.rmtree(folder)
        shutil.copytree(ready, folder)
        ending = run(partial(replay, folder, out, killed_at=number), notes)
        found = [] if ending.status == KILLED else [f"was not killed: {ending}"]
        again = [run(partial(replay, folder, out), notes) for _ in range(2)]
        found += [f"a later replay failed: {each}" for each in again if each.status]
        report.add(number, [*found, *wrong(folder, out)])

    assert not report.violations, report.shown()


@pytest.mark.parametrize("out", ["out/", "out.jsonl"])
def test_replays_of_several_processes_load_each_record_once(out: str, tmp_path: Path) -> None:
    """Whoever comes second sees under the lock that others have been at the entries."""
    notes, folder = tmp_path / "notes", tmp_path / "work"
    notes.mkdir()
    prepare(folder, out)

    names = ["one", "two", "three", "four"]
    workers = [start(partial(replay, folder, out), notes, name=name) for name in names]
    endings = [worker.ended() for worker in workers]

    assert [ending.status for ending in endings] == [0] * 4, endings
    assert wrong(folder, out) == []
