"""The cases in which a peer loses, doubles or hides records; docs/explanation/peer-cases.md."""

from __future__ import annotations

import json
import signal
import subprocess
import threading

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLPipelineService,
    FileSource,
    JobStatus,
    Quarantine,
    RecordsSource,
)
from etlkit.destinations import DatasetDestination
from etlkit.errors import RecordError
from etlkit.sources import CursorSource
from etlkit.transformations import Map


pytestmark = pytest.mark.acceptance

Run = Callable[..., list[str]]
Start = Callable[..., "subprocess.Popen[str]"]
Record = dict[str, Any]

AMOUNTS = DataValidator({"amount": {"required": True, "type": float}})
PLACES = pytest.mark.parametrize("place", ["out.jsonl", "out/"])

# Appends orders.jsonl, and dies when the load is committed and nobody has noted that yet.
DIE_BEFORE_THE_MARKER = """
import os, signal, sys
from etlkit import DataLoader, ETLPipelineService, Quarantine
from etlkit.state import SqliteState

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

folder, place = sys.argv[1:]
service = ETLPipelineService(f"{folder}/state")
loader = DataLoader(f"{folder}/{place}", "append")
service.create_pipeline(
    "Orders", f"{folder}/orders.jsonl", None, loader, lineage=True, on_error=Quarantine()
)
SqliteState.settle = die
service.run("orders", run_key="2024-06-01")
"""

# Loads what is new in the inbox, and fails the whole run at a record without an amount.
FAIL_AT_NULL = """
import sys
from etlkit import DataLoader, DataValidator, ETLPipelineService, FileSource
folder, = sys.argv[1:]
service = ETLPipelineService(f"{folder}/state")
source = FileSource(f"{folder}/inbox", incremental=True)
validator = DataValidator({"amount": {"required": True, "type": float}})
service.create_pipeline("Orders", source, None, DataLoader(f"{folder}/out/", "append"), validator)
print(service.run("orders").status)
"""


def orders(count: int, **instead: Any) -> list[Record]:
    """So many orders; ``_7=value`` is the amount of number 7."""
    return [
        {"id": number, "amount": instead.get(f"_{number}", number / 2)} for number in range(count)
    ]


def put(path: Path, records: list[Record]) -> Path:
    """Write a file of JSON lines, in a folder that is made for it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def ids_in(place: Path | str) -> list[int]:
    """The ids at a destination, sorted."""
    return sorted(record["id"] for record in FileSource(place).extract())


def halved(record: Record) -> Record:
    """A step of a user, with a mistake: it expects an amount each time."""
    return {**record, "half": record["amount"] / 2}


def halved_if_known(record: Record) -> Record:
    """The step, mended."""
    amount = record["amount"]
    return {**record, "half": None if amount is None else amount / 2}


def test_case_a_one_bad_record_of_a_thousand_costs_only_that_record(tmp_path: Path) -> None:
    """999 are loaded; the other one is shown with its place, its bytes and the reason."""
    put(tmp_path / "orders.jsonl", orders(1000, _500=None))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders",
        tmp_path / "orders.jsonl",
        Map(halved),
        tmp_path / "out.jsonl",
        on_error=Quarantine(),
    )

    result = service.run("orders")

    (entry,) = service.quarantine.list()
    assert (result.status, result.rows_loaded) == (JobStatus.COMPLETED, 999)
    assert ids_in(tmp_path / "out.jsonl") == [*range(500), *range(501, 1000)]
    assert (entry.place, entry.step) == (f"{tmp_path}/orders.jsonl:501", "Map(halved)")
    assert entry.message.startswith("TypeError: unsupported operand type(s) for /")
    assert service.quarantine.show(entry.id).raw == b'{"id": 500, "amount": null}'


def test_case_b_text_among_numbers_makes_no_second_column(tmp_path: Path) -> None:
    """The destination keeps its fields and their types; the odd record is set aside."""
    put(tmp_path / "orders.jsonl", orders(1000, _500="12.50"))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders",
        tmp_path / "orders.jsonl",
        None,
        tmp_path / "out.jsonl",
        AMOUNTS,
        on_error=Quarantine(),
    )

    service.run("orders")

    loaded = FileSource(tmp_path / "out.jsonl").extract()
    (entry,) = service.quarantine.list()
    assert len(loaded) == 999
    assert {(*record, type(record["amount"])) for record in loaded} == {("id", "amount", float)}
    assert entry.message == (
        "$.amount is str '12.50', expected float; coerce=True turns it into one"
    )


def test_case_c_what_is_discarded_is_counted_and_kept(tmp_path: Path) -> None:
    """In the result, in the log on disk, and in the quarantine with every byte."""
    put(tmp_path / "orders.jsonl", orders(1000, _7="none"))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders",
        tmp_path / "orders.jsonl",
        None,
        tmp_path / "out.jsonl",
        AMOUNTS,
        on_error=Quarantine(),
    )

    result = service.run("orders")

    (logged,) = service.scheduler.search_log()
    (entry,) = service.quarantine.list()
    assert (result.rows_extracted, result.rows_loaded, result.rows_rejected) == (1000, 999, 1)
    assert result.warnings == ("1 of 1000 record(s) rejected",)
    assert logged["warnings"] == ["1 of 1000 record(s) rejected"]
    assert service.quarantine.count("rule") == {"type": 1}
    assert service.quarantine.show(entry.id).raw == b'{"id": 7, "amount": "none"}'


def test_case_d_record_that_was_mended_in_its_file_is_read_again(tmp_path: Path) -> None:
    """The content of the file decides, so the file takes the place of its earlier records."""
    put(tmp_path / "inbox/monday.jsonl", orders(3, _1=None))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders",
        FileSource(tmp_path / "inbox", incremental=True),
        None,
        DataLoader(DatasetDestination(tmp_path / "out", by_source=True), "append"),
        AMOUNTS,
        on_error=Quarantine(),
    )
    before = (service.run("orders").rows_loaded, ids_in(tmp_path / "out"))
    put(tmp_path / "inbox/monday.jsonl", orders(3, _1=12.5))

    result = service.run("orders")

    assert before == (2, [0, 2])
    assert result.rows_rejected == 0
    assert ids_in(tmp_path / "out") == [0, 1, 2]


def test_case_d_record_behind_a_cursor_is_replayed_from_quarantine(tmp_path: Path) -> None:
    """The cursor has moved past it, and it is there all the same: open, until it is loaded."""
    source = CursorSource(lambda start, end: orders(5, _1=None), "id")
    loader = DataLoader(tmp_path / "out.jsonl", "append")
    service = ETLPipelineService(tmp_path / "state")
    policy = Quarantine()
    service.create_pipeline("Orders", source, Map(halved), loader, on_error=policy)
    runs = [service.run("orders").rows_loaded for _ in range(2)]
    waiting = service.quarantine.count("status")
    service.create_pipeline(
        "Orders", source, Map(halved_if_known), loader, on_error=policy, replace=True
    )

    replayed = service.quarantine.replay()

    assert (runs, waiting) == ([4, 0], {"open": 1})
    assert (replayed.loaded, service.quarantine.count("status")) == (1, {"replayed": 1})
    assert ids_in(tmp_path / "out.jsonl") == [0, 1, 2, 3, 4]


def test_case_d_record_that_was_mended_behind_a_cursor_can_be_read_as_a_slice(
    tmp_path: Path,
) -> None:
    """Where only the source was mended, its entry stays open, and a slice loads the record."""
    table = orders(5, _1=None)
    source = CursorSource(lambda start, end: table, "id")
    loader = DataLoader(tmp_path / "out.jsonl", "append")
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline("Orders", source, None, loader, AMOUNTS, on_error=Quarantine())
    service.run("orders")
    table[1]["amount"] = 12.5
    again = service.run("orders").rows_loaded
    waiting = service.quarantine.count("status")
    service.create_pipeline("Order 1", source.between(1, 2), None, loader, AMOUNTS)

    result = service.run("order-1", run_key="mended")

    assert (again, waiting, result.rows_loaded) == (0, {"open": 1}, 1)
    assert ids_in(tmp_path / "out.jsonl") == [0, 1, 2, 3, 4]


def test_case_e_record_that_is_refused_does_not_block_the_next_run(tmp_path: Path) -> None:
    """Nothing is pending after a failed run; the next one loads the new data."""
    source = put(tmp_path / "orders.jsonl", orders(3, _1=None))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders", source, None, DataLoader(tmp_path / "out.jsonl", "append"), AMOUNTS
    )
    failed = service.run("orders")
    put(source, orders(2))

    result = service.run("orders")

    assert isinstance(failed.error, RecordError)
    assert f"{source}:2" in failed.errors[0]
    assert (result.status, result.rows_loaded) == (JobStatus.COMPLETED, 2)
    assert ids_in(tmp_path / "out.jsonl") == [0, 1]


def test_case_f_what_a_failed_run_has_read_is_not_gone_in_a_new_process(
    tmp_path: Path, run_program: Run
) -> None:
    """The files count as unread until they are committed, also where no destination is yet."""
    put(tmp_path / "inbox/monday.jsonl", orders(3, _1=None))
    printed = run_program(FAIL_AT_NULL, tmp_path)
    there = [*tmp_path.glob("out/*.jsonl")]
    put(tmp_path / "inbox/tuesday.jsonl", [{"id": 3, "amount": 1.5}])
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders",
        FileSource(tmp_path / "inbox", incremental=True),
        None,
        DataLoader(f"{tmp_path}/out/", "append"),
        AMOUNTS,
        on_error=Quarantine(),
    )

    result = service.run("orders")

    assert (printed, there) == (["failed"], [])
    assert (result.rows_loaded, result.rows_rejected) == (3, 1)
    assert ids_in(tmp_path / "out") == [0, 2, 3]


@PLACES
def test_case_g_process_that_dies_after_its_commit_has_loaded_once(
    place: str, tmp_path: Path, start_program: Start
) -> None:
    """The destination remembers the key, and data, quarantine and lineage agree."""
    source = put(tmp_path / "orders.jsonl", orders(10))
    source.write_text(source.read_text() + "no order\n")
    process = start_program(DIE_BEFORE_THE_MARKER, tmp_path, place)
    process.wait(timeout=60)
    died = ids_in(tmp_path / place)
    service = ETLPipelineService(tmp_path / "state")
    loader = DataLoader(f"{tmp_path}/{place}", "append")
    service.create_pipeline("Orders", source, None, loader, lineage=True, on_error=Quarantine())

    result = service.run("orders", run_key="2024-06-01")

    rows = service.lineage.sql("SELECT record_no FROM hms_lineage ORDER BY record_no")
    assert (process.returncode, died) == (-signal.SIGKILL, [*range(10)])
    assert result.status is JobStatus.SKIPPED
    assert "had loaded 10 record(s) and ended before that was noted" in result.warnings[0]
    assert ids_in(tmp_path / place) == [*range(10)]
    assert [row["record_no"] for row in rows] == [*range(1, 11)]
    assert [entry.record_no for entry in service.quarantine.list()] == [11]


def load_in_threads(run: Callable[[int], object]) -> None:
    """Let four threads do two runs each, at the same time."""
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        barrier.wait()
        run(2 * number)
        run(2 * number + 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@PLACES
def test_case_h_one_pipeline_in_four_threads_loads_every_record(place: str, tmp_path: Path) -> None:
    """Of 8 runs of 50 records, 400 are there, each once, whoever came first."""
    put(tmp_path / "orders.jsonl", orders(50))
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline(
        "Orders", tmp_path / "orders.jsonl", None, DataLoader(f"{tmp_path}/{place}", "append")
    )

    load_in_threads(lambda number: service.run("orders", run_key=f"run {number}"))

    ended = Counter((str(each.status), each.rows_loaded) for each in service.history())
    assert ended == {("completed", 50): 8}
    assert Counter(ids_in(tmp_path / place)) == dict.fromkeys(range(50), 8)


@PLACES
def test_case_h_pipelines_of_one_name_in_four_threads_load_every_record(
    place: str, tmp_path: Path
) -> None:
    """Each thread has a service of its own, all over one root, as in four web requests."""
    statuses: list[str] = []

    def run(number: int) -> None:
        records = [{"id": 50 * number + each} for each in range(50)]
        service = ETLPipelineService(tmp_path / "state")
        loader = DataLoader(f"{tmp_path}/{place}", "append")
        service.create_pipeline("Orders", RecordsSource(records), None, loader)
        statuses.append(str(service.run("orders", run_key=f"run {number}").status))

    load_in_threads(run)

    assert statuses == ["completed"] * 8
    assert ids_in(tmp_path / place) == [*range(400)]


def test_case_i_blank_line_is_skipped_and_told(tmp_path: Path) -> None:
    """It is no record, and no reason to stop."""
    (tmp_path / "orders.jsonl").write_text('{"id":0}\n\n{"id":1}\n')
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline("Orders", tmp_path / "orders.jsonl", None, tmp_path / "out.jsonl")

    result = service.run("orders")

    assert (result.status, result.rows_loaded) == (JobStatus.COMPLETED, 2)
    assert result.warnings == ("1 blank line(s) skipped",)


def test_case_j_malformed_line_is_named_by_file_and_line(tmp_path: Path) -> None:
    """The message of the failed run says where to look, and nothing is published."""
    source = put(tmp_path / "orders.jsonl", orders(2000))
    lines = source.read_text().splitlines()
    lines[1500] = '{"id": 1500, "amount": }'
    source.write_text("\n".join(lines) + "\n")
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline("Orders", source, None, tmp_path / "out.jsonl")

    result = service.run("orders")

    assert result.status is JobStatus.FAILED
    assert result.errors[0].startswith(f"job 'orders', to decode the record: {source}:1501: ")
    assert not (tmp_path / "out.jsonl").exists()


def test_case_j_malformed_line_costs_only_that_line(tmp_path: Path) -> None:
    """With a quarantine it is set aside, with its line number and its bytes."""
    source = put(tmp_path / "orders.jsonl", orders(2000))
    lines = source.read_text().splitlines()
    lines[1500] = '{"id": 1500, "amount": }'
    source.write_text("\n".join(lines) + "\n")
    service = ETLPipelineService(tmp_path / "state")
    service.create_pipeline("Orders", source, None, tmp_path / "out.jsonl", on_error=Quarantine())

    result = service.run("orders")

    (entry,) = service.quarantine.list()
    assert result.rows_loaded == 1999
    assert (entry.place, entry.line_no) == (f"{source}:1501", 1501)
    assert service.quarantine.show(entry.id).raw == b'{"id": 1500, "amount": }'
