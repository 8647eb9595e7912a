"""Loads into datasets, and what readers find."""

from __future__ import annotations

import gzip
import tempfile

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import orjson
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from destinations.dataset.conftest import Session, run_of
from etlkit import DataLoader, ETLJob, FileSource, RecordsSource
from etlkit.destinations import DatasetDestination
from etlkit.errors import CommitLost, ConfigurationError, CorruptState, SourceNotFound
from etlkit.lake import CommitLog
from etlkit.runs.context import Load


Read = Callable[[Path], list[dict[str, Any]]]
Files = Callable[[Path], list[str]]


LOST = pytest.raises(CommitLost, match="has replaced meanwhile what this load would have")


def numbered(*numbers: int) -> list[dict[str, Any]]:
    """Records with these ids."""
    return [{"id": number} for number in numbers]


def test_a_path_with_a_slash_at_its_end_is_a_dataset(path: Path, read: Read, files: Files) -> None:
    """The default is a folder of JSON Lines, with the log beside the part."""
    loaded = DataLoader(f"{path}/").load(numbered(1, 2))

    part, entry = sorted(files(path), reverse=True)
    assert loaded == 2
    assert entry == "_commits/00000000000000000001.json"
    assert part.startswith("part-")
    assert part.endswith("-00001.jsonl")
    assert read(path) == numbered(1, 2)


def test_appended_loads_are_read_in_the_order_of_their_commits(path: Path, read: Read) -> None:
    """Names of parts are random, so the order comes from the log."""
    loader = DataLoader(f"{path}/", "append")

    loaded = [loader.load(numbered(number)) for number in range(20)]

    assert sum(loaded) == 20
    assert read(path) == numbered(*range(20))


def test_a_replace_takes_the_place_of_everything(path: Path, read: Read) -> None:
    """Earlier parts stay on disk and count no more."""
    DataLoader(f"{path}/", "append").load(numbered(1))

    DataLoader(f"{path}/", "replace").load(numbered(2))

    assert read(path) == numbered(2)
    assert len(list(path.glob("part-*"))) == 2


def test_a_partition_is_replaced_where_the_load_has_records_for_it(path: Path, read: Read) -> None:
    """The other partitions stay as they are."""
    dataset = DatasetDestination(path, partition_by="state")
    DataLoader(dataset, "append").load([{"id": 1, "state": "CA"}, {"id": 2, "state": "NY"}])

    DataLoader(dataset, "replace-partition").load([{"id": 3, "state": "CA"}])

    assert read(path) == [{"id": 2, "state": "NY"}, {"id": 3, "state": "CA"}]


def test_a_dataset_without_partitions_has_none_to_replace(path: Path) -> None:
    """The mode is refused with those there are."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader(f"{path}/", "replace-partition")

    assert str(caught.value) == (
        f"{path}/: mode 'replace-partition' is not possible there; use 'replace' or 'append'; it "
        "is for datasets with partition_by=, the fields that name the partitions"
    )


def test_an_unknown_option_is_refused_with_those_of_datasets(path: Path) -> None:
    """They are beside those of the format."""
    with pytest.raises(ConfigurationError) as caught:
        DataLoader(f"{path}/", rotation=5)

    assert str(caught.value) == (
        "format 'jsonl' has no option 'rotation'; its options are: strict_floats; beside those of "
        "the format there are: by_source, compression, format, max_bytes, max_records, partition_by"
    )


def test_by_source_is_no_text(path: Path) -> None:
    """The name of a field would otherwise be taken for True."""
    with pytest.raises(ConfigurationError, match="by_source is True or False, got 'file'"):
        DataLoader(f"{path}/", "append", by_source="file")


def test_an_empty_replace_leaves_a_dataset_without_records(path: Path, read: Read) -> None:
    """A dataset that holds nothing is no error to read."""
    DataLoader(f"{path}/").load(numbered(1))

    DataLoader(f"{path}/").load([])

    assert read(path) == []
    assert FileSource(path).remarks() == ()


def test_parts_are_cut_by_records(path: Path, read: Read) -> None:
    """Each part but the last holds as many as it may."""
    dataset = DatasetDestination(path, max_records=4)

    DataLoader(dataset).load(numbered(*range(10)))

    (record,) = dataset.commits()
    assert [part.records for part in record.written.parts] == [4, 4, 2]
    assert read(path) == numbered(*range(10))


def test_parts_are_cut_by_bytes(path: Path, read: Read) -> None:
    """A part is closed when it has its length, and is little longer."""
    dataset = DatasetDestination(path, max_bytes=1000)

    DataLoader(dataset).load(numbered(*range(1000)))

    (record,) = dataset.commits()
    sizes = [part.size_bytes or 0 for part in record.written.parts]
    assert len(sizes) > 5
    assert min(sizes[:-1]) >= 1000
    assert max(sizes) <= 1100
    assert read(path) == numbered(*range(1000))


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
@pytest.mark.parametrize("compression", [None, "gzip", "bz2", "xz"])
def test_each_part_is_a_whole_file(
    kind: str, compression: str | None, path: Path, read: Read
) -> None:
    """Whatever the format, each part is read by itself."""
    dataset = DatasetDestination(path, format=kind, compression=compression, max_records=3)
    records = [{"name": f"n{number}"} for number in range(8)]

    DataLoader(dataset).load(records)

    parts = CommitLog(str(path)).files()
    assert [len(read(Path(part))) for part in parts] == [3, 3, 2]
    assert read(path) == records


def test_the_log_has_the_length_and_the_hash_of_each_part(path: Path) -> None:
    """A compressed part is measured as it lies on the disk."""
    import hashlib

    dataset = DatasetDestination(path, compression="gzip")

    DataLoader(dataset).load(numbered(1, 2, 3))

    (record,) = dataset.commits()
    (part,) = record.written.parts
    data = (path / part.name).read_bytes()
    assert (part.records, part.size_bytes) == (3, len(data))
    assert part.sha256 == hashlib.sha256(data).hexdigest()
    assert gzip.decompress(data).count(b"\n") == 3


def test_more_partitions_than_open_files(path: Path, read: Read) -> None:
    """A partition whose part was closed gets a further one."""
    dataset = DatasetDestination(path, partition_by="group")
    records = [{"id": number, "group": number % 100} for number in range(2500)]
    job = ETLJob("sales", "Sales", RecordsSource(records), [], DataLoader(dataset))

    result = job.execute()

    found = sorted(read(path), key=lambda record: record["id"])
    assert found == records
    assert len(list(path.glob("group=7/part-*"))) > 1
    (warning,) = result.warnings
    assert warning == (
        "236 of 300 part(s) were closed early, since the records are in more partitions than the "
        "64 that can be open; sort the records by partition, or partition by a field with fewer "
        "values"
    )


def test_what_is_not_committed_is_not_read(path: Path, read: Read, files: Files) -> None:
    """Parts lie in the folder under their final names before the log names them."""
    DataLoader(f"{path}/").load(numbered(1))
    session = Session(DatasetDestination(path), Load(run_of("k"), "append"))

    session.write(numbered(2)).prepared()

    assert len([name for name in files(path) if name.endswith(".jsonl")]) == 2
    assert read(path) == numbered(1)


def test_an_aborted_load_leaves_nothing(path: Path, files: Files) -> None:
    """Its parts and the folders of its partitions are gone."""
    dataset = DatasetDestination(path, partition_by=["a", "b"], max_records=1)
    session = Session(dataset, Load(run_of("k"), "append"))
    session.write([{"a": 1, "b": 1}, {"a": 1, "b": 2}])

    session.session.abort()

    assert files(path) == []
    assert [each.name for each in path.iterdir()] == ["_commits"]


def test_a_dead_attempt_is_discarded_alone(path: Path, read: Read, files: Files) -> None:
    """What others have written stays, committed or not."""
    dataset = DatasetDestination(path)
    DataLoader(dataset, "append").load(numbered(1))
    dead = Session(dataset, Load(run_of("k"), "append"))
    alive = Session(dataset, Load(run_of("l"), "append"))
    dead.write(numbered(2)).prepared()
    alive.write(numbered(3))

    dataset.discard(dead.load.run.nonce)

    alive.commit()
    assert read(path) == numbered(1, 3)
    assert [name for name in files(path) if dead.load.run.nonce in name] == []


def test_an_attempt_that_was_discarded_cannot_commit(path: Path, read: Read) -> None:
    """A holder that was stopped, taken for dead, and wakes up again is refused."""
    dataset = DatasetDestination(path)
    late = Session(dataset, Load(run_of("k"), "append"))
    record = late.write(numbered(1)).prepared()
    dataset.discard(late.load.run.nonce)

    with pytest.raises(CommitLost):
        late.session.commit(record)

    assert not late.session.committed
    assert read(path) == []


def test_an_attempt_that_has_committed_is_not_discarded(path: Path, read: Read) -> None:
    """Its parts count, whoever takes it for dead."""
    dataset = DatasetDestination(path)
    done = Session(dataset, Load(run_of("k"), "append"))
    done.write(numbered(1)).commit()

    dataset.discard(done.load.run.nonce)

    assert read(path) == numbered(1)


def test_a_job_finds_its_run_key_in_the_log(path: Path, read: Read) -> None:
    """The same key again does nothing; another one appends."""
    dataset = DatasetDestination(path)
    job = ETLJob("sales", "Sales", RecordsSource(numbered(1)), [], DataLoader(dataset, "append"))

    statuses = [job.execute(run_key=key).status.value for key in ("may", "may", "june")]

    assert statuses == ["completed", "skipped", "completed"]
    assert read(path) == numbered(1, 1)


def test_a_result_reads_the_dataset_back(path: Path) -> None:
    """What a result gives is what the log says counts."""
    dataset = DatasetDestination(path, partition_by="id")
    job = ETLJob("sales", "Sales", RecordsSource(numbered(1, 2)), [], DataLoader(dataset, "append"))

    result = job.execute()

    assert list(result.records()) == numbered(1, 2)


def test_a_record_without_the_field_of_the_partition_is_rejected(path: Path) -> None:
    """A misspelt field is not taken for one without a value."""
    dataset = DatasetDestination(path, partition_by="stat")
    source = RecordsSource([{"state": "CA"}])
    job = ETLJob("sales", "Sales", source, [], DataLoader(dataset))

    result = job.execute()

    (error,) = result.errors
    assert error == (
        "job 'sales', to encode the record: records:1: the record has no field 'stat' to be "
        "partitioned by; did you mean 'state'?; set it in a step, where None is a partition of its "
        "own. Nothing was loaded. Mend the record or the step, or set such records aside with "
        "on_error=Quarantine()"
    )


def test_a_load_of_the_same_work_loses_to_the_first(path: Path, read: Read) -> None:
    """Without a lock both may have begun; one commits."""
    dataset = DatasetDestination(path)
    first = Session(dataset, Load(run_of("k"), "append")).write(numbered(1))
    second = Session(dataset, Load(run_of("k"), "append")).write(numbered(1))
    first.commit()

    with pytest.raises(CommitLost, match="another run of job 'sales' with the run key 'k'"):
        second.commit()

    assert read(path) == numbered(1)


def test_the_same_key_of_another_job_is_other_work(path: Path, read: Read) -> None:
    """Jobs may share a dataset."""
    dataset = DatasetDestination(path)
    Session(dataset, Load(run_of("k", "one"), "append")).write(numbered(1)).commit()

    Session(dataset, Load(run_of("k", "other"), "append")).write(numbered(2)).commit()

    assert read(path) == numbered(1, 2)


@pytest.mark.parametrize(
    ("mode", "other", "expected"),
    [
        ("replace", "replace", LOST),
        ("replace", "replace-partition", LOST),
        ("replace-partition", "replace", LOST),
        ("replace-partition", "replace-partition", LOST),
        ("replace", "append", nullcontext()),
        ("append", "replace", nullcontext()),
        ("append", "append", nullcontext()),
    ],
)
def test_of_two_that_replace_the_same_the_later_begins_again(
    mode: Any, other: Any, expected: AbstractContextManager[Any], path: Path
) -> None:
    """An append takes nothing away, so it is put in order with any other load."""
    dataset = DatasetDestination(path, partition_by="id")
    session = Session(dataset, Load(run_of("k"), mode)).write(numbered(1))
    Session(dataset, Load(run_of("l"), other)).write(numbered(1)).commit()
    record = session.prepared()

    with expected:
        session.session.commit(record)

    assert len(list(dataset.commits())) == (2 if session.session.committed else 1)


def test_other_partitions_may_be_replaced_at_the_same_time(path: Path, read: Read) -> None:
    """Two loads that replace different partitions both commit."""
    dataset = DatasetDestination(path, partition_by="id")
    session = Session(dataset, Load(run_of("k"), "replace-partition")).write(numbered(1))
    Session(dataset, Load(run_of("l"), "replace-partition")).write(numbered(2)).commit()

    session.commit()

    assert read(path) == numbered(2, 1)


def test_a_forced_load_takes_the_place_of_the_earlier_one(path: Path, read: Read) -> None:
    """Loads in between stay; the forced one may be forced again."""
    dataset = DatasetDestination(path)
    first = Session(dataset, Load(run_of("k"), "append")).write(numbered(1)).commit()
    Session(dataset, Load(run_of("l"), "append")).write(numbered(2)).commit()
    second = Session(dataset, Load(run_of("k"), "append", supersedes=(first.run.nonce,)))
    second.write(numbered(3)).commit()

    third = Session(dataset, Load(run_of("k"), "append", supersedes=(second.load.run.nonce,)))
    third.write(numbered(4)).commit()

    found = dataset.find_commit(run_of("k"))
    assert read(path) == numbered(2, 4)
    assert found is not None
    assert found.run == third.load.run


def test_a_changed_file_takes_the_place_of_its_earlier_records(
    path: Path, tmp_path: Path, read: Read
) -> None:
    """The parts of other files, and of other jobs, stay."""
    dataset = DatasetDestination(path, by_source=True)
    a, b = str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")
    first = Session(dataset, Load(run_of("1"), "append"))
    first.write(numbered(1), origin=a).write(numbered(2), origin=b).write(numbered(3), origin=a)
    first.commit()
    Session(dataset, Load(run_of("1", "other"), "append")).write(numbered(4), origin=a).commit()

    second = Session(dataset, Load(run_of("2"), "append")).write(numbered(5), origin=a)
    second.commit(again=[a])

    assert read(path) == numbered(2, 4, 5)


def test_records_of_several_files_have_no_source_of_their_own(path: Path) -> None:
    """What a step made of several files cannot be kept apart by file."""
    session = Session(DatasetDestination(path, by_source=True), Load(run_of("k"), "append"))

    with pytest.raises(ConfigurationError, match="by_source=True needs records that come from"):
        session.write(numbered(1), derived=True)


def test_a_partition_may_be_read_alone(path: Path, read: Read) -> None:
    """A folder of a partition is read by the log of its dataset."""
    dataset = DatasetDestination(path, partition_by=["year", "state"])
    records = [
        {"year": 2024, "state": "CA"},
        {"year": 2024, "state": "NY"},
        {"year": 2025, "state": "CA"},
    ]
    DataLoader(dataset).load(records)
    DataLoader(dataset).load(records)

    found = read(path / "year=2024")

    assert found == records[:2]


@pytest.mark.parametrize("location", ["sales/**/*.jsonl", "sales/id=*/*", "sales/id=2/*", "."])
def test_patterns_and_folders_above_leave_out_what_does_not_count(
    location: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    """Parts that are not committed yet, or were replaced, are found by no location."""
    monkeypatch.chdir(tmp_path)
    dataset = DatasetDestination(path, partition_by="id")
    DataLoader(dataset).load(numbered(1))
    DataLoader(dataset).load(numbered(2))
    Session(dataset, Load(run_of("k"), "append")).write(numbered(3)).prepared()

    found = read(Path(location))

    assert found == numbered(2)


def test_a_dataset_may_be_read_and_replaced_in_one_run(path: Path, read: Read) -> None:
    """Parts do not change, so many small ones can be made a few large ones."""
    dataset = DatasetDestination(path)
    small = DatasetDestination(path, max_records=1)
    DataLoader(small).load(numbered(*range(5)))
    job = ETLJob("compact", "Compact", FileSource(path), [], DataLoader(dataset))

    job.execute().raise_if_failed()

    assert read(path) == numbered(*range(5))
    assert len(CommitLog(str(path)).files()) == 1


@pytest.mark.parametrize("below", ["", "id=1", "*/*", "id=1/part-*"])
def test_a_job_does_not_add_to_the_dataset_that_it_reads(
    path: Path, read: Read, below: str
) -> None:
    """Each run would double it."""
    loader = DataLoader(DatasetDestination(path, partition_by="id"), "append")
    loader.load(numbered(1, 2))
    job = ETLJob("double", "Double", FileSource(path / below), [], loader)

    result = job.execute()

    assert result.errors[0].endswith(
        f"reads {path}, which the job writes; load into a place of its own"
    )
    assert read(path) == numbered(1, 2)


def test_parts_of_csv_may_have_other_columns(path: Path, read: Read) -> None:
    """Each is read by its own header."""
    loader = DataLoader(DatasetDestination(path, format="csv"), "append")
    loader.load([{"a": 1, "b": 2}])
    loader.load([{"c": 4, "a": 3}])

    found = read(path)

    assert found == [{"a": "1", "b": "2"}, {"c": "4", "a": "3"}]


@settings(deadline=None, max_examples=40)  # each example waits for the disk
@given(
    records=st.lists(
        st.fixed_dictionaries({"f": st.text(max_size=3), "g": st.integers(0, 2) | st.none()})
    ),
    fields=st.sampled_from([(), ("f",), ("g", "f")]),
    kind=st.sampled_from(["jsonl", "json"]),
    limits=st.fixed_dictionaries(
        {"max_records": st.none() | st.integers(1, 4), "max_bytes": st.none() | st.integers(1, 99)}
    ),
)
def test_whatever_is_loaded_is_read(
    records: list[dict[str, Any]], fields: tuple[str, ...], kind: str, limits: dict[str, Any]
) -> None:
    """Each partition has its records in the order of the source, in parts within the limit."""
    numbered_records = [{"n": number, **record} for number, record in enumerate(records)]
    with tempfile.TemporaryDirectory() as folder:
        dataset = DatasetDestination(f"{folder}/d", format=kind, partition_by=fields, **limits)

        DataLoader(dataset).load(numbered_records)

        found = FileSource(f"{folder}/d").extract()
        parts = [part.records for each in dataset.commits() for part in each.written.parts]

    def partition(record: dict[str, Any]) -> str:
        return repr([record[field] for field in fields])

    assert sorted(found, key=partition) == sorted(numbered_records, key=partition)
    assert sum(parts) == len(records)
    assert max(parts, default=0) <= (limits["max_records"] or len(records))


def test_a_partition_that_is_not_there_is_no_empty_one(path: Path, read: Read) -> None:
    """A mistyped value is told, as a mistyped path is."""
    DataLoader(f"{path}/", partition_by="id").load(numbered(1))

    with pytest.raises(SourceNotFound, match="there is no such file or folder"):
        read(path / "id=2")


def test_a_missing_part_is_an_error_with_its_path(path: Path, read: Read) -> None:
    """A reader does not go on with fewer records."""
    DataLoader(f"{path}/").load(numbered(1))
    (part,) = path.glob("part-*")
    part.unlink()

    with pytest.raises(CorruptState) as caught:
        read(path)

    assert str(caught.value) == (
        f"{part}: is missing, although the commit log names it. Nothing was changed; put back a "
        "copy of the file, or load its records again with mode='replace'"
    )


def test_a_part_of_another_length_is_an_error(path: Path, read: Read) -> None:
    """One that was cut off is not read."""
    DataLoader(f"{path}/").load(numbered(1, 2))
    (part,) = path.glob("part-*")
    part.write_bytes(part.read_bytes()[:9])

    with pytest.raises(CorruptState, match="has 9 bytes instead of 18, although"):
        read(path)


def test_a_log_may_not_name_files_elsewhere(path: Path, read: Read) -> None:
    """A part is in the folder of its dataset."""
    DataLoader(f"{path}/").load(numbered(1))
    (entry,) = path.glob("_commits/*.json")
    record = CommitLog(str(path)).record(1)
    object.__setattr__(record.written.parts[0], "name", "../else.jsonl")
    entry.write_bytes(record.to_json())

    with pytest.raises(CorruptState, match=r"names the part '\.\./else\.jsonl'"):
        read(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"format": "csv"},
            (
                "holds parts of another format, such as part-{nonce}-00001.jsonl, and the load writes "
                ".csv; pass the format of the dataset, or use mode='replace'"
            ),
        ),
        (
            {"partition_by": "id"},
            (
                "is partitioned by nothing and the load by id; pass partition_by=[], or use "
                "mode='replace'"
            ),
        ),
    ],
    ids=["format", "partitions"],
)
def test_what_is_added_goes_with_what_is_there(
    options: dict[str, Any], message: str, path: Path
) -> None:
    """A dataset has one format and one set of partitions."""
    first = Session(DatasetDestination(path), Load(run_of("k"), "append")).write(numbered(1))
    first.commit()

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(DatasetDestination(path, **options), "append").load(numbered(2))

    assert str(caught.value) == f"{path}: {message.format(nonce=first.load.run.nonce)}"


def test_fields_of_partitions_stay_in_the_records(path: Path) -> None:
    """Each part can be read without its folder."""
    DataLoader(f"{path}/", partition_by="state").load([{"id": 1, "state": "CA"}])

    (part,) = path.glob("state=CA/part-*")

    assert orjson.loads(part.read_bytes()) == {"id": 1, "state": "CA"}
