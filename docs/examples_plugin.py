"""A pytest plugin that makes a test of each example in README, docs and docstrings.

It is a plugin and not a conftest because docstrings are read from the installed package,
and a conftest has no say there.
"""

from __future__ import annotations

import doctest
import os
import tempfile

from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers import myst, rest
from sybil.sybil import SybilCollection


OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def enter_empty_folder(namespace: dict[str, Any]) -> None:
    """Give the examples of one document a working directory of their own."""
    namespace["_came_from"] = Path.cwd()
    namespace["_folder"] = tempfile.TemporaryDirectory(prefix="etlkit-example-")
    os.chdir(namespace["_folder"].name)


def leave_folder(namespace: dict[str, Any]) -> None:
    """Go back, and remove what the examples wrote."""
    os.chdir(namespace["_came_from"])
    namespace["_folder"].cleanup()


pages = Sybil(
    parsers=[
        myst.DocTestDirectiveParser(optionflags=OPTIONS),
        myst.PythonCodeBlockParser(doctest_optionflags=OPTIONS),
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
