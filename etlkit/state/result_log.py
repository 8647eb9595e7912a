"""The log of results: one JSON line for each execution, failed ones too."""

from __future__ import annotations

import os

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from etlkit._files.paths import absolute, inside
from etlkit._files.reading import read_lines
from etlkit._files.writing import PRIVATE_FOLDER, append_line, make_folder
from etlkit.errors import CorruptState
from etlkit.state.lines import json_line


LOG_FILE = "etl-jobs.jsonl"


class ResultLog:
    """``{root}/logs/etl-jobs.jsonl``, shared by any number of threads and processes.

    Args:
        root: The folder of the service; made when the first line is written.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._folder = inside(absolute(root), "logs")
        self.path = inside(self._folder, LOG_FILE)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add one execution, durable when this returns."""
        make_folder(self._folder, mode=PRIVATE_FOLDER)
        append_line(self.path, json_line(entry))

    def entries(self, *, job_id: str | None = None) -> Iterator[dict[str, Any]]:
        """The executions, oldest first; of one job only where its id is given.

        Lines that a crash tore off are left out: they are the beginning of an object.

        Raises:
            CorruptState: A line is something else; the message names file and line.
        """
        mark = None if job_id is None else orjson.dumps(job_id)
        for number, line in enumerate(read_lines(self.path), 1):
            if line.strip() and (mark is None or mark in line or not line.startswith(b"{")):
                found = self._parsed(line, number)
                if found is not None and (job_id is None or found.get("job_id") == job_id):
                    yield found

    def _parsed(self, line: bytes, number: int) -> dict[str, Any] | None:
        if not line.startswith((b"{", b"\0")):  # some file systems leave zeros after a crash
            message = f"{self.path}:{number}: is no line of a result log; the file was damaged"
            raise CorruptState(message)
        try:
            found: dict[str, Any] = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        return found
