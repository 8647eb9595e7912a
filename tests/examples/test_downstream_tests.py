"""Tests of a downstream pipeline, run as its owners run them."""

from __future__ import annotations

import shutil
import subprocess

from collections.abc import Callable
from pathlib import Path

import pytest


pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

Tested = Callable[[Path], "subprocess.CompletedProcess[str]"]

# The plugin is found by itself where etlkit is installed, and named where it is only at hand.
OPTIONS = ["-q", "-c", "/dev/null", "--tb=short", "-p", "etlkit.testing.pytest_plugin"]
LEFT_OUT = ["-p", "no:cacheprovider", "-p", "no:randomly"]


@pytest.fixture
def tested(run_python: Callable[..., Tested], tmp_path: Path) -> Tested:
    """Runs the tests of a folder."""

    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        temporary = f"--basetemp={tmp_path / 'pytest'}"
        options = [*OPTIONS, *LEFT_OUT, temporary]
        return run_python("-m", "pytest", *options, folder, cwd=folder, temp=tmp_path)

    return run


def test_a_pipeline_is_tested_without_its_ends(tested: Tested, examples: Path) -> None:
    """Neither its API nor its lake is there, and no warning is left."""
    done = tested(examples / "downstream_tests")

    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("9 passed")


def test_a_mistake_in_a_pipeline_is_shown_as_a_table(
    tested: Tested, examples: Path, tmp_path: Path
) -> None:
    """Which records differ, and in what."""
    folder = tmp_path / "changed"
    shutil.copytree(examples / "downstream_tests", folder)
    file = folder / "cases.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("severity=int", "severity=float"), encoding="utf-8")

    done = tested(folder)

    assert done.returncode == 1
    assert "\nE   AssertionError: 1 record(s) came, 1 expected: 1 differs\n" in done.stdout
    assert "$.severity is 3.0 (float), expected 3 (int)" in done.stdout
