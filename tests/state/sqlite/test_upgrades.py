"""States that were written by releases of every format."""

from __future__ import annotations

import shutil

from contextlib import closing
from pathlib import Path

import pytest

from etlkit.state import SqliteState
from etlkit.state.sqlite.tables import STATE_FORMAT
from state.sqlite.telling import as_json, told
from state.stories import attempt_of, run_of


FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMATS = range(1, STATE_FORMAT + 1)


@pytest.mark.parametrize("number", FORMATS)
def test_a_state_of_every_format_is_read(number: int, tmp_path: Path) -> None:
    """A state keeps what it knows when etlkit is upgraded; ``fixtures/make.py`` made it."""
    path = tmp_path / "state.db"
    shutil.copy(FIXTURES / f"state-{number}.db", path)

    with closing(SqliteState(path)) as state:
        state.verify()
        found = as_json(told(state))

    assert found.decode() == (FIXTURES / f"state-{number}.json").read_text()


@pytest.mark.parametrize("number", FORMATS)
def test_a_state_of_every_format_is_written(number: int, tmp_path: Path) -> None:
    """Runs go on in it."""
    path = tmp_path / "state.db"
    shutil.copy(FIXTURES / f"state-{number}.db", path)

    with closing(SqliteState(path)) as state:
        state.begin(attempt_of(run_of(9)))

    assert run_of(9) in [each.run for each in SqliteState(path).open_attempts("cases")]
