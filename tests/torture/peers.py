"""Another library under the same kills: `python -m torture.peers`, run in ``tests``.

Each peer does what its documentation shows for adding records: the same twelve records to a
folder of JSON Lines, or to a table of DuckDB. It is killed before a call that changes a file,
the same program is run again, and what is there is counted. Peers that are not installed are
left out. Telemetry is switched off, and nothing outside of a temporary folder is written.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import random
import sys
import tempfile

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from etlkit import DataLoader, ETLPipelineService, FileSource, RecordsSource
from etlkit.testing.points import changes
from etlkit.testing.processes import run


RECORDS = [{"id": number, "state": "CA"} for number in range(12)]
POINTS = 60
SEED = 20261128


@frozen
class Peer:
    """A library, and how it adds the records.

    Attributes:
        name: As the table has it.
        package: The distribution whose version is told.
        load: Adds the records, as a program that is started again would.
        ids: The ids that a reader finds afterwards.
    """

    name: str
    package: str
    load: Callable[[Path], object]
    ids: Callable[[Path], list[int]]


def load_by_etlkit(folder: Path) -> None:
    """One run under a key."""
    service = ETLPipelineService(folder / "state")
    loader = DataLoader(f"{folder}/out/", "append")
    service.create_pipeline("cases", RecordsSource(RECORDS), None, loader)
    service.run("cases", "monday").raise_if_failed()


def ids_of_dataset(folder: Path) -> list[int]:
    """By the commit log."""
    if not (folder / "out" / "_commits").exists():
        return []
    return [record["id"] for record in FileSource(f"{folder}/out/").extract()]


def load_by_dlt(folder: Path, *, destination: Any, finishing: bool) -> None:
    """One run of a pipeline; ``finishing`` completes what is pending instead, if there is any."""
    import dlt

    pipeline = dlt.pipeline(
        "cases", destination=destination, dataset_name="d", pipelines_dir=str(folder / "state")
    )
    if finishing and pipeline.has_pending_data:
        pipeline.run()
    else:
        pipeline.run(RECORDS, table_name="cases", write_disposition="append")


def to_files(*, finishing: bool) -> Callable[[Path], None]:
    """Dlt into a folder of JSON Lines."""

    def load(folder: Path) -> None:
        from dlt.destinations import filesystem

        place = filesystem(bucket_url=(folder / "out").as_uri())
        load_by_dlt(folder, destination=place, finishing=finishing)

    return load


def to_duckdb(*, finishing: bool) -> Callable[[Path], None]:
    """Dlt into a table of DuckDB."""

    def load(folder: Path) -> None:
        from dlt.destinations import duckdb

        place = duckdb(str(folder / "cases.duckdb"))
        load_by_dlt(folder, destination=place, finishing=finishing)

    return load


def ids_of_files(folder: Path) -> list[int]:
    """Of every file of the table."""
    from etlkit.formats import JsonLines

    found = sorted((folder / "out").glob("d/cases/*"))
    compression = [None if path.suffix == ".jsonl" else "gzip" for path in found]
    sources = [
        FileSource(path, format=JsonLines(), compression=each)
        for path, each in zip(found, compression, strict=True)
    ]
    return [record["id"] for source in sources for record in source.extract()]


def ids_of_duckdb(folder: Path) -> list[int]:
    """Of the table."""
    import duckdb

    with duckdb.connect(str(folder / "cases.duckdb")) as database:
        tables = {
            row[0] for row in database.sql("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        if "cases" not in tables:
            return []
        return [row[0] for row in database.sql("SELECT id FROM d.cases").fetchall()]


def peers() -> Iterator[Peer]:
    """Those that are installed."""
    yield Peer("etlkit, dataset, with a run key", "etlkit", load_by_etlkit, ids_of_dataset)
    try:
        import dlt  # noqa: F401 -- before the processes are forked
        import duckdb  # noqa: F401 -- so, too
    except ImportError:
        return
    for finishing in (False, True):
        how = "finishing what is pending" if finishing else "run again"
        load, ids = to_files(finishing=finishing), ids_of_files
        yield Peer(f"dlt, files, append, {how}", "dlt", load, ids)
        load, ids = to_duckdb(finishing=finishing), ids_of_duckdb
        yield Peer(f"dlt, DuckDB, append, {how}", "dlt", load, ids)


def outcome(peer: Peer, folder: Path) -> str:
    """What is there after the program was started again."""
    again = run(lambda: peer.load(folder), folder)
    if again.status != 0:
        return "the next run fails"
    counts = Counter(peer.ids(folder))
    if any(record["id"] not in counts for record in RECORDS):
        return "lost"
    return "doubled" if max(counts.values()) > 1 else "once each"


def tried(peer: Peer, points: int) -> Counter[str]:
    """The outcomes of so many kills, spread over the run."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "first").mkdir()
        ending, found = changes(lambda: peer.load(Path(place) / "first"), Path(place))
    if ending.status != 0:
        message = f"{peer.name} fails undisturbed: {ending.complaints[-500:]}"
        raise RuntimeError(message)
    chosen = random.Random(SEED).sample(found, min(points, len(found)))
    counts: Counter[str] = Counter(points=len(found), kills=len(chosen))
    for point in chosen:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            strace = point.injecting("signal=KILL")
            killed = run(lambda: peer.load(folder), folder, strace=strace)  # noqa: B023 -- called at once
            counts["missed" if killed.status == 0 else outcome(peer, folder)] += 1
    return counts


def main() -> None:
    """Print a table of outcomes."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    points = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    for peer in peers():
        with tempfile.TemporaryDirectory() as place:
            os.environ["DLT_DATA_DIR"] = place
            version = importlib.metadata.version(peer.package)
            print(json.dumps({"peer": peer.name, "version": version, **tried(peer, points)}))


if __name__ == "__main__":
    main()
