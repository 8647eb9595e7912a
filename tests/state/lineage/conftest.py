"""What the tests of lineage share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from etlkit.formats.row_hash import row_hash
from etlkit.runs import KeptFile, RunContext
from etlkit.state.lineage.writing import LineageWriter, lineage_path


RUN = RunContext("cases", "run-1", "key-1", 1, "0123456789ab", datetime(2026, 1, 1, tzinfo=UTC))


def hashes(*numbers: int) -> list[bytes]:
    """The hash of a record for each number."""
    return [row_hash({"n": number}) for number in numbers]


@pytest.fixture(name="run_of_lineage", scope="session")
def _run() -> RunContext:
    """The attempt that the files of these tests belong to."""
    return RUN


@pytest.fixture(name="hashes", scope="session")
def _hashes() -> Callable[..., list[bytes]]:
    """Makes the hash of a record for each number."""
    return hashes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for the state, which does not exist yet."""
    return tmp_path / "root"


@pytest.fixture
def written(root: Path) -> Callable[..., KeptFile]:
    """Writes the lineage of one load: batches of a file, first number and numbers of records."""

    def write(*batches: tuple[Any, ...], sources: Sequence[str] = ()) -> KeptFile:
        writer = LineageWriter(lineage_path(str(root), RUN), RUN)
        for uri, first, numbers in batches:
            record_nos = range(first, first + len(numbers))
            writer.add(uri, record_nos, hashes(*numbers), derived=uri.startswith("step "))
        return writer.finish(sources)

    return write
