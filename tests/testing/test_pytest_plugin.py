"""The fixtures that pytest finds where etlkit is installed."""

from __future__ import annotations

import os
import subprocess
import sys

from collections.abc import Callable
from pathlib import Path

import pytest


NAMED = ["-p", "etlkit.testing.pytest_plugin"]
"""For runs in a checkout that is not installed; where it is, the plugin is loaded once."""

USES = '''
"""Tests of somebody who uses etlkit."""

from etlkit import RecordsSource
from etlkit.testing import Reply, assert_records


def test_a_service_has_a_root_of_its_own(etl_service, tmp_path):
    etl_service.create_pipeline("Cases", RecordsSource([{"id": 1}]), None, "memory:")
    assert etl_service.run("cases").rows_loaded == 1
    assert etl_service.root == str(tmp_path / ".etlkit")


def test_all_of_them_have_one_clock(etl_service, fake_clock, fake_api, failing_destination):
    fake_api.respond("/", Reply([], delay_seconds=5))
    failing_destination.fail("commit", times=2)
    etl_service.create_pipeline("Cases", RecordsSource([{"id": 1}]), None, failing_destination)
    result = etl_service.run("cases")
    assert_records(failing_destination.records, "id:int\\n1")
    assert fake_clock.sleeps == [1.0, 2.0]
    assert fake_api.clock is fake_clock
    assert fake_api.url.startswith("http://127.0.0.1:")
    assert result.start_time.year == 2026
'''

LOADED = '''
"""What the plugin has loaded before a test asks for something."""

import sys


def test_nothing_of_etlkit_is_loaded_yet():
    loaded = [name for name in sys.modules if name.startswith("etlkit")]
    assert set(loaded) <= {"etlkit", "etlkit._lazy", "etlkit.testing", "etlkit.testing.pytest_plugin"}
    assert "http.server" not in sys.modules
'''

Ran = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ran(tmp_path: Path) -> Ran:
    """Runs pytest in a folder with a file of tests."""

    def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_downstream.py").write_text(text, encoding="utf-8")
        alone = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:hypothesispytest"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        return subprocess.run(
            [sys.executable, "-B", "-W", "error", "-m", "pytest", *alone, *NAMED, *options],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            encoding="utf-8",
            env=kept,
        )

    return run


def test_tests_of_users_get_a_service_a_clock_an_api_and_a_failing_destination(ran: Ran) -> None:
    """With nothing to import for it, and no warning."""
    done = ran(USES, "-q")

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 passed")


def test_the_plugin_costs_nothing_before_it_is_used(ran: Ran) -> None:
    """Whoever has etlkit installed loads it, for whatever tests."""
    done = ran(LOADED, "-q")

    assert done.returncode == 0, done.stdout


def test_pytest_lists_the_fixtures(ran: Ran) -> None:
    """Each says in a sentence what it is."""
    done = ran(LOADED, "--fixtures")

    listed = [line.partition(" -- ")[0] for line in done.stdout.splitlines() if " -- " in line]
    assert {"etl_service", "failing_destination", "fake_api", "fake_clock"} <= set(listed)
    assert "no docstring available" not in done.stdout


@pytest.mark.parametrize(
    ("name", "loaded"),
    [("rows", "etlkit.testing.tables"), ("check_transformation", "etlkit.testing.checking")],
)
def test_the_kit_needs_neither_pytest_nor_hypothesis(
    name: str, loaded: str, tmp_path: Path
) -> None:
    """They are for tests of any kind, and for notebooks."""
    program = (
        "import sys; sys.modules |= dict.fromkeys(('pytest', 'hypothesis', 'http.server'))\n"
        f"from etlkit.testing import {name}\nprint({name}.__module__)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=tmp_path, text=True
    )

    assert done.stdout.split() == [loaded]
