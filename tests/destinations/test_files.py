"""One file, replaced as a whole or appended to by whole loads."""

from __future__ import annotations

import stat
import threading

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from etlkit import DataLoader, ETLJob, FileSource, Quarantine, RecordsSource
from etlkit.destinations import FileDestination
from etlkit.errors import ConfigurationError, DestinationBusy, RecordError
from etlkit.testing import FakeClock
from etlkit.transformations import Map


Names = Callable[[Path], list[str]]
LoadInProcess = Callable[..., list[str]]

OLD = '{"old":true}\n'


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A file that holds one old record."""
    path = tmp_path / "out.jsonl"
    path.write_text(OLD)
    return path


def mode_of(path: Path) -> str:
    """The permissions of a file, as ``chmod`` takes them."""
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def test_replace_leaves_the_new_records_only(out: Path, names: Names) -> None:
    """The file is the load, and nothing else is left in the folder."""
    loaded = DataLoader(out).load([{"id": 1}, {"id": 2}])

    assert loaded == 2
    assert out.read_text() == '{"id":1}\n{"id":2}\n'
    assert names(out.parent) == ["out.jsonl"]


def test_append_adds_the_new_records(out: Path, names: Names) -> None:
    """What was there before stays, and a journal beside the file says what was added."""
    loaded = DataLoader(out, "append").load([{"id": 1}, {"id": 2}])

    assert loaded == 2
    assert out.read_text() == OLD + '{"id":1}\n{"id":2}\n'
    assert names(out.parent) == [".out.jsonl.journal", "out.jsonl"]


@pytest.mark.parametrize(("mode", "beside"), [("replace", []), ("append", [".new.jsonl.journal"])])
def test_a_file_that_does_not_exist_is_made(
    mode: str, beside: list[str], tmp_path: Path, names: Names
) -> None:
    """The first load needs no file to begin with."""
    DataLoader(tmp_path / "new.jsonl", mode).load([{"id": 1}])

    assert (tmp_path / "new.jsonl").read_text() == '{"id":1}\n'
    assert names(tmp_path) == [*beside, "new.jsonl"]


def test_append_ends_the_last_line_of_a_file_first(tmp_path: Path) -> None:
    """A file without a newline at its end keeps its last record apart from the new ones."""
    path = tmp_path / "out.jsonl"
    path.write_text('{"id":1}')

    DataLoader(path, "append").load([{"id": 2}])

    assert path.read_text() == '{"id":1}\n{"id":2}\n'


def test_append_of_nothing_changes_nothing(tmp_path: Path) -> None:
    """Not even a missing newline is added where no record follows it."""
    path = tmp_path / "out.jsonl"
    path.write_text('{"id":1}')

    loaded = DataLoader(path, "append").load([])

    assert loaded == 0
    assert path.read_text() == '{"id":1}'


def test_replace_by_nothing_empties_the_file(out: Path) -> None:
    """An empty iterable is a load of no records."""
    loaded = DataLoader(out).load([])

    assert loaded == 0
    assert out.read_text() == ""


@pytest.mark.parametrize(
    ("mode", "permissions"),
    [
        ("replace", "600"),
        ("replace", "640"),
        ("replace", "606"),
        ("replace", "444"),
        ("append", "600"),
        ("append", "666"),
    ],
)
def test_a_file_keeps_its_permissions(mode: str, permissions: str, out: Path) -> None:
    """Who may read the file is for its owner to say, not for a load."""
    out.chmod(int(permissions, 8))

    DataLoader(out, mode).load([{"id": 1}])

    assert mode_of(out) == permissions


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_new_file_has_the_permissions_of_any_new_file(mode: str, tmp_path: Path) -> None:
    """The umask of the process decides, as it does for ``open``."""
    (tmp_path / "plain.txt").touch()

    DataLoader(tmp_path / "out.jsonl", mode).load([{"id": 1}])

    assert mode_of(tmp_path / "out.jsonl") == mode_of(tmp_path / "plain.txt")


@pytest.mark.parametrize(
    ("mode", "content"),
    [
        pytest.param("replace", '{"id":1}\n', id="replace"),
        pytest.param("append", OLD + '{"id":1}\n', id="append"),
    ],
)
def test_a_link_stays_a_link(mode: str, content: str, out: Path, tmp_path: Path) -> None:
    """A load through a symbolic link goes into the file that it points to."""
    link = tmp_path / "links" / "current.jsonl"
    link.parent.mkdir()
    link.symlink_to(out)

    DataLoader(link, mode).load([{"id": 1}])

    assert link.is_symlink()
    assert out.read_text() == content


def test_a_reader_that_has_the_file_open_keeps_the_old_records(out: Path) -> None:
    """A replace takes nothing away from those who are reading."""
    with out.open() as reader:
        DataLoader(out).load([{"id": 1}])

        assert reader.read() == OLD


class Reader(threading.Thread):
    """Reads a file over and over again and keeps each content that it saw."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self._path = path
        self._stopped = threading.Event()

    def run(self) -> None:
        """Read until somebody says stop, and once more."""
        while not self._stopped.is_set():
            self.seen.add(self._path.read_text())
        self.seen.add(self._path.read_text())

    def stop(self) -> None:
        """Wait for the last reading."""
        self._stopped.set()
        self.join()


def load_in_turns(path: Path, loads: Iterable[list[dict[str, int]]]) -> None:
    """Replace a file by one load after the other."""
    for records in loads:
        DataLoader(path).load(records)


def test_readers_see_the_whole_old_file_or_the_whole_new_one(tmp_path: Path) -> None:
    """Whoever reads while the file is replaced sees one of the loads, whole."""
    path = tmp_path / "out.jsonl"
    short, long = [{"id": 1}], [{"id": each} for each in range(20_000)]
    load_in_turns(path, [short])
    reader = Reader(path)
    reader.start()

    load_in_turns(path, [long, short] * 10 + [long])

    reader.stop()
    whole = '{"id":1}\n', "".join(f'{{"id":{each}}}\n' for each in range(20_000))
    assert reader.seen <= set(whole)
    assert whole[1] in reader.seen


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_record_that_cannot_be_written_leaves_the_file_as_it_was(
    mode: str, out: Path, names: Names
) -> None:
    """A load is all of its records or none, however many went before the bad one."""
    records = [*({"id": each} for each in range(5000)), {"id": {1, 2}}]

    with pytest.raises(RecordError) as caught:
        DataLoader(out, mode).load(records)

    assert str(caught.value) == (
        "record 5001: $.id is a set that JSON has no form for (Type is not JSON serializable: "
        "set); change it in a step, for example by sorted(...); nothing was loaded"
    )
    assert out.read_text() == OLD
    assert names(out.parent) == ["out.jsonl"]


def test_a_computed_nan_becomes_null_unless_told_otherwise(tmp_path: Path) -> None:
    """JSON has no form for it; null is what other writers make of it."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"x":1}\n')
    spoil = Map(lambda record: {"x": record["x"] * float("nan")})

    ETLJob("j", "J", FileSource(source), spoil, out).execute().raise_if_failed()

    assert out.read_text() == '{"x":null}\n'


def test_a_nan_of_the_input_never_becomes_null(out: Path) -> None:
    """Records of a program may hold one, and no value of the input changes in silence."""
    job = ETLJob("j", "J", RecordsSource([{"x": float("nan")}]), None, DataLoader(out, "a"))

    result = job.replace(on_error=Quarantine()).execute()

    (rejection,) = result.rejections
    assert (result.rows_loaded, rejection.code, rejection.raw) == (0, "nan", b'{"x":NaN}')
    assert out.read_text() == OLD


def test_strict_floats_refuses_a_not_a_number(out: Path) -> None:
    """With ``strict_floats`` no computed value becomes null unnoticed."""
    with pytest.raises(RecordError) as caught:
        DataLoader(out, strict_floats=True).load([{"x": [1.0, {"y": float("inf")}]}])

    assert str(caught.value) == (
        "record 1: the record has a NaN or an infinity, which JSON has no form for; "
        "turn it into None or a text in a step; "
        "nothing was loaded"
    )
    assert out.read_text() == OLD


@pytest.mark.parametrize(
    ("location", "message"),
    [
        pytest.param(
            "s3://bucket/out.jsonl",
            "s3://bucket/out.jsonl: only local files can be written so far",
            id="URL",
        ),
        pytest.param(
            "memory://out.jsonl",
            "memory://out.jsonl: only local files can be written so far",
            id="fsspec memory",
        ),
    ],
)
def test_a_url_is_refused_at_once(location: str, message: str) -> None:
    """What cannot be written yet is said before anything is read."""
    with pytest.raises(ConfigurationError) as caught:
        FileDestination(location)

    assert str(caught.value) == message


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    """``file://`` means this computer."""
    DataLoader(f"file://{tmp_path}/out.jsonl").load([{"id": 1}])

    assert (tmp_path / "out.jsonl").read_text() == '{"id":1}\n'


def test_a_destination_says_which_file_it_is() -> None:
    """The path stands in messages as it was given."""
    destination = FileDestination(Path("data") / "out.jsonl")

    assert destination.uri == "data/out.jsonl"
    assert repr(destination) == "FileDestination('data/out.jsonl')"


@pytest.mark.parametrize("path", ["link.jsonl", "./out.jsonl"], ids=["link", "spelling"])
def test_a_file_has_one_place_however_it_is_named(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeated append is told whatever way leads to the file, which need not be there yet."""
    monkeypatch.chdir(tmp_path)
    Path("link.jsonl").symlink_to("out.jsonl")

    place = FileDestination(path).place

    assert place == str(tmp_path.resolve() / "out.jsonl")


def test_a_relative_path_is_taken_from_the_folder_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    """A file name alone means a file right here."""
    monkeypatch.chdir(tmp_path)

    DataLoader("out.jsonl").load([{"id": 1}])

    assert names(tmp_path) == ["out.jsonl"]


# -- what cannot be written


def test_a_missing_folder_is_named(tmp_path: Path, names: Names) -> None:
    """A load makes no folders; a typing error in a path would make a wrong one."""
    path = tmp_path / "missing" / "out.jsonl"

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path).load([{"id": 1}])

    assert str(caught.value) == (
        f"{path}: the folder {tmp_path}/missing does not exist; make it first"
    )
    assert names(tmp_path) == []


def test_a_folder_is_no_file(tmp_path: Path, names: Names) -> None:
    """A folder whose name looks like that of a file is left alone."""
    path = tmp_path / "out.jsonl"
    path.mkdir()

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path).load([{"id": 1}])

    assert str(caught.value) == f"{path}: is a folder; pass the path of a file in it"
    assert names(tmp_path) == ["out.jsonl"]
    assert names(path) == []


def test_a_folder_that_is_a_file_is_named(out: Path) -> None:
    """A path that goes through a file leads nowhere."""
    path = out / "inner.jsonl"

    with pytest.raises(ConfigurationError) as caught:
        DataLoader(path).load([{"id": 1}])

    assert str(caught.value) == f"{path}: the folder {out} does not exist; make it first"
    assert out.read_text() == OLD


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_read_only_folder_is_named(
    mode: str, read_only_folder: Path, load_obeying_modes: LoadInProcess
) -> None:
    """A folder that may not be written is found out before anything is read."""
    path = read_only_folder / "out.jsonl"

    printed = load_obeying_modes(path, mode)

    assert printed == [
        f"AccessDenied: {path}: this process may not write into the folder {read_only_folder}",
        "out.jsonl b'old\\n'",
    ]


def test_a_read_only_file_is_not_appended_to(out: Path, load_obeying_modes: LoadInProcess) -> None:
    """Permissions of the file itself count where the file itself is written."""
    out.chmod(0o444)

    printed = load_obeying_modes(out, "append")

    assert printed == [
        f"AccessDenied: {out}: cannot be written: Permission denied; it was left as it was",
        "out.jsonl b'{\"old\":true}\\n'",
    ]


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_file_that_cannot_grow_is_left_as_it_was(
    mode: str, out: Path, load_with_short_files: LoadInProcess
) -> None:
    """A load that meets a limit half-way takes back what it wrote."""
    printed = load_with_short_files(out, mode, records=500, most_bytes=100_000)

    assert printed == [
        f"DestinationUnavailable: {out}: cannot be written: File too large; it was left as it was",
        "out.jsonl b'{\"old\":true}\\n'",
    ]


def test_an_append_that_meets_the_limit_is_cut_off_again(
    tmp_path: Path, load_with_short_files: LoadInProcess
) -> None:
    """The load alone would fit, but not behind what is there."""
    path = tmp_path / "out.jsonl"
    path.write_text(OLD * 5000)

    printed = load_with_short_files(path, "append", records=90, most_bytes=100_000)

    assert printed == [
        f"DestinationUnavailable: {path}: cannot be written: File too large; it was left as it was",
        'out.jsonl b\'{"old":true}\\n{"old":true}\\n{"old":true}\\n{\'',
    ]
    assert path.read_text() == OLD * 5000


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_full_disk_leaves_the_file_as_it_was(
    mode: str, load_on_small_disk: LoadInProcess, tmp_path: Path
) -> None:
    """A load that is larger than the disk takes back what it wrote."""
    printed = load_on_small_disk("old", mode, records=500, size="200k")

    assert printed == [
        f"DestinationUnavailable: {tmp_path}/disk/out.jsonl: cannot be written: No space left on device; it was left as it was",
        "out.jsonl b'old\\n'",
    ]


def test_an_append_that_fills_the_disk_is_cut_off_again(
    load_on_small_disk: LoadInProcess, tmp_path: Path
) -> None:
    """A disk with room for the load once has none for its way into the file."""
    printed = load_on_small_disk("old", "append", records=150, size="200k")

    assert printed == [
        f"DestinationUnavailable: {tmp_path}/disk/out.jsonl: cannot be written: No space left on device; it was left as it was",
        "out.jsonl b'old\\n'",
    ]


def test_a_first_append_that_fills_the_disk_leaves_no_file(
    load_on_small_disk: LoadInProcess, tmp_path: Path
) -> None:
    """Where there was no file before, there is none afterwards."""
    printed = load_on_small_disk(None, "append", records=150, size="200k")

    assert printed == [
        f"DestinationUnavailable: {tmp_path}/disk/out.jsonl: cannot be written: No space left on device; it was left as it was",
    ]


# -- taking turns


def test_a_file_that_another_run_holds_is_busy(out: Path, names: Names) -> None:
    """Waiting ends at the time that was said, and the message says which file it is."""
    clock, destination = FakeClock(), FileDestination(out)
    holder = FileDestination(out).lock(wait_seconds=0, clock=clock)

    with (
        holder,
        pytest.raises(DestinationBusy) as caught,
        destination.lock(wait_seconds=2.5, clock=clock),
    ):
        pytest.fail("two runs hold one file")

    assert str(caught.value) == f"{out}: another run has held it for 2.5 s; try again later"
    assert clock.monotonic() == pytest.approx(2.5, abs=0.011)
    assert names(out.parent) == ["out.jsonl"]


def test_a_link_and_its_file_are_one_destination(out: Path, tmp_path: Path) -> None:
    """Runs take turns at the file itself, whatever it is called."""
    link, clock = tmp_path / "link.jsonl", FakeClock()
    link.symlink_to(out)
    holder = FileDestination(out).lock(wait_seconds=0, clock=clock)

    with (
        holder,
        pytest.raises(DestinationBusy) as caught,
        FileDestination(link).lock(wait_seconds=0, clock=clock),
    ):
        pytest.fail("two runs hold one file")

    assert str(caught.value) == f"{link}: another run has held it for 0 s; try again later"


def test_a_loader_gives_up_on_a_busy_file(out: Path) -> None:
    """``wait_seconds`` of the loader is how long it waits."""
    holder = FileDestination(out).lock(wait_seconds=0, clock=FakeClock())

    with holder, pytest.raises(DestinationBusy) as caught:
        DataLoader(out, wait_seconds=0).load([{"id": 1}])

    assert str(caught.value) == f"{out}: another run has held it for 0 s; try again later"
    assert out.read_text() == OLD


def test_a_lock_file_that_nobody_holds_is_no_lock(out: Path, names: Names) -> None:
    """What a killed process left behind keeps nobody out, and is cleared away."""
    (out.parent / ".out.jsonl.lock").touch()

    DataLoader(out, wait_seconds=0).load([{"id": 1}])

    assert names(out.parent) == ["out.jsonl"]


def test_temporary_files_of_killed_runs_are_cleared_away(out: Path, names: Names) -> None:
    """The next load removes what carries the marks of a run into this file, and no more."""
    kept = [".other.jsonl.0123456789ab.tmp", ".out.jsonl.mine.tmp", "out.jsonl.0123456789ab.tmp"]
    for_this_file = out.parent / ".out.jsonl.0123456789ab.tmp"
    for_this_file.write_text("half a rec")
    make_files(out.parent, kept)

    DataLoader(out).load([{"id": 1}])

    assert names(out.parent) == sorted([*kept, "out.jsonl"])


def make_files(folder: Path, names: Iterable[str]) -> None:
    """Make empty files."""
    for name in names:
        (folder / name).touch()


def test_a_destination_opens_nothing_when_it_is_made(tmp_path: Path, names: Names) -> None:
    """A destination is a value until a run uses it."""
    FileDestination(tmp_path / "out.jsonl")

    assert names(tmp_path) == []
