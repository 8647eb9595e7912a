"""The balance that every test of the suite is held to."""

from __future__ import annotations

import pytest

from etlkit import DataLoader, ETLJob, RecordsSource
from etlkit.runs.tally import Tally


def test_a_run_that_loses_a_record_is_noticed(
    unbalanced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the check of the engine broken, each test with such a run would fail."""
    monkeypatch.setattr(Tally, "check", lambda self: setattr(self, "read", self.read + 1))
    job = ETLJob("copy", "Copy", RecordsSource([{"n": 1}]), None, DataLoader("memory:"))

    job.execute()

    assert unbalanced == [
        "copy: read 2 + produced 0 = loaded 1 + filtered 0 + merged 0 + rejected 0"
    ]
    unbalanced.clear()
