"""The notebook runs from top to bottom, and a cell can be interrupted and run again."""

from __future__ import annotations

import os

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


nbformat = pytest.importorskip("nbformat", reason="notebooks are read by nbformat")
nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient")
pytest.importorskip("ipykernel", reason="notebooks need a kernel for Python")

pytestmark = pytest.mark.slow

SETUP = """
import threading

from pathlib import Path

from etlkit import DataLoader, ETLPipelineService, FileSource
from etlkit.transformations import Map

Path("in.jsonl").write_text('{"n":1}\\n{"n":2}\\n')
Path("out.jsonl").write_text('{"old":1}\\n')
service = ETLPipelineService("state")


def run(step):
    service.create_pipeline(
        "Numbers", "in.jsonl", Map(step), DataLoader("out.jsonl", wait_seconds=0), replace=True
    )
    return service.run("numbers")
"""
WAITS = """
def stops(record):
    if record["n"] == 2:
        print("waiting", flush=True)
        threading.Event().wait()
    return record


run(stops)
"""
AGAIN = """
before = Path("out.jsonl").read_text()
print(before, sorted(path.name for path in Path().iterdir()), sep="")
print(run(dict).rows_loaded)
print(Path("out.jsonl").read_text(), sorted(path.name for path in Path().iterdir()), sep="")
print([str(result.status) for result in service.history()])
print([entry["status"] for entry in service.scheduler.search_log()])
"""


@pytest.fixture
def kernel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own for what Jupyter writes, and no warnings from its own libraries."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        (tmp_path / "jupyter" / name.lower()).mkdir(parents=True)
        monkeypatch.setenv(name, str(tmp_path / "jupyter" / name.lower()))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def client(notebook: Any, folder: Path, **options: Any) -> Any:
    """A client that runs a notebook in a folder, by the Python that runs the tests."""
    resources = {"metadata": {"path": str(folder)}}
    return nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources=resources, **options
    )


@pytest.fixture
def first_look(examples: Path, kernel_home: Path) -> Any:
    """The notebook after it was run in an empty folder."""
    notebook = nbformat.read(examples / "first_look.ipynb", as_version=4)
    (kernel_home / "empty").mkdir()
    client(notebook, kernel_home / "empty").execute()
    return notebook


def outputs(notebook: Any, name: str, kind: str = "text/plain") -> str:
    """What the cell of this id shows."""
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    shown = [one.get("data", {}).get(kind, one.get("text", "")) for one in cell.outputs]
    return "".join(shown)


def test_the_notebook_runs_from_top_to_bottom(first_look: Any, kernel_home: Path) -> None:
    """Two forms are loaded, one is filtered, one set aside; the second run leaves the same."""
    result = outputs(first_look, "run")

    assert result.startswith(
        "<JobResult osc-forms: completed, read 4, loaded 2, filtered 1, rejected 1 in "
    )
    assert outputs(first_look, "rejected") == (
        "line 2: $.severity is str 'high', expected int\n"
        '{"case_id": "OSC-2", "state": "Texas", "severity": "high"}\n'
    )
    assert outputs(first_look, "again").count("completed, read 4, loaded 2") == 2
    assert "OSC-1" in outputs(first_look, "frame")
    assert list((kernel_home / "empty").iterdir()) == []


def test_the_notebook_shows_tables(first_look: Any) -> None:
    """The flow, its preview, the plan and the result are tables."""
    names = ("flow", "preview", "pipeline", "run")
    shown = [outputs(first_look, name, "text/html") for name in names]

    assert [html.count("<table>") for html in shown] == [1, 3, 1, 3]


def test_the_notebook_is_kept_without_outputs(examples: Path) -> None:
    """What a run showed is not part of the example."""
    notebook = nbformat.read(examples / "first_look.ipynb", as_version=4)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


class Interrupting:
    """A client that presses the stop button as soon as a cell says that it is waiting."""

    def __init__(self, folder: Path, *cells: str) -> None:
        made = [nbformat.v4.new_code_cell(cell) for cell in cells]
        self.notebook = nbformat.v4.new_notebook(cells=made)
        self.client = client(self.notebook, folder, allow_errors=True)
        self.client.process_message = self._watching(self.client.process_message)

    def _watching(self, process: Callable[..., Any]) -> Callable[..., Any]:
        def process_message(message: Any, cell: Any, index: int) -> Any:
            if message["content"].get("text") == "waiting\n":
                os.kill(self.client.km.provisioner.pid, 2)
            return process(message, cell, index)

        return process_message


@pytest.fixture
def interrupted(kernel_home: Path) -> Iterator[Any]:
    """A notebook of three cells, of which the second was interrupted."""
    (kernel_home / "work").mkdir()
    session = Interrupting(kernel_home / "work", SETUP, WAITS, AGAIN)
    session.client.execute()
    return session.notebook


def test_an_interrupted_cell_leaves_a_clean_state(interrupted: Any) -> None:
    """The file is the old one, nothing is beside it, and the next cell runs at once."""
    _, stopped, again = interrupted.cells

    assert stopped.outputs[-1].ename == "KeyboardInterrupt"
    assert "".join(one.text for one in again.outputs) == (
        '{"old":1}\n'
        "['in.jsonl', 'out.jsonl', 'state']\n"
        "2\n"
        '{"n":1}\n{"n":2}\n'
        "['in.jsonl', 'out.jsonl', 'state']\n"
        "['completed', 'interrupted']\n"
        "['completed', 'interrupted']\n"
    )
