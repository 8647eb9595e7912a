"""The log of results: one JSON line for each execution, failed ones too."""

from __future__ import annotations

import os

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from etlkit._files.paths import absolute, inside
from etlkit._files.reading import read_lines
from etlkit._files.writing import PRIVATE_FOLDER, TORN, append_line, make_folder
from etlkit.errors import CorruptState
from etlkit.state.lines import is_sealed, json_line, sealed


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
        append_line(self.path, sealed(json_line(entry)))

    def entries(self, *, job_id: str | None = None) -> Iterator[dict[str, Any]]:
        """The executions, oldest first; of one job only where its id is given.

        A line that a crash tore off is left out: it is the last one, or was ended as torn
        by the execution after it.

        Raises:
            CorruptState: Another line does not verify; the message names file and line.
        """
        for number, line in enumerate(read_lines(self.path), 1):
            if not line.endswith(b"\n") or line.endswith(TORN + b"\n") or not line.strip():
                continue
            found = self._verified(line, number)
            if job_id is None or found.get("job_id") == job_id:
                yield found

    def _verified(self, line: bytes, number: int) -> dict[str, Any]:
        if is_sealed(line):
            found: dict[str, Any] = orjson.loads(line)
            del found["checksum"]
            return found
        message = f"{self.path}:{number}: is no line of a result log; the file was damaged"
        raise CorruptState(message)
