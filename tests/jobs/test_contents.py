"""What a destination holds after a run, as a data frame."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from etlkit import DataLoader, ETLJob, ETLPipelineService, JobStatus, RecordsSource
from etlkit.destinations import Destination, FileDestination, LoadSession, MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.formats import Format, JsonLines, JsonLinesWriter
from etlkit.runs import Part, Written


RECORDS = [{"id": 1, "state": "CA"}, {"id": 2}]


class Nowhere(Destination):
    """A destination that nothing can be read from."""

    uri = "nowhere"

    @contextmanager
    def lock(self, **options: Any) -> Any:
        """Nobody is kept out."""
        yield

    def open(self, load: Any) -> LoadSession:
        """Begin a load."""
        return Forgetting()


class Forgetting(LoadSession):
    """A load of one record that is forgotten."""

    def write(self, batch: Any) -> tuple[()]:
        """Take everything."""
        return ()

    def prepare(self) -> Written:
        """One record."""
        return Written([Part("nowhere", 1)])

    def commit(self, record: Any) -> None:
        """Forget it."""

    def abort(self) -> None:
        """Forget it."""


class Unreachable(Nowhere):
    """A destination whose contents cost a way that may be barred."""

    uri = "https://user:secret@nowhere/"

    def stored(self) -> Any:
        """Fail."""
        raise OSError("nobody answers")


class Own(JsonLinesWriter):
    """A writer of the user's, whose files nothing reads."""

    def reader(self) -> Format | None:
        """None, as the contract has it for a writer that says nothing."""
        return super(JsonLinesWriter, self).reader()


class Shouting(JsonLinesWriter):
    """A writer of the user's, whose files are read by a format that the user knows."""

    def reader(self) -> JsonLines:
        """Lines of JSON, with an option."""
        return JsonLines(strict_keys=True)


def run_into(destination: Any, records: Any = RECORDS, mode: str | None = None) -> Any:
    """The result of a job that loads records there."""
    return ETLJob("j", "J", RecordsSource(records), None, DataLoader(destination, mode)).execute()


@pytest.mark.parametrize("name", ["memory:", "cases.jsonl"])
@pytest.mark.parametrize(
    ("method", "rows"),
    [
        ("to_arrow", lambda frame: frame.to_pylist()),
        (
            "to_pandas",
            lambda frame: frame.astype(object).where(frame.notna(), None).to_dict("records"),
        ),
        ("to_polars", lambda frame: frame.to_dicts()),
    ],
    ids=["arrow", "pandas", "polars"],
)
def test_a_result_gives_the_loaded_records_as_a_frame(
    name: str, method: str, rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From memory, or read back from the file."""
    pytest.importorskip("pyarrow")
    pytest.importorskip(method.removeprefix("to_").replace("arrow", "pyarrow"))
    monkeypatch.chdir(tmp_path)
    result = run_into(name)

    frame = getattr(result, method)()

    assert rows(frame) == [{"id": 1, "state": "CA"}, {"id": 2, "state": None}]


def test_the_frame_has_what_the_destination_holds_now(tmp_path: Path) -> None:
    """Those of earlier and of later runs among them, since a destination is one thing."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "cases.jsonl"
    first = run_into(path, [{"id": 1}], "append")
    run_into(path, [{"id": 2}], "append")

    table = first.to_arrow()

    assert table.to_pydict() == {"id": [1, 2]}


def test_a_file_of_any_name_is_read_back(tmp_path: Path) -> None:
    """The destination knows its format, whatever the suffix says."""
    pytest.importorskip("pyarrow")
    result = run_into(FileDestination(tmp_path / "cases", format="jsonl", compression="gzip"))

    table = result.to_arrow()

    assert table.num_rows == 2


def test_a_table_of_texts_is_read_back_as_it_was_laid_out(tmp_path: Path) -> None:
    """CSV keeps no types, so that its cells are texts, and an empty cell is an empty one."""
    pytest.importorskip("pyarrow")
    options = {"delimiter": ";", "encoding": "latin-1"}
    result = run_into(
        FileDestination(tmp_path / "c.csv", **options), [{"id": 1, "name": "Zoë"}, {"id": 2}]
    )

    table = result.to_arrow()

    assert table.to_pydict() == {"id": ["1", "2"], "name": ["Zoë", ""]}


def test_a_destination_that_cannot_be_read_back_says_so() -> None:
    """A table of somebody else's needs a source of its own."""
    result = run_into(Nowhere(), [{"id": 1}])

    with pytest.raises(ConfigurationError) as caught:
        result.to_arrow()

    assert str(caught.value) == (
        "nowhere: what a Nowhere holds cannot be read back; read it with a source of its own"
    )


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_run_asks_nobody_what_the_destination_holds(mode: str) -> None:
    """What is only to be shown later cannot fail the run, and its name shows no secret."""
    result = run_into(Unreachable(), [{"id": 1}], mode)

    assert (result.status, result.destination) == (JobStatus.COMPLETED, "https://***@nowhere/")


def test_a_file_is_read_back_by_the_reader_of_its_writer(tmp_path: Path) -> None:
    """A writer of one's own says what reads its files, whatever they are called."""
    pytest.importorskip("pyarrow")
    result = run_into(FileDestination(tmp_path / "cases.zip", format=Shouting()))

    table = result.to_arrow()

    assert table.num_rows == 2


def test_a_file_of_a_writer_without_a_reader_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing here knows how it is laid out."""
    monkeypatch.chdir(tmp_path)
    result = run_into(FileDestination("cases.own", format=Own()))

    with pytest.raises(ConfigurationError) as caught:
        result.to_arrow()

    assert str(caught.value) == (
        "cases.own: what a FileDestination holds cannot be read back; read it with a source of its "
        "own"
    )


def test_a_result_of_the_history_does_not_keep_what_lives_in_memory() -> None:
    """Or a thousand runs would keep the records of a thousand destinations."""
    service = ETLPipelineService(root=None)
    service.create_pipeline("J", RecordsSource(RECORDS), None, MemoryDestination())
    service.run("j")

    with pytest.raises(ConfigurationError) as caught:
        service.history()[0].to_arrow()

    assert str(caught.value) == (
        "this result does not have its destination any more, since the history of a service "
        "does not keep what lives in memory; ask the result that the run returned"
    )


def test_a_result_says_where_it_loaded_and_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file by its whole path, which means the same in another folder."""
    monkeypatch.chdir(tmp_path)

    result = run_into("cases.jsonl", mode="append")

    assert result.destination == str(tmp_path.resolve() / "cases.jsonl")
    assert result.mode == "append"
    assert {"destination", "mode"} <= result.to_dict().keys()
