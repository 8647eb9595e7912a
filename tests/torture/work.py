"""The jobs that are tortured: one for each kind of destination and source."""

from __future__ import annotations

import shutil

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import field, frozen

from etlkit import DataLoader, ETLPipelineService, FileSource, Quarantine
from etlkit.destinations import DatasetDestination, Destination
from etlkit.retry import NO_RETRY
from etlkit.transformations import Filter


KEY = "2024-06-01"
RECORDS = 24
BAD = frozenset({3, 11, 17})
FILTERED = frozenset({5, 20})
GOOD = tuple(seq for seq in range(RECORDS) if seq not in BAD | FILTERED)
OLD = (1001, 1002)
JOB = "copy"


def source_line(seq: int) -> bytes:
    """A line of the source; a bad one is no JSON, and still tells its number."""
    return b"bad %d\n" % seq if seq in BAD else b'{"seq":%d,"state":"s%d"}\n' % (seq, seq % 2)


def records(seqs: Iterable[int]) -> list[dict[str, object]]:
    """Records as the source has them."""
    return [{"seq": seq, "state": f"s{seq % 2}"} for seq in seqs]


@frozen
class Work:
    """One job that is tortured, in a folder that it has for itself.

    Attributes:
        name: What reports call it.
        destination: The destination in a folder.
        mode: What a load does with what was there.
        out: Name of the destination in the folder.
        atomic: Readers see the old state or the new one at every instant.
        keyed: The same key loads once; otherwise repeating it must leave the same.
        lineage: The job keeps where each record came from.
        outputs: How many commits one load has.
    """

    name: str
    out: str
    mode: str
    destination: Callable[[Path], Destination | str] = field(kw_only=True)
    atomic: bool = field(default=True, kw_only=True)
    keyed: bool = field(default=True, kw_only=True)
    lineage: bool = field(default=False, kw_only=True)
    outputs: int = field(default=1, kw_only=True)

    def prepare(self, folder: Path) -> None:
        """Begin with the source, an earlier load of another job, and no state."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "in.jsonl").write_bytes(b"".join(map(source_line, range(RECORDS))))
        DataLoader(self.destination(folder)).load(records(OLD))

    def service(self, folder: Path) -> ETLPipelineService:
        """A service that has the job."""
        service = ETLPipelineService(folder / "state")
        service.create_pipeline(
            JOB,
            FileSource(folder / "in.jsonl"),
            Filter(lambda record: record["seq"] not in FILTERED, name="some"),
            DataLoader(self.destination(folder), self.mode),
            on_error=Quarantine(),
            retry=NO_RETRY,
            lineage=self.lineage,
        )
        return service

    def run(self, folder: Path, key: str = KEY) -> None:
        """Run the job, and say so once it is acknowledged."""
        result = self.service(folder).run(JOB, run_key=key)
        result.raise_if_failed()
        print(f"acknowledged: {result.status}", flush=True)

    def read(self, folder: Path) -> Counter[int]:
        """How often each record is at the destination, as a reader of it sees it."""
        return Counter(read_records(folder / self.out))

    def before(self) -> Counter[int]:
        """What the destination holds before the run."""
        return Counter(OLD)

    def after(self, loads: int = 1) -> Counter[int]:
        """What it holds after loads of so many keys."""
        if self.mode == "replace":
            return Counter(GOOD)
        return Counter(OLD) + Counter(GOOD * loads)


def read_records(path: Path) -> list[int]:
    """The numbers of all records of a file or a dataset, as a job would read them."""
    return [int(record["seq"]) for record in FileSource(path).extract()]


def _file(name: str) -> Callable[[Path], str]:
    return lambda folder: str(folder / name)


def _dataset(**options: object) -> Callable[[Path], DatasetDestination]:
    return lambda folder: DatasetDestination(folder / "out", **options)


def _all() -> list[Work]:
    jsonl, packed = _file("out.jsonl"), _file("out.jsonl.gz")
    csv, packed_csv = _file("out.csv"), _file("out.csv.gz")
    parts = _dataset(partition_by="state", max_records=4)
    csv_parts = _dataset(format="csv", compression="gzip")
    return [
        Work(
            *("file-replace", "out.jsonl", "replace"),
            destination=jsonl,
            lineage=True,
        ),
        Work(
            *("file-replace-csv-gzip", "out.csv.gz", "replace"),
            destination=packed_csv,
        ),
        Work("file-append", "out.jsonl", "append", destination=jsonl, atomic=False),
        Work("file-append-gzip", "out.jsonl.gz", "append", destination=packed, atomic=False),
        Work("file-append-csv", "out.csv", "append", destination=csv, atomic=False, lineage=True),
        Work("dataset-append", "out", "append", destination=_dataset()),
        Work("dataset-replace", "out", "replace", destination=_dataset(max_records=8)),
        Work("dataset-partitions", "out", "append", destination=parts, lineage=True),
        Work("dataset-csv-gzip", "out", "append", destination=csv_parts),
    ]


WORKS = {work.name: work for work in _all()}
