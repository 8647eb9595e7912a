"""Fresh Python processes: everything is measured in one of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

from pathlib import Path
from typing import Any

from attrs import frozen


# The folder that holds this package; children must find it wherever the benchmark was started.
HOME = Path(__file__).resolve().parents[1]


# The folders of this machine are nobody's business in a table of results.
_FOLDERS = re.compile(r"(?:/[^/\s'\"]+)+/")


class ChildFailed(Exception):  # noqa: N818 -- a name says what happened
    """A child ended with an error; the text is the last line it wrote to standard error."""


@frozen
class Outcome:
    """What a child printed as JSON, and how long it lived, start of the interpreter included."""

    answer: Any
    total_seconds: float


def run_module(module: str, *arguments: object) -> Outcome:
    """Run a module of this package that prints JSON in its last line.

    Raises:
        ChildFailed: It ended with an error.
    """
    outcome = _run(["-m", module, *map(str, arguments)])
    return Outcome(json.loads(outcome.answer.splitlines()[-1]), outcome.total_seconds)


def run_code(code: str) -> Outcome:
    """Run a line of Python; the answer is what it printed.

    Raises:
        ChildFailed: It ended with an error.
    """
    return _run(["-c", code])


def _run(arguments: list[str]) -> Outcome:
    # -P as in the caller's shell or not, the working directory never provides a module.
    command = [sys.executable, "-P", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ChildFailed(_FOLDERS.sub("…/", lines[-1]))
    return Outcome(done.stdout, seconds)


def _environment() -> dict[str, str]:
    paths = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    # Without cached bytecode, each start would compile all modules again.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}
