"""A pytest plugin that makes a test of each example in README, docs and docstrings.

It is a plugin and not a conftest because docstrings are read from the installed package,
and a conftest has no say there.

In pages a block of ``python`` is run, and the block of ``text`` after it is what the run
printed. An ellipsis stands for what differs from run to run, and seconds are not compared.
"""

from __future__ import annotations

import doctest
import os
import re
import tempfile

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from sybil import Example, Sybil
from sybil.document import PythonDocStringDocument
from sybil.evaluators.doctest import OutputChecker
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers import myst, rest
from sybil.sybil import SybilCollection


# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
PRINTED = "_printed"
SECONDS = re.compile(r"\b\d+\.\d\d s\b")


def enter_empty_folder(namespace: dict[str, Any]) -> None:
    """Give the examples of one document a working directory of their own."""
    namespace["_came_from"] = Path.cwd()
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="etlkit-example-")
    os.chdir(namespace["_folder"].name)


def leave_folder(namespace: dict[str, Any]) -> None:
    """Go back, and remove what the examples wrote."""
    os.chdir(namespace["_came_from"])
    namespace["_folder"].cleanup()


def run_block(example: Example) -> None:
    """Run a block of Python, and keep what it prints for the block of text after it."""
    printed = StringIO()
    with redirect_stdout(printed):
        PythonEvaluator()(example)
    example.namespace[PRINTED] = printed.getvalue()


def compare_output(example: Example) -> str | None:
    """Compare a block of text with what the block of Python before it printed."""
    checker = OutputChecker()
    printed = example.namespace.pop(PRINTED, "(no block of Python stands before this one)\n")
    shown, got = (SECONDS.sub("0.00 s", text) for text in (example.parsed, printed))
    if checker.check_output(shown, got, OPTIONS):
        return None
    wanted = doctest.Example("", example.parsed)
    return str(checker.output_difference(wanted, printed, OPTIONS))


class PythonBlocks(myst.PythonCodeBlockParser):
    """Blocks of Python, with what they print kept; blocks with prompts are doctests."""

    def __init__(self) -> None:
        super().__init__(doctest_optionflags=OPTIONS)
        self.codeblock_parser = myst.CodeBlockParser("python", run_block)


pages = Sybil(
    parsers=[
        myst.DocTestDirectiveParser(optionflags=OPTIONS),
        PythonBlocks(),
        myst.CodeBlockParser("text", compare_output),
        myst.SkipParser(),
    ],
    patterns=["*.md"],
    path="/",
    setup=enter_empty_folder,
    teardown=leave_folder,
)
docstrings = Sybil(
    parsers=[rest.DocTestParser(optionflags=OPTIONS), rest.SkipParser()],
    patterns=["*.py"],
    path="/",
    document_types={".py": PythonDocStringDocument},
    setup=enter_empty_folder,
    teardown=leave_folder,
)

pytest_collect_file = SybilCollection([pages, docstrings]).pytest()
