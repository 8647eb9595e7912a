"""The promises of a destination, as a class of tests that users inherit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etlkit.runs.commit import CommitRecord
from etlkit.runs.context import Load
from etlkit.testing import promises
from etlkit.testing.processes import run as run_apart
from etlkit.testing.processes import start
from etlkit.testing.promises import (
    batch_of,
    broken,
    commit_now,
    compare,
    new_run,
    record_of,
    run_job,
)


if TYPE_CHECKING:
    from etlkit.destinations.destination import Destination
    from etlkit.records import Record
    from etlkit.runs.context import Mode

_WORKERS = 4


class DestinationUnderTest:
    """What tests have to be told of a destination.

    Attributes:
        mode: The mode that most tests load in.
        records: Records that the destination takes, each of them different.
        refused: A record that it does not take, or None where it takes all.
        keeps_keys: It recognises what was loaded before, which makes repetition safe; a
            destination that is ``best effort`` sets it to False, and says so to its users.
    """

    mode: Mode = "append"
    records: Sequence[Record] = tuple({"id": number, "name": f"n{number}"} for number in range(8))
    refused: Record | None = None
    keeps_keys: bool = True

    def destination(self, folder: Path) -> Destination:
        """The destination, made anew; the same folder means the same place."""
        raise NotImplementedError

    def read(self, folder: Path) -> list[dict[str, Any]]:
        """Every record that a reader of the destination sees; none before the first load."""
        raise NotImplementedError

    def _half(self) -> tuple[Sequence[Record], Sequence[Record]]:
        middle = len(self.records) // 2
        return self.records[:middle], self.records[middle:]

    def _load(self, folder: Path, records: Sequence[Record], key: str, **options: Any) -> Any:
        mode = options.pop("mode", self.mode)
        return run_job(
            self.destination(folder),
            records,
            root=folder / "root",
            mode=mode,
            run_key=key,
            **options,
        )

    def _after(self, first: Sequence[Record], second: Sequence[Record]) -> list[Record]:
        """What is there when both were loaded, one after the other."""
        return [*second] if self.mode == "replace" else [*first, *second]


class DestinationConformance(DestinationUnderTest):
    """The promises of a destination, one test for each; inherit it in a test module.

    Say which destination by two methods, ``destination(folder)`` and ``read(folder)``, and
    pytest runs the tests of a class whose name begins with ``Test``. A test that fails
    names the promise that does not hold. What a crash may do is tried by
    :class:`~etlkit.testing.KillSweep`.

    Attributes:
        mode: The mode that most tests load in; ``"append"`` by default.
        records: Records that the destination takes, each of them different.
        refused: A record that it does not take, or None where it takes all.
        keeps_keys: It recognises what was loaded before; False for one that is best effort.

    Example:
        >>> from etlkit import FileSource
        >>> from etlkit.destinations import DatasetDestination
        >>> class TestDataset(DestinationConformance):
        ...     def destination(self, folder):
        ...         return DatasetDestination(folder / "out")
        ...
        ...     def read(self, folder):
        ...         out = folder / "out"
        ...         return FileSource(out).extract() if out.exists() else []
    """

    def test_what_was_loaded_can_be_read(self, tmp_path: Path) -> None:
        """A job loads records, and a reader finds each of them."""
        result = self._load(tmp_path, self.records, "1")

        compare(promises.ARRIVES, self.read(tmp_path), self.records)
        if result.rows_loaded != len(self.records):
            broken(promises.COUNTED, f"the result says {result.rows_loaded} loaded")

    def test_nothing_is_visible_before_the_commit(self, tmp_path: Path) -> None:
        """Neither while records are written nor when they are prepared."""
        old, new = self._half()
        self._load(tmp_path, old, "1")
        destination, load = self.destination(tmp_path), Load(new_run("2"), self.mode)
        session = destination.open(load)

        session.write(batch_of(destination, new))
        compare(promises.WHOLE, self.read(tmp_path), old, "after write(), before commit()")
        written = session.prepare()
        compare(promises.WHOLE, self.read(tmp_path), old, "after prepare(), before commit()")
        session.commit(record_of(load, written, len(new)))

        compare(promises.WHOLE, self.read(tmp_path), self._after(old, new), "after commit()")
        if written.records != len(new):
            broken(promises.COUNTED, f"it says {written.records} of {len(new)}")

    def test_an_aborted_load_leaves_nothing(self, tmp_path: Path) -> None:
        """Aborted at any time, it is as if it had never begun, and the next load works."""
        old, new = self._half()
        self._load(tmp_path, old, "1")
        destination = self.destination(tmp_path)
        for prepared in (False, True):
            session = destination.open(Load(new_run("2"), self.mode))
            session.write(batch_of(destination, new))
            if prepared:
                session.prepare()
            session.abort()
            when = f"aborted {'after' if prepared else 'before'} prepare()"
            compare(promises.ABORTED, self.read(tmp_path), old, when)

        self._load(tmp_path, new, "2")

        compare(promises.ABORTED, self.read(tmp_path), self._after(old, new), "the next load")

    def test_the_same_key_loads_once(self, tmp_path: Path) -> None:
        """A run that is repeated with its key does nothing, and says that it was skipped."""
        self._load(tmp_path, self.records, "1")

        again = self._load(tmp_path, self.records, "1")

        compare(promises.ONCE, self.read(tmp_path), self.records, "after a second run")
        if self.keeps_keys and again.status.value != "skipped":
            broken(promises.ONCE, f"the second run says {again.status.value!r}, not 'skipped'")

    def test_the_same_key_loads_once_without_the_state(self, tmp_path: Path) -> None:
        """The destination knows it by itself: the root of the service may be lost."""
        destination = self.destination(tmp_path)
        if not self.keeps_keys or destination.finds(self.mode) != "record":
            return
        run_job(destination, self.records, root=tmp_path / "a", mode=self.mode, run_key="1")

        run_job(destination, self.records, root=tmp_path / "b", mode=self.mode, run_key="1")

        compare(promises.ONCE, self.read(tmp_path), self.records, "with a root that is new")

    def test_other_work_loads_again(self, tmp_path: Path) -> None:
        """Another key is other work, and so is the same key of another job."""
        self._load(tmp_path, self.records, "1")
        self._load(tmp_path, self.records, "2")
        self._load(tmp_path, self.records, "1", job_id="another-job")

        times = 1 if self.mode == "replace" else 3
        compare(promises.APART, self.read(tmp_path), [*self.records] * times)

    def test_each_mode_does_what_it_says(self, tmp_path: Path) -> None:
        """Append adds, and replace takes the place of what was there."""
        old, new = self._half()
        for mode in self.destination(tmp_path).modes:
            if mode in {"append", "replace"}:
                folder = tmp_path / mode
                folder.mkdir()
                self._load(folder, old, "1", mode=mode)
                self._load(folder, new, "2", mode=mode)
                promise = promises.ADDED if mode == "append" else promises.REPLACED
                compare(
                    promise, self.read(folder), new if mode == "replace" else [*old, *new], mode
                )

    def test_the_commit_record_is_found(self, tmp_path: Path) -> None:
        """By it a crash is settled: whether a load is there, and what it was."""
        destination, load = self.destination(tmp_path), Load(new_run("1"), self.mode)
        if not self.keeps_keys or destination.finds(self.mode) != "record":
            return
        if destination.find_commit(load.run) is not None:
            broken(promises.REMEMBERED, "it finds a load before there was one")

        committed = commit_now(destination, destination.open(load), self.records, load)

        found = self.destination(tmp_path).find_commit(new_run("1"))
        _compare_records(promises.REMEMBERED, [found], [committed])
        for other in (new_run("2"), new_run("1", job_id="another-job")):
            if destination.find_commit(other) is not None:
                broken(promises.REMEMBERED, f"it finds {other.job_id}, {other.run_key!r}, too")
        _compare_records(promises.KEPT, list(destination.commits()), [committed])

    def test_a_forced_load_takes_the_place_of_the_earlier_one(self, tmp_path: Path) -> None:
        """Where the destination says that it can."""
        old, new = self._half()
        destination, first = self.destination(tmp_path), Load(new_run("1"), self.mode)
        if not self.keeps_keys or not destination.can_supersede(self.mode):
            return
        commit_now(destination, destination.open(first), old, first)
        run = new_run("1", force=True)
        again = Load(run, self.mode, supersedes=(first.run.nonce,))

        commit_now(destination, destination.open(again), new, again)

        compare(promises.FORCED, self.read(tmp_path), new)

    def test_a_refused_record_is_set_aside(self, tmp_path: Path) -> None:
        """With its bytes, and the records beside it are loaded."""
        if self.refused is None:
            return

        result = self._load(tmp_path, [self.refused, *self.records], "1")

        compare(promises.REFUSED, self.read(tmp_path), self.records)
        if result.rows_rejected != 1:
            broken(promises.REFUSED, f"{result.rows_rejected} record(s) were set aside")

    def test_a_load_of_nothing_works(self, tmp_path: Path) -> None:
        """As when a source is empty: the destination is as it was, or empty."""
        self._load(tmp_path, self.records, "1")

        self._load(tmp_path, [], "2")

        compare(promises.ARRIVES, self.read(tmp_path), self._after(self.records, []), "no records")

    def test_several_workers_with_one_key_load_once(self, tmp_path: Path) -> None:
        """Each is a process of its own; those that come late are skipped or refused."""
        if not self.keeps_keys:
            return

        def work() -> None:
            self._load(tmp_path, self.records, "1")

        workers = [start(work, tmp_path, name=f"worker-{n}") for n in range(_WORKERS)]
        endings = [worker.ended() for worker in workers]

        compare(promises.ONCE, self.read(tmp_path), self.records, f"{_WORKERS} workers")
        if all(ending.status for ending in endings):
            broken(promises.ONCE, f"no worker succeeded: {endings[0].complaints}")

    def test_it_opens_nothing_before_a_run(self, tmp_path: Path) -> None:
        """It is a value, which may be made in one process and used in another."""
        destination = self.destination(tmp_path)

        ending = run_apart(
            lambda: run_job(
                destination, self.records, root=tmp_path / "root", mode=self.mode, run_key="1"
            ),
            tmp_path,
        )

        compare(promises.ARRIVES, self.read(tmp_path), self.records, ending.complaints)


def _compare_records(
    promise: str, found: Sequence[CommitRecord | None], expected: Sequence[CommitRecord]
) -> None:
    """Compare commit records by what tells them apart."""
    if [each and each.run.nonce for each in found] != [each.run.nonce for each in expected]:
        shown = [None if each is None else (each.run.run_key, each.run.nonce) for each in found]
        broken(promise, f"found {shown}; committed were {[each.run.nonce for each in expected]}")
