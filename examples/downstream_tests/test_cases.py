"""Tests of the pipeline in `cases.py` that touch neither its API nor its lake.

    pytest examples/downstream_tests

The fixtures come with etlkit: pytest finds them where it is installed.
"""

from __future__ import annotations

import pytest

from cases import CasesAPI, cases, clean

from etlkit import DataLoader, RecordsSource
from etlkit.destinations import MemoryDestination
from etlkit.testing import FailingSource, Reply, assert_records, check_transformation, rows


FORMS = """
    case_id | state      | severity
    OSC-1   | " Calif. " | 2
    OSC-2   | TX         | 5
    TEST    | ny         | 1
    OSC-3   | Atlantis   | 3
    four    | NY         | 3
"""
"""Cases as they come, with two that cannot be used."""

LOADED = """
    case_id | state | severity:int
    OSC-1   | CA    | 2
    OSC-2   | TX    | 5
"""


PAGE = {"cases": rows(FORMS), "next": None}
"""What the API gives for them."""


def moved(**places):
    """The real job, with every place that it reads from or writes to in memory."""
    return cases.replace(
        **{
            "source": RecordsSource(rows(FORMS)),
            "loader": MemoryDestination(),
            "loaders": {"urgent": "memory:"},
            **places,
        }
    )


def test_steps_clean_a_case():
    """One step, or several, can be applied to records at hand."""
    cleaned = clean.apply(rows("case_id | state | severity\nOSC-7 | new york | 3"))

    assert_records(cleaned, "case_id | state | severity:int\nOSC-7 | NY | 3")


def test_steps_keep_what_every_step_promises():
    """They change nothing that they are given, repeat themselves, and swallow nothing."""
    check_transformation(clean, FORMS)


def test_each_case_is_loaded_left_out_or_set_aside():
    """The whole job: the steps, the rules and the policy are the real ones."""
    memory, urgent = MemoryDestination(), MemoryDestination("memory:urgent")

    result = moved(loader=memory, loaders={"urgent": urgent}).execute()

    assert_records(memory.records, LOADED)
    assert_records(urgent.records, "case_id\nOSC-2", subset=True)
    assert result.tally.filtered == 1
    assert [one.record["case_id"] for one in result.rejections] == ["OSC-3", "four"]


def test_every_page_of_the_api_is_read(fake_api):
    """A real server on this computer answers as the test says."""
    fake_api.respond("/cases?page=2", {"cases": rows("case_id\nOSC-2"), "next": None})
    fake_api.respond(
        "/cases", {"cases": rows("case_id\nOSC-1"), "next": f"{fake_api.url}/cases?page=2"}
    )

    found = CasesAPI(f"{fake_api.url}/cases").extract()

    assert_records(found, "case_id\nOSC-1\nOSC-2")
    assert [request.query for request in fake_api.requests] == [{}, {"page": "2"}]


def test_an_api_that_is_away_for_a_moment_is_asked_again(etl_service, fake_api, fake_clock):
    """The waits are on the fake clock, so the test takes no time."""
    fake_api.respond("/cases", 503, Reply("0123", cut=True), PAGE)
    memory = MemoryDestination()
    job = moved(source=CasesAPI(f"{fake_api.url}/cases"), loader=memory)
    etl_service.scheduler.register_job(job)

    result = etl_service.run("cases")

    assert_records(memory.records, LOADED)
    assert len(fake_api.requests) == 3
    assert fake_clock.sleeps == [1.0, 2.0]
    assert result.warnings[-1] == "succeeded at attempt 3"


def test_nothing_is_loaded_of_a_page_that_breaks_off():
    """Half of the cases would look like all of them."""
    memory = MemoryDestination()
    source = FailingSource(FORMS, after=2, times=None)

    result = moved(source=source, loader=memory).execute()

    assert str(result.status) == "failed"
    assert_records(memory.records, [])


@pytest.mark.parametrize("at", ["write", "commit", "reply"])
def test_a_lake_that_fails_gets_each_case_once(at, etl_service, failing_destination):
    """Whether nothing of the load was there yet, or only the answer to its commit got lost."""
    failing_destination.fail(at, error=TimeoutError("the lake does not answer"))
    etl_service.scheduler.register_job(moved(loader=DataLoader(failing_destination, "append")))

    first = etl_service.run("cases", run_key="2026-01-01")
    again = etl_service.run("cases", run_key="2026-01-01")

    assert_records(failing_destination.records, LOADED)
    assert [str(first.status), str(again.status)] == ["completed", "skipped"]
