"""Ways in which records, values or secrets once got lost or out."""

from __future__ import annotations

import json
import os
import threading

from typing import TYPE_CHECKING, Any

import pytest

from etlkit import DataLoader, ETLJob, FileSource, JobStatus, Quarantine, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError, InputTruncated
from etlkit.transformations import Aggregate, Map, Transformation


if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def one_dict_again() -> Iterator[dict[str, int]]:
    """The same dict, changed for each record."""
    record: dict[str, int] = {}
    for number in range(5):
        record["n"] = number
        yield record


@pytest.mark.parametrize("destination", ["memory:", "out.jsonl"])
@pytest.mark.parametrize(
    ("source", "steps"),
    [
        pytest.param(RecordsSource(one_dict_again), None, id="source"),
        pytest.param(
            RecordsSource([{"n": 9}]),
            Transformation("again", lambda records: one_dict_again()),
            id="dataset function",
        ),
        pytest.param(
            RecordsSource([{"n": 9}]),
            Transformation("again", lambda records: one_dict_again(), scope="batch"),
            id="batch function",
        ),
    ],
)
def test_a_dict_that_is_used_again_is_a_record_each_time(
    source: Any, steps: Any, destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was yielded is what is loaded, whatever becomes of the dict later."""
    monkeypatch.chdir(tmp_path)
    job = ETLJob("j", "J", source, steps, destination)

    job.execute().raise_if_failed()

    assert [record["n"] for record in loaded(job)] == [0, 1, 2, 3, 4]


def loaded(job: ETLJob) -> list[Any]:
    """What the destination of a job holds."""
    destination = job.loader.destination
    if isinstance(destination, MemoryDestination):
        return destination.records
    return FileSource(destination.uri).extract()


def test_two_names_of_one_file_do_not_mix_appended_loads(tmp_path: Path) -> None:
    """Hard links have locks of their own, so the file itself is locked for the copy."""
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text("")
    os.link(one, other)
    ready = threading.Barrier(2)
    records = [{"text": "x" * 1000}] * 2000

    def append(path: Path) -> None:
        ready.wait()
        DataLoader(path, "a").load(records)

    threads = [threading.Thread(target=append, args=[path]) for path in (one, other)]
    [thread.start() for thread in threads]  # type: ignore[func-returns-value]
    [thread.join() for thread in threads]  # type: ignore[func-returns-value]

    assert [json.loads(line) for line in one.read_text().splitlines()] == records * 2


def test_a_run_into_a_file_of_rejected_records_leaves_those_that_are_written(
    tmp_path: Path,
) -> None:
    """What another run is about to add to the file is no leftover."""
    shared = tmp_path / "shared.jsonl"

    def load_into_the_same(record: dict[str, Any]) -> dict[str, Any]:
        DataLoader(shared, "a").load([{"other": "run"}])
        return record

    steps = [Map(lambda record: {"n": 1 / record["n"]}), Map(load_into_the_same)]
    source = RecordsSource([{"n": 0}, {"n": 1}])

    result = ETLJob("j", "J", source, steps, "memory:", on_error=Quarantine(to=shared)).execute()

    kept = [json.loads(line) for line in shared.read_text().splitlines()]
    assert result.status is JobStatus.COMPLETED
    assert [entry.get("code") for entry in kept] == [None, "step"]


SECRET = "S3CRET"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda url: DataLoader(f"postgresql://{url}/x"), id="unknown destination"),
        pytest.param(lambda url: DataLoader(f"s3://{url}/x.jsonl"), id="remote destination"),
        pytest.param(lambda url: Quarantine(to=f"s3://{url}/x.jsonl"), id="quarantine"),
        pytest.param(lambda url: FileSource([(f"http://{url}/x",)]), id="list of a list"),  # type: ignore[list-item]
        pytest.param(lambda url: FileSource(f"nosuch://{url}/x.jsonl").check(), id="protocol"),
    ],
)
@pytest.mark.parametrize("url", [f"u:{SECRET}@h", f"u:{SECRET}?x@h", f"u:a/{SECRET}@h"])
def test_no_message_shows_the_password_of_a_url(make: Any, url: str) -> None:
    """Neither the message nor what a traceback prints before it."""
    with pytest.raises(ConfigurationError) as caught:
        make(url)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", [f"http://u:{SECRET}@h/a.jsonl?x=1", f"zip://a.jsonl::http://u:{SECRET}@h/b.zip"]
)
def test_no_repr_shows_the_password_of_a_url(url: str) -> None:
    """Sources are shown by jobs, plans and results."""
    source = FileSource(url)

    assert SECRET not in f"{source!r} {source.uri}"


def test_a_file_that_becomes_shorter_while_it_is_read_fails_the_run(tmp_path: Path) -> None:
    """The rest is missing, so what was read is not all."""
    path = tmp_path / "in.jsonl"
    path.write_text('{"n":1}\n' * 200_000)

    def cut(record: dict[str, Any]) -> dict[str, Any]:
        os.truncate(path, 400_000)
        return record

    result = ETLJob("j", "J", FileSource(path), Map(cut), "memory:").execute()

    assert isinstance(result.error, InputTruncated)
    assert result.errors[0].startswith(
        f"{path}: the file became shorter while it was read; nothing was loaded"
    )


def test_a_folder_gives_its_links_and_no_pipes(tmp_path: Path) -> None:
    """A linked folder belongs to it, a circle ends, and a pipe would wait for ever."""
    below, folder = tmp_path / "elsewhere", tmp_path / "in"
    below.mkdir()
    folder.mkdir()
    (below / "a.jsonl").write_text('{"n":1}\n')
    (folder / "linked").symlink_to(below)
    (folder / "circle").symlink_to(folder)
    os.mkfifo(folder / "pipe.jsonl")

    found = FileSource(folder).extract()

    assert found == [{"n": 1}]


def test_groups_are_told_apart_within_tuples() -> None:
    """1, True and 1.0 are different, wherever they stand in the key."""
    step = Aggregate({"k": lambda record: (record["n"],)}, count=len)

    groups = step.apply([{"n": 1}, {"n": True}, {"n": 1.0}])

    assert [group["count"] for group in groups] == [1, 1, 1]


@pytest.mark.parametrize("seconds", [float("nan"), -1, float("inf"), None, "5"])
def test_a_wait_that_has_no_end_is_refused(seconds: Any) -> None:
    """Or one that is no number at all."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader("memory:", wait_seconds=seconds)

    assert str(caught.value) == f"wait_seconds is a number from 0 to 1000000, got {seconds!r}"


@pytest.mark.parametrize("destination", ["memory:", "out.jsonl"])
def test_a_map_may_return_one_dict_again_and_again(
    destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it held when it was returned is what is loaded, applied and previewed."""
    monkeypatch.chdir(tmp_path)
    kept: dict[str, int] = {}

    def same(record: dict[str, int]) -> dict[str, int]:
        kept["n"] = record["n"]
        return kept

    records = [{"n": 1}, {"n": 2}]
    job = ETLJob("j", "J", RecordsSource(records), Map(same), destination)
    job.execute().raise_if_failed()

    assert loaded(job) == records
    assert Map(same).apply(records) == records
    assert list(job.preview(2).records) == records


@pytest.mark.parametrize(
    "location", ["", "*.jsonl", "**/*.jsonl"], ids=["folder", "pattern", "deep"]
)
def test_a_link_that_leads_nowhere_is_told_of(location: str, tmp_path: Path) -> None:
    """What should be there is not left out without a word."""
    (tmp_path / "a.jsonl").write_text('{"n":1}\n')
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone")
    source = FileSource(str(tmp_path / location))

    result = ETLJob("j", "J", source, None, "memory:").execute()

    assert result.errors == (f"{tmp_path}/b.jsonl: there is no such file",)
