"""A file has each load exactly once, and no load takes away what it has not seen."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from attrs import evolve

from etlkit import DataLoader, ETLJob, RecordsSource
from etlkit.destinations import FileDestination
from etlkit.errors import CommitLost, CorruptState
from etlkit.records import Batch, Origin, OutBatch
from etlkit.runs import CommitRecord, Load, RunContext, Tally
from etlkit.runs.context import random_mark


OLD = '{"id":0}\n'
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A file that holds one old record."""
    path = tmp_path / "out.jsonl"
    path.write_text(OLD)
    return path


def run_of(key: str) -> RunContext:
    """An attempt at a key."""
    return RunContext("j", f"run {key}", key, 1, random_mark(), NOW)


class Attempt:
    """A load of one record that may be committed."""

    def __init__(self, path: Path, key: str, mode: Any, record: Any = None, **options: Any) -> None:
        self.destination = FileDestination(path, **options)
        self.run = run_of(key)
        self.session = self.destination.open(Load(self.run, mode))
        records = [{"key": key} if record is None else record]
        encode = self.destination.encoder().encode
        items = [encode(each) for each in records]
        self.session.write(OutBatch(items, Batch([], Origin("x"), 1, dict)))
        written = self.session.prepare()
        self.record = CommitRecord(self.run, mode, written, Tally(), None, NOW)

    def commit(self) -> CommitRecord:
        """Publish the load."""
        self.session.commit(self.record)
        return self.record


def find(path: Path, key: str, *intended: CommitRecord) -> CommitRecord | None:
    """What the destination knows of a key."""
    return FileDestination(path).find_commit(run_of(key), intended)


def test_a_run_key_is_appended_once(out: Path) -> None:
    """The second run of a key is skipped, and reads nothing."""
    job = ETLJob("j", "J", RecordsSource([{"id": 1}]), None, DataLoader(out, "append"))

    results = [job.execute(key) for key in ("monday", "monday", "tuesday")]

    assert [str(result.status) for result in results] == ["completed", "skipped", "completed"]
    assert out.read_text() == OLD + '{"id":1}\n' * 2


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv"])
def test_the_record_of_an_append_is_in_the_journal(suffix: str, tmp_path: Path) -> None:
    """As it was committed, with size and hash of what was added."""
    path = tmp_path / f"out{suffix}"

    record = Attempt(path, "one", "append").commit()

    (part,) = record.written.parts
    assert find(path, "one") == record
    assert find(path, "two") is None
    assert list(FileDestination(path).commits()) == [record]
    assert (part.size_bytes, len(part.sha256 or "")) == (path.stat().st_size, 64)


def test_another_job_may_have_the_same_key(out: Path) -> None:
    """It is different work."""
    Attempt(out, "one", "append").commit()

    found = FileDestination(out).find_commit(evolve(run_of("one"), job_id="other"))

    assert found is None


def test_a_replace_is_found_by_what_was_about_to_be_committed(out: Path) -> None:
    """The state remembers what the file would be; the newest that it is counts."""
    earlier = Attempt(out, "one", "replace")
    lost = earlier.record
    earlier.session.abort()
    record = Attempt(out, "one", "replace").commit()

    found = find(out, "one", lost, record), find(out, "two", record), find(out, "one", lost)

    assert found == (record, None, None)
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("change", ["write_text", "unlink"])
def test_a_replace_that_somebody_has_undone_is_not_found(change: str, out: Path) -> None:
    """The file is not what was published."""
    record = Attempt(out, "one", "replace").commit()
    changes: dict[str, Callable[[], object]] = {
        "write_text": lambda: out.write_text("{}\n"),
        "unlink": out.unlink,
    }
    changes[change]()

    found = find(out, "one", record)

    assert found is None


def test_a_replace_is_found_by_its_hash_where_that_is_known(out: Path) -> None:
    """Other versions of etlkit may have noted it."""
    record = Attempt(out, "one", "replace").commit()
    sha256 = "1a4cbed62f1f3a6c1c0d2c1d2d2b7f8b0b5a3a4d6f1f3a6c1c0d2c1d2d2b7f8b"
    parts = [evolve(record.written.parts[0], stamp=None, sha256=sha256)]
    other = evolve(record, written=evolve(record.written, parts=parts))

    found = find(out, "one", other)

    assert found is None


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_what_killed_attempts_left_is_removed_by_their_nonce(mode: Any, out: Path) -> None:
    """The temporary file goes once nobody holds it."""
    attempt = Attempt(out, "one", mode)
    nonce, name = attempt.run.nonce, f".out.jsonl.{attempt.run.nonce}.tmp"
    attempt.destination.discard(nonce)
    held = (out.parent / name).exists()
    attempt.session._file.close()  # type: ignore[attr-defined]

    attempt.destination.discard(nonce)

    assert held
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]


# -- what others do meanwhile


def replaced(path: Path) -> None:
    """Another run replaces the file."""
    Attempt(path, "other", "replace").commit()


def appended(path: Path) -> None:
    """Another run adds to the file."""
    Attempt(path, "other", "append").commit()


def edited(path: Path) -> None:
    """A user writes into the file by hand."""
    path.write_text("{}\n")


def removed(path: Path) -> None:
    """A user removes the file."""
    path.unlink()


LOST = "somebody else has changed or removed the file since the load began"


@pytest.mark.parametrize(
    ("mode", "change"),
    [
        *[("replace", change) for change in (replaced, appended, edited, removed)],
        *[("append", change) for change in (replaced, edited, removed)],
    ],
)
def test_a_load_that_began_with_another_file_is_lost(
    mode: str, change: Callable[[Path], None], out: Path
) -> None:
    """No lock is held here; the commit is safe without it, and nothing is left."""
    attempt = Attempt(out, "late", mode)
    change(out)
    before = out.read_text() if out.exists() else None

    with pytest.raises(CommitLost) as caught:
        attempt.commit()

    attempt.session.abort()
    assert str(caught.value) == f"{out}: {LOST}, so nothing of it was published; run it again"
    assert (out.read_text() if out.exists() else None) == before
    assert not list(out.parent.glob("*.tmp"))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_two_appends_to_a_file_with_lines_are_both_there(suffix: str, tmp_path: Path) -> None:
    """Lines may be added behind other lines."""
    path = tmp_path / f"out{suffix}"
    Attempt(path, "first", "append").commit()
    late = Attempt(path, "late", "append")
    Attempt(path, "early", "append").commit()

    late.commit()

    assert [record.run.run_key for record in late.destination.commits()] == [
        *("first", "early", "late")
    ]
    assert len(path.read_text().splitlines()) == 3 + (suffix == ".csv")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl.gz"])
def test_two_appends_that_both_begin_a_file_are_not(suffix: str, tmp_path: Path) -> None:
    """It has one header; what is compressed cannot be looked at again."""
    path = tmp_path / f"out{suffix}"
    late = Attempt(path, "late", "append")
    Attempt(path, "early", "append").commit()

    with pytest.raises(CommitLost):
        late.commit()

    late.session.abort()
    assert [record.run.run_key for record in late.destination.commits()] == ["early"]


def test_the_same_key_is_added_once_without_any_lock(out: Path) -> None:
    """Whoever comes second is told, and may look for the commit again."""
    late = Attempt(out, "one", "append")
    record = Attempt(out, "one", "append").commit()

    with pytest.raises(CommitLost) as caught:
        late.commit()

    late.session.abort()
    assert str(caught.value) == f"{out}: another run with the same key was added meanwhile"
    assert late.session.committed is False
    assert find(out, "one") == record
    assert out.read_text() == OLD + '{"key":"one"}\n'


# -- what users do with the file


def test_who_removes_the_file_starts_over(out: Path) -> None:
    """The keys go with the records."""
    Attempt(out, "one", "append").commit()
    out.unlink()
    gone = find(out, "one")

    Attempt(out, "two", "append").commit()

    assert gone is None
    assert [find(out, key) is not None for key in ("one", "two")] == [False, True]


def test_who_cuts_the_file_loses_what_was_behind_the_cut(out: Path) -> None:
    """Loads before it still count, also when the file grows again."""
    for key in ("one", "two"):
        Attempt(out, key, "append").commit()
    os.truncate(out, out.stat().st_size - 3)

    Attempt(out, "three", "append").commit()

    found = [find(out, key) is not None for key in ("one", "two", "three")]
    assert found == [True, False, True]


def test_a_replace_keeps_the_keys_of_earlier_appends(out: Path) -> None:
    """What was loaded and then replaced was loaded."""
    Attempt(out, "one", "append").commit()

    Attempt(out, "two", "replace", {}).commit()

    assert out.read_text() == "{}\n"
    assert find(out, "one") is not None


def test_behind_a_link_the_journal_stands_beside_the_file(out: Path, tmp_path: Path) -> None:
    """Whatever the name, the key is found."""
    link = tmp_path / "links" / "current.jsonl"
    link.parent.mkdir()
    link.symlink_to(out)

    record = Attempt(link, "one", "append").commit()

    assert find(out, "one") == find(link, "one") == record
    assert [path.name for path in link.parent.iterdir()] == ["current.jsonl"]


def test_a_journal_may_be_read_by_who_may_read_the_file(out: Path) -> None:
    """A private file has a private journal."""
    out.chmod(0o600)

    Attempt(out, "one", "append").commit()

    assert (out.parent / ".out.jsonl.journal").stat().st_mode & 0o777 == 0o600


def test_a_record_that_does_not_verify_is_an_error(out: Path) -> None:
    """The message names the journal and the line."""
    Attempt(out, "one", "append").commit()
    journal = out.parent / ".out.jsonl.journal"
    journal.write_bytes(journal.read_bytes().replace(b"one", b"two"))

    with pytest.raises(CorruptState) as caught:
        find(out, "one")

    assert str(caught.value).startswith(f"{journal}:1: does not verify as a line of a journal")


@pytest.mark.parametrize("lines", [0, 2], ids=["empty", "cut"])
def test_a_journal_that_lost_a_load_of_which_the_state_knows_is_an_error(
    lines: int, out: Path
) -> None:
    """It forgets nothing, so somebody has cut it; the load is not added for a second time."""
    Attempt(out, "one", "append").commit()
    record = Attempt(out, "two", "append").commit()
    journal = out.parent / ".out.jsonl.journal"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:lines]))

    with pytest.raises(CorruptState) as caught:
        find(out, "two", record)

    assert str(caught.value) == (
        f"{journal}: was cut or removed, since it does not have the load of run_key 'two' of job "
        f"'j', which the state has noted. Nothing was changed; put back a copy of it, or remove "
        f"{out}, too, to start over"
    )


def test_who_removes_file_and_journal_starts_over(out: Path) -> None:
    """Whatever the state has noted."""
    record = Attempt(out, "one", "append").commit()
    out.unlink()
    (out.parent / ".out.jsonl.journal").unlink()

    found = find(out, "one", record)

    assert found is None


# -- kill -9

# Runs a job whose process is killed before one of its effects, for each of them.
KILLS = """
import gzip, os, signal, sys
from pathlib import Path
from etlkit import DataLoader, ETLJob, RecordsSource
from etlkit._files import effects

path, mode = Path(sys.argv[1]), sys.argv[2]

def job(key, *numbers):
    source = RecordsSource([{"id": number} for number in numbers])
    return ETLJob("j", "J", source, None, DataLoader(path, mode, wait_seconds=0)).execute(key)

def content():
    data = path.read_bytes() if path.exists() else b""
    try:
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except EOFError:
        return "torn"
    return data.decode().split()

def killed_before(number):
    pid = os.fork()
    if not pid:
        left = [number]
        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        effects.before_each(count)
        job("key", 1, 2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

for number in range(1, 100):
    for each in path.parent.iterdir():
        each.unlink()
    job("first", 0)
    code = killed_before(number)
    between = content()
    again = str(job("key", 1, 2).status)
    once_more = str(job("key", 1, 2).status)
    files = sorted(each.name for each in path.parent.iterdir())
    print(code, between, content(), again, once_more, files, sep="|")
    if not code:
        break
"""


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv"])
def test_an_append_that_is_killed_and_run_again_is_there_once(suffix: str, tmp_path: Path) -> None:
    """Before each effect of the run, whatever the format."""
    path = tmp_path / f"out{suffix}"
    command = [sys.executable, "-B", "-c", KILLS, str(path), "append"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    rows = [line.split("|") for line in done.stdout.splitlines()]
    lines = ["id", "0", "1", "2"] if suffix == ".csv" else [f'{{"id":{n}}}' for n in range(3)]
    assert {row[2] for row in rows} == {str(lines)}
    assert {row[0] for row in rows} == {"-9", "0"}
    assert {row[4] for row in rows} == {"skipped"}
    assert {row[3] for row in rows} == {"completed", "skipped"}
    assert {row[5] for row in rows} == {f"['.out{suffix}.journal', 'out{suffix}']"}
    assert len(rows) > 10


def test_a_replace_that_is_killed_is_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """And nothing is left after the next run."""
    path = tmp_path / "out.jsonl.gz"
    command = [sys.executable, "-B", "-c", KILLS, str(path), "replace"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    rows = [line.split("|") for line in done.stdout.splitlines()]
    old, new = str(['{"id":0}']), str(['{"id":1}', '{"id":2}'])
    assert {row[1] for row in rows} == {old, new}
    assert {row[2] for row in rows} == {new}
    assert {row[5] for row in rows} == {"['out.jsonl.gz']"}


def test_a_replace_completes_a_killed_append_before_it_replaces(tmp_path: Path) -> None:
    """The spool of a compressed append is no leftover while it is needed."""
    path = tmp_path / "out.jsonl.gz"
    Attempt(path, "first", "append").commit()
    before = path.read_bytes()
    record = Attempt(path, "second", "append").commit()
    journal = tmp_path / ".out.jsonl.gz.journal"
    begun = journal.read_bytes().splitlines(keepends=True)[:-1]
    journal.write_bytes(b"".join(begun))
    spool = tmp_path / f".out.jsonl.gz.{record.run.nonce}.tmp"
    spool.write_bytes(path.read_bytes()[len(before) :])
    path.write_bytes(path.read_bytes()[: len(before) + 5])

    session = FileDestination(path).open(Load(run_of("third"), "replace"))

    session.abort()
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert [json.loads(line) for line in lines] == [{"key": "first"}, {"key": "second"}]
    assert not spool.exists()
    assert find(path, "second") == record
