"""The lineage file of one load: written, found in, damaged."""

from __future__ import annotations

import hashlib
import stat

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attrs import evolve

from etlkit.errors import BalanceError, CorruptState
from etlkit.formats.row_hash import row_hash
from etlkit.runs import KeptFile, RunContext
from etlkit.state.lineage import writing
from etlkit.state.lineage.layout import ENTRY
from etlkit.state.lineage.reading import Entry, opened
from etlkit.state.lineage.writing import LineageWriter, discard_lineage, lineage_path


Written = Callable[..., KeptFile]
Hashes = Callable[..., list[bytes]]


def found(kept: KeptFile, row: bytes) -> list[tuple[str | None, int | None]]:
    """File and record number of each entry with a hash."""
    with opened(kept) as lineage:
        return [(entry.file, entry.record_no) for entry in lineage.find(row)]


def made_of(kept: KeptFile, file: str, record_no: int) -> list[bytes]:
    """The hashes of what became of a source record."""
    with opened(kept) as lineage:
        return [entry.row_hash for entry in lineage.of(file, record_no)]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 1000 entries, so that few records fill several."""
    monkeypatch.setattr(writing, "BLOCK_ENTRIES", 1000)


# -- the hash


def test_the_hash_does_not_depend_on_the_order_of_the_keys() -> None:
    """A destination may write the fields in another order."""
    one = row_hash({"id": 1, "state": "CA"})

    assert one == row_hash({"state": "CA", "id": 1})
    assert len(one) == 16


def test_the_hash_of_a_record_never_changes() -> None:
    """Lineage files of earlier releases are looked up by it; a new rule is a new version."""
    digest = row_hash({"b": [1, 2.5, None, True], "a": "é", "c": {"z": 1, "y": 2}})

    assert digest.hex() == "4f2e2bd1f05f212c14a2d996a5e9e2ce"


def test_records_that_json_has_no_form_for_have_a_hash() -> None:
    """A set, or an integer of thirty digits, is no reason to fail."""
    wide, other = row_hash({"n": 10**30}), row_hash({"n": 10**30 + 1})

    assert wide != other
    assert row_hash({"n": {1}}) == row_hash({"n": {1}})


# -- writing and finding


def test_a_loaded_record_is_found_by_its_hash(written: Written, hashes: Hashes) -> None:
    """File and record number say where it came from."""
    kept = written(("a.jsonl", 1, [7, 8]), ("b.jsonl", 5, [9]))

    assert found(kept, hashes(8)[0]) == [("a.jsonl", 2)]
    assert found(kept, hashes(9)[0]) == [("b.jsonl", 5)]


def test_a_hash_that_was_not_loaded_is_not_found(written: Written, hashes: Hashes) -> None:
    """There is nothing to say of it."""
    kept = written(("a.jsonl", 1, [7, 8]))

    assert found(kept, hashes(1)[0]) == []
    assert found(kept, bytes(16)) == []
    assert found(kept, b"\xff" * 16) == []


def test_equal_records_are_told_apart_by_their_numbers(written: Written, hashes: Hashes) -> None:
    """Two identical lines of one file are two records."""
    kept = written(("a.jsonl", 1, [7, 7]))

    assert found(kept, hashes(7)[0]) == [("a.jsonl", 1), ("a.jsonl", 2)]


def test_thousands_of_equal_records_are_all_found(written: Written, hashes: Hashes) -> None:
    """They fill several groups of the index."""
    kept = written(("a.jsonl", 1, [1, *[7] * 2000, 2]))

    numbers = found(kept, hashes(7)[0])

    assert numbers == [("a.jsonl", number) for number in range(2, 2002)]


def test_what_became_of_a_source_record_is_found(written: Written, hashes: Hashes) -> None:
    """A record is told by its file and its number there."""
    kept = written(("a.jsonl", 1, [7, 8]), ("b.jsonl", 1, [9, 10]))

    assert made_of(kept, "b.jsonl", 2) == hashes(10)
    assert made_of(kept, "b.jsonl", 3) == []
    assert made_of(kept, "c.jsonl", 1) == []


def test_a_file_is_also_known_by_its_full_path(
    written: Written, hashes: Hashes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run may have worked in another folder than the one who asks."""
    monkeypatch.chdir(tmp_path)
    kept = written(("a.jsonl", 1, [7]))
    monkeypatch.chdir("/")

    assert made_of(kept, str(tmp_path / "a.jsonl"), 1) == hashes(7)


def test_several_results_of_one_record_are_all_found(
    root: Path, run_of_lineage: RunContext, hashes: Hashes
) -> None:
    """A step may make several records of one."""
    writer = LineageWriter(lineage_path(str(root), run_of_lineage), run_of_lineage)
    writer.add("a.jsonl", [4, 4, 6], hashes(1, 2, 3))
    kept = writer.finish()

    assert sorted(made_of(kept, "a.jsonl", 4)) == sorted(hashes(1, 2))
    assert made_of(kept, "a.jsonl", 5) == []


def test_a_record_made_of_several_has_no_number(written: Written, hashes: Hashes) -> None:
    """The lineage names the files of the load for it."""
    kept = written(("step sum", 1, [7]), sources=["a.jsonl", "b.jsonl"])

    with opened(kept) as lineage:
        entries, files, merged = lineage.find(hashes(7)[0]), lineage.files, lineage.merged

    assert entries == [Entry(hashes(7)[0], None, None)]
    assert files == ("a.jsonl", "b.jsonl")
    assert merged == 1


def test_a_load_without_records_has_a_file_too(written: Written, hashes: Hashes) -> None:
    """The commit record names one whatever was loaded."""
    kept = written()

    assert kept.records == 0
    assert found(kept, hashes(1)[0]) == []


@pytest.mark.usefixtures("small_blocks")
def test_every_record_of_many_blocks_is_found_both_ways(written: Written, hashes: Hashes) -> None:
    """A batch may end one block, fill others and begin the next."""
    kept = written(
        ("a.jsonl", 1, range(700)),
        ("b.jsonl", 1, range(1000, 1400)),
        ("a.jsonl", 701, range(700, 1000)),
        ("c.jsonl", 9, range(2000, 5500)),
        ("step sum", 1, range(6000, 6400)),
    )

    places = [found(kept, one) for one in hashes(*range(1000), *range(2000, 5500))]
    back = [made_of(kept, "b.jsonl", number) for number in range(1, 401)]

    assert places[:1000] == [[("a.jsonl", number)] for number in range(1, 1001)]
    assert places[1000:] == [[("c.jsonl", number)] for number in range(9, 3509)]
    assert back == [[one] for one in hashes(*range(1000, 1400))]
    assert made_of(kept, "a.jsonl", 1000) == hashes(999)


@pytest.mark.usefixtures("small_blocks")
def test_reading_gives_every_entry_once(written: Written, hashes: Hashes) -> None:
    """Whoever makes an index of the file needs all of it."""
    kept = written(("a.jsonl", 1, range(2500)))

    with opened(kept) as lineage:
        blocks = list(lineage.read())

    entries = [entry for block in blocks for entry in ENTRY.iter_unpack(block)]
    assert [len(block) // ENTRY.size for block in blocks] == [1000, 1000, 500]
    assert sorted(entries, key=lambda entry: entry[1]) == [
        (one, number, 0) for number, one in enumerate(hashes(*range(2500)), 1)
    ]


def test_names_of_files_may_hold_any_bytes(written: Written, hashes: Hashes) -> None:
    """Python keeps bytes that are no UTF-8 as lone surrogates."""
    kept = written(("\udcff.jsonl", 1, [7]))

    assert found(kept, hashes(7)[0]) == [("\udcff.jsonl", 1)]


# -- the file


def test_the_commit_record_can_name_the_file(written: Written, root: Path) -> None:
    """Its path, its records, its length and the sha256 of its bytes."""
    kept = written(("a.jsonl", 1, [7, 8]))

    content = Path(kept.path).read_bytes()

    assert kept == KeptFile(
        str(root / "lineage/run-1.0123456789ab.lineage"),
        2,
        len(content),
        hashlib.sha256(content).hexdigest(),
    )


def test_only_the_owner_can_read_it(written: Written, root: Path) -> None:
    """What came from where may be nobody else's business."""
    kept = written(("a.jsonl", 1, [7]))

    assert stat.S_IMODE(Path(kept.path).stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "lineage").stat().st_mode) == 0o700


def test_a_record_takes_less_than_forty_bytes(written: Written) -> None:
    """At ten million records every byte is ten megabytes."""
    kept = written(("a.jsonl", 1, range(20_000)))

    assert kept.size_bytes / kept.records < 30


@pytest.mark.usefixtures("small_blocks")
def test_discarding_leaves_nothing(root: Path, run_of_lineage: RunContext, hashes: Hashes) -> None:
    """An attempt that fails has no lineage."""
    writer = LineageWriter(lineage_path(str(root), run_of_lineage), run_of_lineage)
    writer.add("a.jsonl", range(1, 1501), hashes(*range(1500)))

    writer.discard()

    assert list((root / "lineage").iterdir()) == []


def test_discarding_a_finished_file_removes_it(
    root: Path, run_of_lineage: RunContext, hashes: Hashes
) -> None:
    """The commit that would have named it has failed."""
    writer = LineageWriter(lineage_path(str(root), run_of_lineage), run_of_lineage)
    writer.add("a.jsonl", [1], hashes(7))
    writer.finish()

    writer.discard()

    assert list((root / "lineage").iterdir()) == []


def test_nothing_is_made_before_there_is_something_to_write(
    root: Path, run_of_lineage: RunContext, hashes: Hashes
) -> None:
    """An attempt that fails early leaves no folder behind."""
    writer = LineageWriter(lineage_path(str(root), run_of_lineage), run_of_lineage)
    writer.add("a.jsonl", [1], hashes(7))
    writer.add("a.jsonl", [], [])

    writer.discard()

    assert not root.exists()


def test_what_a_dead_attempt_left_can_be_removed(
    written: Written, root: Path, run_of_lineage: RunContext
) -> None:
    """Its files carry its mark; those of others stay."""
    written(("a.jsonl", 1, [7]))
    other = evolve(run_of_lineage, nonce="ba9876543210")
    LineageWriter(lineage_path(str(root), other, "big ones"), other).finish()
    half = root / f"lineage/.run-1.{other.nonce}.lineage.{other.nonce}.tmp"
    half.touch()

    discard_lineage(str(root), other.nonce)

    assert [path.name for path in (root / "lineage").iterdir()] == ["run-1.0123456789ab.lineage"]


def test_removing_what_is_not_there_does_nothing(root: Path) -> None:
    """A job that keeps no lineage has no folder for it."""
    discard_lineage(str(root), "ba9876543210")

    assert not root.exists()


def test_outputs_of_one_run_have_files_of_their_own(run_of_lineage: RunContext) -> None:
    """A name that could not stand in a path is hashed."""
    paths = [lineage_path("/r", run_of_lineage, output) for output in ("", "big", "../x")]

    assert paths[:2] == [
        "/r/lineage/run-1.0123456789ab.lineage",
        "/r/lineage/run-1.0123456789ab.big.lineage",
    ]
    assert Path(paths[2]).parent == Path("/r/lineage")
    assert ".." not in Path(paths[2]).name


def test_a_number_for_each_hash_is_asked_for(
    root: Path, run_of_lineage: RunContext, hashes: Hashes
) -> None:
    """Lineage that is off by one is worse than none."""
    writer = LineageWriter(lineage_path(str(root), run_of_lineage), run_of_lineage)

    with pytest.raises(BalanceError, match=r"2 hash\(es\) for 1 record number\(s\) of a.jsonl"):
        writer.add("a.jsonl", [1], hashes(7, 8))


# -- damage


def test_a_file_that_is_gone_is_an_error(written: Written, hashes: Hashes) -> None:
    """It is never taken for a load without lineage."""
    kept = written(("a.jsonl", 1, [7]))
    Path(kept.path).unlink()

    with pytest.raises(CorruptState) as caught:
        found(kept, hashes(7)[0])

    assert str(caught.value) == (
        f"{kept.path}: it is not there, although a commit record names it (was the root moved or "
        "cleared?). The lineage of this load is not known; put back a copy of the file. Nothing "
        "else is concerned: the loaded "
        "records are where they were"
    )


@pytest.mark.parametrize("left", [0, 1, 7, 40, 200, 3000, -1, -8, -40])
def test_a_file_that_was_cut_is_an_error(written: Written, hashes: Hashes, left: int) -> None:
    """Whether or not its length is the one that the commit record names."""
    kept = written(("a.jsonl", 1, range(600)))
    cut = Path(kept.path).read_bytes()[:left]
    Path(kept.path).write_bytes(cut)

    with pytest.raises(CorruptState, match=r"run-1\.0123456789ab\.lineage: it has"):
        found(kept, hashes(7)[0])
    with pytest.raises(CorruptState, match=r"run-1\.0123456789ab\.lineage: "):
        found(evolve(kept, size_bytes=len(cut)), hashes(7)[0])


def outcome(kept: KeptFile, flipped: int, rows: list[bytes]) -> Any:
    """What a file says whose byte at a place is another, or that it is damaged."""
    content = bytearray(Path(kept.path).read_bytes())
    content[flipped] ^= 0x40
    Path(kept.path).write_bytes(content)
    try:
        return [found(kept, row) for row in rows]
    except CorruptState as error:
        return str(error).partition(":")[0]
    finally:
        content[flipped] ^= 0x40
        Path(kept.path).write_bytes(content)


def test_a_flipped_byte_is_never_believed(written: Written, hashes: Hashes) -> None:
    """Each byte of the file, one after the other: no answer but an error with the path."""
    rows = hashes(*range(9))
    kept = written(("a.jsonl", 1, range(9)))

    outcomes = {str(outcome(kept, at, rows)) for at in range(kept.size_bytes)}

    assert outcomes == {kept.path}


def test_damage_is_found_by_whoever_looks_there(written: Written, hashes: Hashes) -> None:
    """Reading all of it, looking a record up, and checking it say the same."""
    kept = written(("a.jsonl", 1, range(9)))
    content = bytearray(Path(kept.path).read_bytes())
    content[content.index(hashes(4)[0])] ^= 1
    Path(kept.path).write_bytes(content)

    with opened(kept) as lineage:
        with pytest.raises(CorruptState, match="the entries from byte"):
            list(lineage.read())
        with pytest.raises(CorruptState, match="the entries from byte"):
            lineage.of("a.jsonl", 3)
        with pytest.raises(CorruptState, match="its sha256 is not the one"):
            lineage.check(kept)


def test_a_sound_file_passes_the_check(written: Written) -> None:
    """Its sha256 is the one that the commit record names."""
    kept = written(("a.jsonl", 1, range(9)))

    with opened(kept) as lineage:
        lineage.check(kept)

    assert kept.records == 9
