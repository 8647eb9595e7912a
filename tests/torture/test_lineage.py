"""A run with lineage that is killed before any change of a file, and done again."""

from __future__ import annotations

import os
import shutil
import signal

from functools import partial
from pathlib import Path

import pytest

from etlkit import DataLoader, ETLPipelineService, FileSource, Quarantine
from etlkit._files import effects
from etlkit.retry import NO_RETRY
from etlkit.testing.processes import KILLED, run
from etlkit.transformations import Filter
from torture.sweeps import REPORTS, Report, sample


pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

RECORDS = 9
BAD = 4
DROPPED = 6
MOST = 8


def service(folder: Path, out: str, mode: str) -> ETLPipelineService:
    """A service with a job that keeps lineage."""
    made = ETLPipelineService(folder / "state")
    made.create_pipeline(
        "copy",
        folder / "in.jsonl",
        Filter(lambda record: record["seq"] != DROPPED, name="some"),
        DataLoader(f"{folder}/{out}", mode),
        on_error=Quarantine(),
        lineage=True,
        retry=NO_RETRY,
    )
    return made


def prepare(folder: Path) -> None:
    """A source with a bad line."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines = [f'{{"seq":{seq}}}\n' if seq != BAD else "bad\n" for seq in range(1, RECORDS + 1)]
    (folder / "in.jsonl").write_text("".join(lines))


def work(folder: Path, out: str, mode: str, *, die_at: int = 0, count: Path | None = None) -> None:
    """Run the job; die before the change of a file of this number."""
    seen = 0

    def hook(effect: str, where: str | int) -> None:
        nonlocal seen
        seen += 1
        if seen == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    effects.before_each(hook)
    service(folder, out, mode).run("copy", "the key").raise_if_failed()
    effects.before_each(None)
    if count is not None:
        count.write_text(str(seen))


def wrong(folder: Path, out: str, mode: str) -> list[str]:
    """Where lineage, destination, quarantine and the files on disk do not agree."""
    asked = service(folder, out, mode)
    loaded = [record["seq"] for record in FileSource(f"{folder}/{out}").extract()]
    rows = asked.lineage.sql("SELECT record_no FROM hms_lineage ORDER BY record_no")
    traced = [row["record_no"] for row in rows]
    found = [row.record_no for seq in loaded for row in asked.lineage.find(record={"seq": seq})]
    answers = [asked.why(folder / "in.jsonl", seq).answer for seq in (1, BAD, DROPPED)]
    named = {Path(load.kept.path).name for load in asked.lineage.loads()}
    there = {path.name for path in (folder / "state/lineage").iterdir()} - {"index.db"}
    expected = [seq for seq in range(1, RECORDS + 1) if seq not in (BAD, DROPPED)]
    claims = {
        f"loaded are {loaded}": loaded == expected,
        f"the view has {traced}": traced == expected,
        f"found are {found}": found == expected,
        f"the answers are {answers}": answers == ["loaded", "rejected", "filtered"],
        f"left behind: {there - named}, missing: {named - there}": there == named,
    }
    return [claim for claim, holds in claims.items() if not holds]


@pytest.mark.parametrize(
    ("out", "mode"),
    [("out.jsonl", "replace"), ("out.jsonl", "append"), ("out/", "append")],
    ids=["file-replace", "file-append", "dataset-append"],
)
def test_a_run_with_lineage_is_killed_before_any_change_of_a_file(
    out: str, mode: str, tmp_path: Path
) -> None:
    """Done again, lineage agrees with what was loaded, and no file of a dead attempt is left."""
    notes, folder = tmp_path / "notes", tmp_path / "work"
    notes.mkdir()
    prepare(folder)
    run(partial(work, folder, out, mode, count=tmp_path / "count"), notes)
    points = range(1, int((tmp_path / "count").read_text()) + 1)
    report = Report(f"lineage of {mode} into {out} killed before an effect", len(points))
    REPORTS.append(report)

    for number in sample(points, MOST, report.name):
        prepare(folder)
        ending = run(partial(work, folder, out, mode, die_at=number), notes)
        found = [] if ending.status == KILLED else [f"was not killed: {ending}"]
        again = [run(partial(work, folder, out, mode), notes) for _ in range(2)]
        found += [f"a later run failed: {each}" for each in again if each.status]
        report.add(number, [*found, *wrong(folder, out, mode)])

    assert not report.violations, report.shown()
