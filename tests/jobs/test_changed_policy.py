"""What an attempt that died has left, when its job keeps no such files any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from etlkit import DataLoader, ETLPipelineService, RecordsSource
from etlkit.runs import RunContext
from etlkit.state import OpenAttempt


NONCE = "0123456789ab"


def test_files_of_a_dead_attempt_go_with_it_whatever_the_policy_is_now(tmp_path: Path) -> None:
    """It had rejected records and lineage; the job has neither now."""
    service = ETLPipelineService(tmp_path / "state")
    out = tmp_path / "out.jsonl"
    service.create_pipeline("J", RecordsSource([{"id": 1}]), None, DataLoader(out))
    dead = RunContext("j", "run", "key", 1, NONCE, datetime(2024, 6, 1, tzinfo=UTC))
    service.state.begin(OpenAttempt(dead, {"": str(out)}, "plan"))
    names = (f"quarantine/run.{NONCE}.jsonl", f"lineage/run.{NONCE}.lineage")
    left = [tmp_path / "state" / name for name in names]
    for path in left:
        path.parent.mkdir()
        path.write_bytes(b"{}\n")

    service.run("j").raise_if_failed()

    assert [path.exists() for path in left] == [False, False]
    assert list(service.state.open_attempts("j")) == []
