"""The file of a state: how it is made, shared, and named when something is wrong."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import weakref

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from etlkit.errors import AccessDenied, ConfigurationError, CorruptState, DestinationBusy
from etlkit.state import MemoryState, SqliteState
from etlkit.testing import FakeClock
from state.sqlite.telling import fill, told
from state.stories import attempt_of, run_of


Names = Callable[[Path], list[str]]
Permissions = Callable[[Path], str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a state will be."""
    return tmp_path / "root" / "state.db"


@pytest.fixture
def filled(path: Path, tmp_path: Path) -> Path:
    """A state with something of everything."""
    with closing(SqliteState(path)) as state:
        fill(state, tmp_path)
    return path


def truth(folder: Path) -> dict[str, Any]:
    """What such a state has to say."""
    memory = MemoryState()
    fill(memory, folder)
    return told(memory)


def answers(path: Path) -> dict[str, Any]:
    """What the state of a file says when it is opened anew."""
    with closing(SqliteState(path)) as state:
        return told(state)


# -- making it


def test_reading_makes_no_file(path: Path) -> None:
    """A missing file is a state that remembers nothing, and stays missing."""
    answers(path)

    assert not path.parent.exists()


def test_the_first_write_makes_a_private_file(
    path: Path, names: Names, permissions: Permissions
) -> None:
    """Nothing is left beside it, and nobody else may read it."""
    state = SqliteState(path)

    state.begin(attempt_of(run_of()))

    assert names(path.parent) == ["state.db"]
    assert (permissions(path.parent), permissions(path)) == ("700", "600")


def test_what_was_written_is_read_by_others(filled: Path, tmp_path: Path) -> None:
    """A state that is opened anew says the same as the one that remembered."""
    found = answers(filled)

    assert found == truth(tmp_path)


def test_a_file_that_was_moved_away_is_made_anew(path: Path, tmp_path: Path) -> None:
    """A process that has it open goes on with the file that has the name now."""
    state = SqliteState(path)
    state.begin(attempt_of(run_of(1)))
    path.rename(tmp_path / "aside.db")
    empty = state.open_attempts("cases")

    state.begin(attempt_of(run_of(2)))

    assert empty == ()
    assert list(state.open_attempts("cases")) == [attempt_of(run_of(2))]
    assert list(SqliteState(tmp_path / "aside.db").open_attempts("cases")) == [
        attempt_of(run_of(1))
    ]


def test_a_journal_without_its_file_is_put_aside(path: Path, names: Names) -> None:
    """It belongs to a file that was moved away and would be rolled back into the new one."""
    path.parent.mkdir()
    path.with_name("state.db-journal").write_bytes(b"of another file")

    SqliteState(path).begin(attempt_of(run_of()))

    assert names(path.parent) == ["state.db", "state.db.replaced-journal"]


def test_leftovers_of_a_kill_are_removed(path: Path, names: Names) -> None:
    """A process that died while it made the file leaves a temporary one."""
    path.parent.mkdir()
    path.with_name(".state.db.0123456789ab.tmp").write_bytes(b"half of it")

    SqliteState(path).begin(attempt_of(run_of()))

    assert names(path.parent) == ["state.db"]


def test_a_second_name_of_the_file_is_removed(filled: Path, names: Names, tmp_path: Path) -> None:
    """A process that died just after the file got its name leaves the temporary one."""
    filled.with_name(".state.db.0123456789ab.tmp").hardlink_to(filled)

    found = answers(filled)

    assert found == truth(tmp_path)
    assert names(filled.parent) == ["state.db"]


def test_a_link_leads_to_the_file(path: Path, tmp_path: Path) -> None:
    """The file that a symbolic link points to is the state."""
    link = tmp_path / "link.db"
    link.symlink_to(path)

    SqliteState(link).begin(attempt_of(run_of()))

    assert list(SqliteState(path).open_attempts("cases")) == [attempt_of(run_of())]


# -- sharing it


def test_a_held_state_is_waited_for(path: Path) -> None:
    """After that long the error names the file; nothing was noted."""
    clock = FakeClock()
    state = SqliteState(path, wait_seconds=2, clock=clock)
    state.begin(attempt_of(run_of(1)))

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DestinationBusy) as caught:
            state.begin(attempt_of(run_of(2)))

    assert str(caught.value) == (f"{path}: somebody else has held it for too long; try again later")
    assert 2 <= sum(clock.sleeps) < 2.1
    assert list(state.open_attempts("cases")) == [attempt_of(run_of(1))]


def test_a_reader_is_waited_for_at_the_end(path: Path) -> None:
    """What could not be committed was taken back, and can be tried again."""
    state = SqliteState(path, wait_seconds=2, clock=FakeClock())
    state.begin(attempt_of(run_of(1)))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM totals").fetchone()
        with pytest.raises(DestinationBusy):
            state.begin(attempt_of(run_of(2)))

    state.begin(attempt_of(run_of(3)))

    assert list(state.open_attempts("cases")) == [attempt_of(run_of(1)), attempt_of(run_of(3))]


def test_others_write_while_entries_are_read(filled: Path) -> None:
    """What is given one at a time holds nobody up."""
    state, other = SqliteState(filled), SqliteState(filled, wait_seconds=0)
    commits = state.commits()
    next(commits)

    other.begin(attempt_of(run_of(9)))

    assert len(list(commits)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda path: path.mkdir(parents=True),
            "is no regular file; pass the path of a file",
            id="folder",
        ),
        pytest.param(
            lambda path: (path.parent.mkdir(), os.mkfifo(path)),
            "is no regular file; pass the path of a file",
            id="pipe",
        ),
    ],
)
def test_what_is_no_file_is_refused(
    make: Callable[[Path], object], message: str, path: Path
) -> None:
    """A folder or a pipe of this name is not a state."""
    make(path)

    with pytest.raises(ConfigurationError) as caught:
        SqliteState(path).open_attempts("cases")

    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(path: Path) -> None:
    """A state that cannot be made says where."""
    path.parent.mkdir(mode=0o500)

    with pytest.raises(AccessDenied) as caught:
        SqliteState(path).begin(attempt_of(run_of()))

    assert str(caught.value).startswith(f"{path}: cannot be written")


# -- damage


def sql(*statements: str) -> Callable[[Path], None]:
    """Damage that is done by statements."""

    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript(";".join(statements))

    return damage


def content(data: bytes) -> Callable[[Path], object]:
    """Damage that leaves this in the file."""
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        pytest.param(content(b""), "it is empty", id="empty"),
        pytest.param(content(b'{"version": 1}\n'), "file is not a database", id="JSON"),
        pytest.param(content(bytes(8192)), "file is not a database", id="zeros"),
        pytest.param(
            lambda path: os.truncate(path, path.stat().st_size - 4096),
            "database disk image is malformed",
            id="cut",
        ),
        pytest.param(sql("PRAGMA application_id = 1"), "it is no state of etlkit", id="other"),
        pytest.param(sql("PRAGMA user_version = 2"), "its format is 2", id="newer"),
        pytest.param(sql("PRAGMA journal_mode = WAL"), "its journal mode is wal", id="log"),
        pytest.param(
            sql("DROP TRIGGER marks_insert"), "its tables are not those of a state", id="schema"
        ),
        pytest.param(
            sql("DROP TRIGGER commits_delete", "DELETE FROM commits"),
            "its tables are not those of a state",
            id="rows and trigger gone",
        ),
        pytest.param(
            sql("UPDATE totals SET number = number + 1 WHERE name = 'commits'"),
            "rows of commits are missing or damaged",
            id="row gone",
        ),
        pytest.param(
            sql("UPDATE entries SET checksum = checksum + 1 WHERE seq = 3"),
            "a row of entries does not have its checksum",
            id="row changed",
        ),
        pytest.param(
            sql("UPDATE commits SET record = CAST(record AS BLOB)"),
            "a row of commits does not have its checksum",
            id="bytes for text",
        ),
        pytest.param(
            sql("UPDATE history SET body = CAST(x'ff' AS TEXT)"),
            "Could not decode to UTF-8 column 'body' with text '\ufffd'",
            id="no UTF-8",
        ),
    ],
)
def test_a_damaged_state_is_named(
    damage: Callable[[Path], object], what: str, filled: Path
) -> None:
    """It is never taken for an empty one, and the message says how to go on."""
    damage(filled)

    with pytest.raises(CorruptState) as caught:
        answers(filled)

    assert str(caught.value) == (
        f"{filled}: does not verify as a state file of format 1 ({what}): it was damaged, or "
        "written by a newer etlkit. Nothing was changed; put back a copy of it, or build it again "
        "from the commit records with service.rebuild_state()"
    )


def test_a_damaged_state_is_not_written(filled: Path) -> None:
    """A method that writes refuses as well, and leaves the file as it is."""
    sql("UPDATE totals SET number = number + 1 WHERE name = 'commits'")(filled)
    before = filled.read_bytes()

    with pytest.raises(CorruptState):
        SqliteState(filled).begin(attempt_of(run_of()))

    assert filled.read_bytes() == before


def flips(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """The data with one bit of one byte turned, at places picked by a fixed seed."""
    random = Random(1)
    for place in [*range(100), *random.sample(range(100, len(data)), count)]:
        bit = random.randrange(8)
        turned = bytes([data[place] ^ 1 << bit])
        yield f"bit {bit} of byte {place}", data[:place] + turned + data[place + 1 :]


def cuts(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """The data cut at places picked by a fixed seed, and at some that are likely."""
    for size in [*range(0, len(data), 4096), *Random(2).sample(range(len(data)), count)]:
        yield f"cut at {size}", data[:size]


def zeros(data: bytes, _: int) -> Iterator[tuple[str, bytes]]:
    """The data with each of its pages zeroed."""
    for start in range(0, len(data), 4096):
        yield f"zeros at {start}", data[:start] + bytes(4096) + data[start + 4096 :]


Damages = Callable[[bytes, int], Iterator[tuple[str, bytes]]]


@pytest.mark.parametrize(
    ("damages", "count"),
    [
        pytest.param(flips, 250, id="flips"),
        pytest.param(cuts, 40, id="cuts"),
        pytest.param(zeros, 0, id="zeroed pages"),
    ],
)
def test_damage_anywhere_is_noticed(
    damages: Damages, count: int, filled: Path, tmp_path: Path
) -> None:
    """The state says exactly what it knows, or that its file is damaged; never less than that."""
    expected, whole = truth(tmp_path), filled.read_bytes()

    outcomes = {
        what: outcome(data, expected, tmp_path / "damaged" / "state.db")
        for what, data in damages(whole, count)
    }

    assert {what: said for what, said in outcomes.items() if said not in {"same", "named"}} == {}
    assert "named" in outcomes.values()


def outcome(data: bytes, expected: dict[str, Any], path: Path) -> str:
    """What becomes of a damaged state: ``same``, ``named``, or what is wrong."""
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir()
    path.write_bytes(data)
    try:
        return "same" if answers(path) == expected else "another content"
    except CorruptState as error:
        return "named" if str(path) in str(error) else str(error)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is reported
        return repr(error)


def test_a_state_that_the_collector_finds_is_closed(filled: Path) -> None:
    """Newer Pythons warn of a connection that it comes to before its state."""
    state = SqliteState(filled)
    state.open_attempts("any")
    state.itself = state  # type: ignore[attr-defined]  # as an exception that is kept holds it

    connection = weakref.ref(state._file._database)
    del state
    gc.collect()

    assert connection() is None
