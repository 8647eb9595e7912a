"""A job: what it is made of, and the mistakes that it refuses."""

from __future__ import annotations

import inspect

from pathlib import Path
from typing import Any

import pytest

from etlkit import (
    DataLoader,
    DataValidator,
    ETLJob,
    FileSource,
    Quarantine,
    RecordsSource,
    RetryPolicy,
)
from etlkit.destinations import MemoryDestination
from etlkit.errors import ConfigurationError
from etlkit.testing import FakeClock
from etlkit.transformations import Filter, Map, Tap


MANY = [{"n": 1}] * 100_000


SOURCE = RecordsSource([{"n": 1}, {"n": 2}])


def double(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its number doubled."""
    record["n"] *= 2
    return record


@pytest.fixture
def arguments() -> dict[str, Any]:
    """The arguments of a job that works."""
    return {
        "job_id": "j",
        "name": "J",
        "source": SOURCE,
        "transformations": Map(double),
        "loader": "memory:",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"job_id": ""}, "ETLJob: job_id is a text, got ''", id="empty id"),
        pytest.param({"job_id": 5}, "ETLJob: job_id is a text, got 5", id="id is a number"),
        pytest.param({"name": None}, "ETLJob: name is a text, got None", id="no name"),
        pytest.param(
            {"source": [{"n": 1}]},
            "ETLJob: source is a DataSource such as FileSource('records.jsonl'), got [{'n': 1}]; "
            "for records at hand use RecordsSource(...)",
            id="source is a list",
        ),
        pytest.param(
            {"name": MANY},
            f"ETLJob: name is a text, got {repr(MANY)[:80]}… (1000000 characters)",
            id="name is a great many records",
        ),
        pytest.param(
            {"transformations": [DataValidator({"n": {"type": int}})]},
            "a step such as Map(...) or Filter(...) is expected, got DataValidator(['n']); "
            "a validator is no step, pass it to the job as validator=..., or write it at the end "
            "of a flow: source | step | validator",
            id="step is a validator",
        ),
        pytest.param(
            {"transformations": 5},
            "a step such as Map(...) or Filter(...) is expected, got 5",
            id="step is a number",
        ),
        pytest.param(
            {"transformations": [len]},
            "a step such as Map(...) or Filter(...) is expected, got <built-in function len>; "
            "wrap the function, for example Map(function)",
            id="step is a function",
        ),
        pytest.param(
            {"loader": None},
            "a destination is a path, a URL or a Destination, got None",
            id="no loader",
        ),
        pytest.param(
            {"loader": "out.xml"},
            "out.xml: the suffix does not tell how to write it; pass format='jsonl' "
            "or another one (known suffixes: .jsonl, .ndjson, .json, .csv, .tsv, .tab, each also "
            "with .gz, .bz2, .xz, .zst)",
            id="unknown suffix",
        ),
        pytest.param(
            {"validator": {"n": {"type": int}}},
            "ETLJob: validator is a DataValidator such as DataValidator({'id': {'required': "
            "True}}), got {'n': {'type': <class 'int'>}}",
            id="validator is a schema",
        ),
        pytest.param(
            {"input_validator": "n"},
            "ETLJob: input_validator is a DataValidator such as DataValidator({'id': {'required': "
            "True}}), got 'n'",
            id="validator is a text",
        ),
        pytest.param(
            {"on_error": "quarantine"},
            "ETLJob: on_error is 'fail' or a Quarantine(...), got 'quarantine'",
            id="unknown policy",
        ),
        pytest.param(
            {"on_error": Quarantine},
            "ETLJob: on_error is 'fail' or a Quarantine(...), got "
            "<class 'etlkit.state.quarantine.Quarantine'>",
            id="policy not called",
        ),
        pytest.param(
            {"retry": 3},
            "ETLJob: retry is a RetryPolicy such as RetryPolicy.of(3), got 3",
            id="retries are a number",
        ),
        pytest.param(
            {"loader": "out/../same.jsonl", "on_error": Quarantine(to="same.jsonl")},
            "ETLJob: rejected records and loaded ones would both go into out/../same.jsonl",
            id="one file for good and bad records",
        ),
    ],
)
def test_a_mistaken_job_is_refused(
    changes: dict[str, Any], message: str, arguments: dict[str, Any]
) -> None:
    """An argument of the wrong kind fails where the job is written."""
    with pytest.raises(ConfigurationError) as caught:
        ETLJob(**{**arguments, **changes})

    assert str(caught.value) == message


def test_one_file_under_two_names_is_one_file(tmp_path: Path, arguments: dict[str, Any]) -> None:
    """Rejected records do not go into the destination through a link either."""
    link = tmp_path / "rejected.jsonl"
    link.symlink_to(tmp_path / "out.jsonl")

    with pytest.raises(ConfigurationError) as caught:
        ETLJob(**{**arguments, "loader": tmp_path / "out.jsonl"}, on_error=Quarantine(to=link))

    assert str(caught.value) == (
        f"ETLJob: rejected records and loaded ones would both go into {tmp_path}/out.jsonl"
    )


@pytest.mark.parametrize(
    ("transformations", "loaded"),
    [
        pytest.param(None, [{"n": 1}, {"n": 2}], id="none"),
        pytest.param([], [{"n": 1}, {"n": 2}], id="no step in a list"),
        pytest.param(Map(double), [{"n": 2}, {"n": 4}], id="one"),
        pytest.param(Map(double) | Map(double), [{"n": 4}, {"n": 8}], id="joined"),
        pytest.param([Map(double), Map(double)], [{"n": 4}, {"n": 8}], id="in a list"),
        pytest.param((Map(double), Map(double) | Map(double)), [{"n": 8}, {"n": 16}], id="nested"),
    ],
)
def test_steps_are_given_as_one_likes(
    transformations: Any, loaded: list[dict[str, int]], arguments: dict[str, Any]
) -> None:
    """None, a step, a chain or any sequence of these."""
    memory = MemoryDestination()
    job = ETLJob(**{**arguments, "transformations": transformations, "loader": memory})

    job.execute()

    assert memory.records == loaded


@pytest.mark.parametrize(
    "wrap", [lambda path: path, str, DataLoader], ids=["path", "text", "loader"]
)
def test_a_destination_is_given_as_one_likes(
    wrap: Any, arguments: dict[str, Any], tmp_path: Path
) -> None:
    """A loader, or what one takes."""
    job = ETLJob(**{**arguments, "loader": wrap(tmp_path / "out.jsonl")})

    job.execute()

    assert (tmp_path / "out.jsonl").read_text() == '{"n":2}\n{"n":4}\n'


def test_a_job_can_be_made_by_position() -> None:
    """The order is id, name, source, steps, destination, validator."""
    validator = DataValidator({"n": {"min": 2}})

    job = ETLJob("j", "J", SOURCE, Map(double), "memory:", validator)

    assert job.validator is validator
    assert job.execute().rows_loaded == 2


def test_making_a_job_touches_nothing(tmp_path: Path, arguments: dict[str, Any]) -> None:
    """Neither source nor destination has to exist yet."""
    ETLJob(
        **{
            **arguments,
            "source": FileSource(tmp_path / "missing.jsonl"),
            "loader": tmp_path / "missing" / "out.jsonl",
        }
    )

    assert list(tmp_path.iterdir()) == []


def test_a_job_shows_from_where_to_where(arguments: dict[str, Any]) -> None:
    """The id, the source and the destination are what one wants to know of it."""
    job = ETLJob(**{**arguments, "source": FileSource("in.jsonl"), "loader": "out.jsonl"})

    assert repr(job) == (
        "ETLJob('j', FileSource('in.jsonl') -> DataLoader(FileDestination('out.jsonl'), 'replace'))"
    )


def test_a_copy_has_other_arguments(arguments: dict[str, Any]) -> None:
    """In a test the source and the destination are replaced, and the rest is the real job."""
    memory, validator = MemoryDestination(), DataValidator({"n": {"type": int}})
    job = ETLJob(
        **{**arguments, "source": FileSource("in.jsonl"), "loader": "out.jsonl"},
        validator=validator,
    )

    copy = job.replace(source=RecordsSource([{"n": 7}]), loader=memory)

    assert copy.execute().rows_loaded == 1
    assert memory.records == [{"n": 14}]
    assert (job.source.uri, job.loader.destination.uri) == ("in.jsonl", "out.jsonl")


def test_a_copy_keeps_every_other_argument(arguments: dict[str, Any]) -> None:
    """What is not replaced is the same object."""
    given = {
        **arguments,
        "loader": DataLoader("memory:"),
        "validator": DataValidator({"n": {"min": 0}}),
        "input_validator": DataValidator({"n": {"type": int}}),
        "on_error": Quarantine(max_errors=3),
        "retry": RetryPolicy.of(1),
        "clock": FakeClock(),
    }
    job = ETLJob(**given)

    copy = job.replace(name="Copy")

    kept = ("source", "loader", "validator", "input_validator", "on_error", "retry", "clock")
    assert [getattr(copy, name) is getattr(job, name) for name in kept] == [True] * 7
    assert (copy.job_id, copy.name, job.name) == ("j", "Copy", "J")


@pytest.mark.parametrize(
    ("before", "after"),
    [("fail", Quarantine()), (Quarantine(), "fail"), ("fail", "fail")],
    ids=["set aside", "stop", "as before"],
)
def test_a_copy_can_have_another_policy(before: Any, after: Any, arguments: dict[str, Any]) -> None:
    """Both kinds of policy survive and can be replaced."""
    job = ETLJob(**arguments, on_error=before)

    copy = job.replace(on_error=after)

    assert copy.on_error == (None if after == "fail" else after)


def test_a_copy_knows_every_argument_of_a_job(arguments: dict[str, Any]) -> None:
    """One that it forgot would be as if nobody had given it."""
    names = sorted(set(inspect.signature(ETLJob).parameters))
    job = ETLJob(**arguments)

    with pytest.raises(ConfigurationError) as caught:
        job.replace(something=1)

    assert str(caught.value).endswith(f"they are {', '.join(names)}")


def test_a_copy_keeps_the_other_ends_until_they_are_replaced(arguments: dict[str, Any]) -> None:
    """Named outputs and lineage are the real ones, too."""
    tap = {**arguments, "transformations": Tap("all"), "loaders": {"all": "all.jsonl"}}
    job = ETLJob(**tap, lineage=True)

    same = job.replace(source=SOURCE, loader="memory:")
    other = job.replace(source=SOURCE, loader="memory:", loaders={"all": "memory:"}, lineage=False)

    assert [same.loaders["all"], same.lineage] == [job.loaders["all"], True]
    assert [other.loaders["all"].destination.uri, other.lineage] == ["memory:", False]


def test_a_copy_refuses_an_argument_that_a_job_does_not_have(arguments: dict[str, Any]) -> None:
    """A mistyped name would otherwise change nothing."""
    job = ETLJob(**arguments)

    with pytest.raises(ConfigurationError) as caught:
        job.replace(sorce=SOURCE)

    assert str(caught.value) == (
        "ETLJob has no argument 'sorce'; did you mean 'source'?; they are clock, input_validator, "
        "job_id, lineage, loader, loaders, name, on_error, retry, source, transformations, "
        "validator"
    )


def test_a_copy_refuses_a_mistaken_argument(arguments: dict[str, Any]) -> None:
    """A copy is checked as a job is."""
    job = ETLJob(**arguments)

    with pytest.raises(ConfigurationError) as caught:
        job.replace(source=5)

    assert str(caught.value) == (
        "ETLJob: source is a DataSource such as FileSource('records.jsonl'), got 5"
    )


def test_running_a_job_does_not_change_it(arguments: dict[str, Any]) -> None:
    """A second run does the same again."""
    memory = MemoryDestination()
    job = ETLJob(**{**arguments, "loader": DataLoader(memory, "append")})

    results = [job.execute(), job.execute()]

    assert [result.rows_loaded for result in results] == [2, 2]
    assert memory.records == [{"n": 2}, {"n": 4}, {"n": 2}, {"n": 4}]


def test_a_filter_counts_what_it_drops(arguments: dict[str, Any]) -> None:
    """What is dropped on purpose is neither loaded nor rejected."""
    keep = Filter(lambda record: record["n"] > 1, name="more than one")
    job = ETLJob(**{**arguments, "transformations": keep})

    result = job.execute()

    assert (result.rows_extracted, result.rows_loaded, result.tally.filtered) == (2, 1, 1)


def test_a_path_stands_for_the_source_of_its_files(arguments: dict[str, Any]) -> None:
    """What a service takes, a job takes, too."""
    job = ETLJob(**{**arguments, "source": "in.jsonl"})

    assert repr(job.source) == "FileSource('in.jsonl')"


def test_what_a_schema_of_cells_calls_sensitive_is_masked(tmp_path: Path) -> None:
    """The source's own schema counts, as that of a validator does."""
    path = tmp_path / "people.csv"
    path.write_text("ssn,born\n900-48-9065,x\n")
    source = FileSource(path, schema={"ssn": {"sensitive": True}})
    fail = Map(lambda person: {"n": int(person["ssn"])}, name="number")
    job = ETLJob("people", "People", source, fail, "memory:", on_error=Quarantine())

    (rejection,) = job.execute().rejections

    assert rejection.message == ("ValueError: invalid literal for int() with base 10: '***'")
    assert "900-48-9065" not in str(job.preview())


def test_lineage_is_no_text() -> None:
    """A text such as "no" would otherwise be taken for True."""
    with pytest.raises(ConfigurationError, match="ETLJob: lineage is True or False, got 'no'"):
        ETLJob("a", "A", RecordsSource([]), [], "memory:", lineage="no")  # type: ignore[arg-type] -- refused
