"""States that were written by releases of every format."""

from __future__ import annotations

import shutil

from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from etlkit.state import SqliteState
from etlkit.state.sqlite.tables import STATE_FORMAT
from state.sqlite.telling import as_json, told
from state.stories import attempt_of, run_of


FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMATS = range(1, STATE_FORMAT + 1)


def lost(expected: Any, found: Any, place: str = "$") -> list[str]:
    """Where something is not said any more that was said then; new fields do not matter."""
    if isinstance(expected, dict) and isinstance(found, dict):
        known = ((name, found.get(name, "missing")) for name in expected if name != "checksum")
        return [each for name, it in known for each in lost(expected[name], it, f"{place}.{name}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [each for at, pair in pairs for each in lost(*pair, f"{place}[{at}]")]
    return [] if expected == found else [f"{place}: {expected} is {found}"]


@pytest.mark.parametrize("number", FORMATS)
def test_a_state_of_every_format_is_read(number: int, tmp_path: Path) -> None:
    """A state keeps what it knows when etlkit is upgraded; ``fixtures/make.py`` made it."""
    path = tmp_path / "state.db"
    shutil.copy(FIXTURES / f"state-{number}.db", path)

    with closing(SqliteState(path)) as state:
        state.verify()
        found = orjson.loads(as_json(told(state)))

    expected = orjson.loads((FIXTURES / f"state-{number}.json").read_bytes())
    assert lost(expected, found) == []


@pytest.mark.parametrize("number", FORMATS)
def test_a_state_of_every_format_is_written(number: int, tmp_path: Path) -> None:
    """Runs go on in it."""
    path = tmp_path / "state.db"
    shutil.copy(FIXTURES / f"state-{number}.db", path)

    with closing(SqliteState(path)) as state:
        state.begin(attempt_of(run_of(9)))

    assert run_of(9) in [each.run for each in SqliteState(path).open_attempts("cases")]
