"""406 real cars: tidy names and units, set aside what is incomplete, compare by origin.

The data is `cars.json` of the package vega_datasets, a JSON array:

    python -m pip install vega_datasets
    python examples/cars.py

Only the file is read: the package, and the pandas that comes with it, are not imported.
Of the 406 cars eight have no fuel consumption and six no horsepower, two names begin with
no maker, fifteen with a misspelt or shortened one, and the year is written as the first of
January. No car is of 1981, and about twice as many as usual are of 1982; which of those might
be in the wrong year the file does not say, so they stay as they are.

Source, as the package names it: D. Donoho and E. Ramos, "PRIMDATA: Data Sets for Use With
PRIM-H" (draft, 1982), made public at http://lib.stat.cmu.edu/datasets/. The package is under
the MIT licence, and states none for the data alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile

from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

from etlkit import DataValidator, ETLPipelineService, JobResult, Quarantine
from etlkit.transformations import Aggregate, Map


KNOWN = """
amc audi bmw buick cadillac chevrolet chrysler citroen datsun dodge fiat ford honda mazda
mercedes-benz mercury nissan oldsmobile opel peugeot plymouth pontiac renault saab subaru
toyota triumph volkswagen volvo
"""
MAKERS = set(KNOWN.split())
MENDED = {
    "chevroelt": "chevrolet",
    "chevy": "chevrolet",
    "maxda": "mazda",
    "mercedes": "mercedes-benz",
    "toyouta": "toyota",
    "vokswagen": "volkswagen",
    "vw": "volkswagen",
}
CAR = {
    "name": {"required": True, "type": str},
    "maker": {"required": True, "type": str},
    "origin": {"required": True, "allowed": ["Europe", "Japan", "USA"]},
    "year": {"required": True, "type": int, "min": 1970, "max": 1982},
    "cylinders": {"required": True, "type": int, "min": 3, "max": 8},
    "horsepower": {"required": True, "type": int, "min": 1},
    "miles_per_gallon": {"required": True, "type": float, "min": 1},
    "weight_kg": {"required": True, "type": int, "min": 500},
}


def tidy(car: dict) -> dict:
    """Short names in lower case, the year as a number, the weight in kilograms."""
    return {
        "name": car["Name"],
        "origin": car["Origin"],
        "year": int(car["Year"].removesuffix("-01-01")),
        "cylinders": car["Cylinders"],
        "horsepower": car["Horsepower"],
        "miles_per_gallon": car["Miles_per_Gallon"],
        "weight_kg": round(car["Weight_in_lbs"] * 0.45359237),
    }


def add_maker(car: dict) -> dict:
    """The maker is the first word of the name, which itself stays as it is."""
    word = car["name"].split()[0]
    car["maker"] = MENDED.get(word, word)
    if car["maker"] not in MAKERS:
        message = f"{car['name']!r} does not begin with a maker"
        raise ValueError(message)
    return car


def makers(cars: list[dict]) -> int:
    """How many makers there are."""
    return len({car["maker"] for car in cars})


def miles_per_gallon(cars: list[dict]) -> float:
    """The mean of the cars, to one decimal."""
    return round(fmean(car["miles_per_gallon"] for car in cars), 1)


def thriftiest(cars: list[dict]) -> str:
    """The name of the car that goes furthest on a gallon."""
    return max(cars, key=lambda car: car["miles_per_gallon"])["name"]


def find_cars() -> Path:
    """Where the package keeps the file; looking it up does not import the package."""
    package = find_spec("vega_datasets")
    if package is None or package.origin is None:
        sys.exit("The data is not here yet: python -m pip install vega_datasets")
    return Path(package.origin).parent / "_data" / "cars.json"


def run(data: Path, folder: Path) -> tuple[JobResult, JobResult]:
    """Tidy the cars, then compare them by origin."""
    service = ETLPipelineService(root=folder / "state")
    service.create_pipeline(
        "Cars",
        data,
        Map(tidy) | Map(add_maker),
        folder / "cars.jsonl",
        DataValidator(CAR),
        on_error=Quarantine(max_error_rate=0.05),
    )
    service.create_pipeline(
        "By origin",
        folder / "cars.jsonl",
        Aggregate(
            "origin",
            cars=len,
            makers=makers,
            miles_per_gallon=miles_per_gallon,
            thriftiest=thriftiest,
        ),
        folder / "by_origin.jsonl",
    )
    return service.run("cars").raise_if_failed(), service.run("by-origin").raise_if_failed()


def main() -> None:
    """Run in the folder that was named, or in a new one, and print what came out."""
    parser = argparse.ArgumentParser(description="Tidy 406 cars and compare them by origin.")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new one)")
    arguments = parser.parse_args()
    data = find_cars()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="etlkit-cars-"))
    folder.mkdir(parents=True, exist_ok=True)
    tidied, compared = run(data, folder)

    print(f"read {tidied.rows_extracted} cars: loaded {tidied.rows_loaded}", end=", ")
    print(f"set aside {tidied.rows_rejected}")
    for rejection in tidied.rejections:
        name = json.loads(rejection.raw)["Name"]
        print(f"  car {rejection.record_no}, {name}: {rejection.message}")
    print(f"merged {compared.tally.merged} cars into {compared.rows_loaded} origins:")
    print((folder / "by_origin.jsonl").read_text(encoding="utf-8"), end="")
    print(f"files: {folder}")


if __name__ == "__main__":
    main()
