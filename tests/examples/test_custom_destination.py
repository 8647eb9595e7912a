"""A destination of thirty lines that keeps every promise, and its twin that breaks some."""

from __future__ import annotations

import subprocess

from collections.abc import Callable
from pathlib import Path

import pytest


pytestmark = [pytest.mark.acceptance, pytest.mark.slow]

Tested = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def tested(run_python: Callable[..., Tested], examples: Path, tmp_path: Path) -> Tested:
    """Runs the tests of a file of the example as its users do."""

    def run(name: str) -> subprocess.CompletedProcess[str]:
        file = examples / "custom_destination" / name
        options = ["-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "-q"]
        temporary = f"--basetemp={tmp_path / 'pytest'}"
        return run_python(
            "-m", "pytest", *options, temporary, "--tb=line", file, cwd=file.parent, temp=tmp_path
        )

    return run


def test_the_table_keeps_every_promise(tested: Tested) -> None:
    """One transaction for the records and the commit record is all that it takes."""
    done = tested("test_table.py")

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize(
    ("promise", "detail"),
    [
        (
            "readers see all of a load or nothing of it, and nothing before its commit",
            "after write(), before commit(): 8 record(s) instead of 4; too many: ",
        ),
        ("an aborted load leaves the destination as it was", "aborted before prepare(): 8 record"),
    ],
)
def test_the_twin_is_told_which_promise_it_breaks(
    promise: str, detail: str, broken_promises: str
) -> None:
    """It commits each batch, which no run that succeeds would show."""
    assert f"promise broken: {promise}.\n{detail}" in broken_promises


def test_the_twin_is_told_where_it_was_killed(broken_promises: str) -> None:
    """What a crash leaves is found at one of the points, and named with it."""
    assert "\nkilled before " in broken_promises


@pytest.fixture(scope="module")
def broken_promises(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
    examples: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """What the tests say of the broken twin."""
    folder = tmp_path_factory.mktemp("hasty")
    file = examples / "custom_destination" / "test_hasty.py"
    options = ["-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "-q"]
    done = run_python(
        *("-m", "pytest", *options, f"--basetemp={folder / 'pytest'}", "--tb=short", file),
        cwd=file.parent,
        temp=folder,
    )
    assert done.returncode == 1, done.stdout
    return done.stdout.replace("\nE   ", "\n").replace("AssertionError: ", "")
