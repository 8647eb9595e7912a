"""The cars: a real data set, with totals worked out by the standard library alone."""

from __future__ import annotations

import json
import subprocess

from collections.abc import Callable
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest


pytestmark = pytest.mark.acceptance

needs_data = pytest.mark.skipif(
    find_spec("vega_datasets") is None, reason="vega_datasets, which has the data, is not installed"
)

OUTPUT = """\
read 406 cars: loaded 390, set aside 16
  car 11, citroen ds-21 pallas: $.miles_per_gallon is None, and the field is not nullable
  car 12, chevrolet chevelle concours (sw): $.miles_per_gallon is None, and the field is not nullable
  car 13, ford torino (sw): $.miles_per_gallon is None, and the field is not nullable
  car 14, plymouth satellite (sw): $.miles_per_gallon is None, and the field is not nullable
  car 15, amc rebel sst (sw): $.miles_per_gallon is None, and the field is not nullable
  car 18, ford mustang boss 302: $.miles_per_gallon is None, and the field is not nullable
  car 35, hi 1200d: ValueError: 'hi 1200d' does not begin with a maker
  car 39, ford pinto: $.horsepower is None, and the field is not nullable
  car 40, volkswagen super beetle 117: $.miles_per_gallon is None, and the field is not nullable
  car 134, ford maverick: $.horsepower is None, and the field is not nullable
  car 192, capri ii: ValueError: 'capri ii' does not begin with a maker
  car 338, renault lecar deluxe: $.horsepower is None, and the field is not nullable
  car 344, ford mustang cobra: $.horsepower is None, and the field is not nullable
  car 362, renault 18i: $.horsepower is None, and the field is not nullable
  car 368, saab 900s: $.miles_per_gallon is None, and the field is not nullable
  car 383, amc concord dl: $.horsepower is None, and the field is not nullable
merged 390 cars into 3 origins:
{"origin":"USA","cars":243,"makers":11,"miles_per_gallon":20.1,"thriftiest":"plymouth champ"}
{"origin":"Japan","cars":79,"makers":6,"miles_per_gallon":30.5,"thriftiest":"mazda glc"}
{"origin":"Europe","cars":68,"makers":11,"miles_per_gallon":27.6,"thriftiest":"vw rabbit c (diesel)"}
files: cars
"""
ABSENT = """
import runpy, sys
sys.modules["vega_datasets"] = None  # as if it were not installed
script = sys.argv.pop(1)
runpy.run_path(script, run_name="__main__")
"""


@pytest.fixture(scope="module")
def done(
    examples: Path,
    run_python: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> subprocess.CompletedProcess[str]:
    """One run of the script, with `--folder cars`, in an empty folder."""
    empty = tmp_path_factory.mktemp("cars")
    ended = run_python(examples / "cars.py", "--folder", "cars", cwd=empty, temp=empty)
    ended.folder = empty / "cars"
    return ended


@pytest.fixture
def folder(done: subprocess.CompletedProcess[str]) -> Path:
    """Where the run left its files."""
    return done.folder


@pytest.fixture
def cars() -> list[dict[str, Any]]:
    """The data as the package ships it."""
    path = distribution("vega-datasets").locate_file("vega_datasets/_data/cars.json")
    return json.loads(Path(path).read_bytes())


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def complete(cars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cars that can be used: nothing is null, and the name begins with a maker."""
    return [
        car
        for car in cars
        if None not in car.values() and not car["Name"].startswith(("hi ", "capri "))
    ]


def figures(cars: list[dict[str, Any]], origin: str) -> tuple[str, int, float, str]:
    """Name of an origin, number of its cars, their mean consumption, and the thriftiest."""
    own = [car for car in cars if car["Origin"] == origin]
    mean = sum(car["Miles_per_Gallon"] for car in own) / len(own)
    best = min(own, key=lambda car: -car["Miles_per_Gallon"])
    return origin, len(own), round(mean, 1), best["Name"]


@needs_data
def test_the_script_prints_what_became_of_406_cars(done) -> None:
    """The counts, each car that was set aside with its reason, and the comparison."""
    printed = done.stdout

    assert (done.returncode, done.stderr) == (0, "")
    assert printed == OUTPUT


@needs_data
def test_the_cars_are_those_that_are_complete(cars, folder) -> None:
    """Every complete car is there, in its order, with its own figures and units."""
    expected = [
        (
            car["Name"],
            car["Origin"],
            int(car["Year"][:4]),
            car["Cylinders"],
            car["Horsepower"],
            car["Miles_per_Gallon"],
            round(car["Weight_in_lbs"] * 0.45359237),
        )
        for car in complete(cars)
    ]

    loaded = records(folder / "cars.jsonl")

    assert [tuple(car.values())[:-1] for car in loaded] == expected
    assert len(loaded) == 390


@needs_data
def test_fifteen_makers_are_spelt_in_another_way_than_the_names(folder) -> None:
    """Only misspelt and shortened makers differ from the first word of the name."""
    loaded = records(folder / "cars.jsonl")

    words = [(car["name"].split()[0], car["maker"]) for car in loaded]

    assert sorted(pair for pair in words if pair[0] != pair[1]) == [
        ("chevroelt", "chevrolet"),
        *[("chevy", "chevrolet")] * 3,
        *[("maxda", "mazda")] * 2,
        ("mercedes", "mercedes-benz"),
        ("toyouta", "toyota"),
        ("vokswagen", "volkswagen"),
        *[("vw", "volkswagen")] * 6,
    ]


@needs_data
def test_the_comparison_agrees_with_plain_python(cars, folder) -> None:
    """Number, mean and thriftiest car of each origin are those of the data."""
    expected = [figures(complete(cars), origin) for origin in ("USA", "Japan", "Europe")]

    compared = records(folder / "by_origin.jsonl")

    assert expected == [
        (one["origin"], one["cars"], one["miles_per_gallon"], one["thriftiest"]) for one in compared
    ]


@needs_data
def test_cars_that_were_set_aside_can_be_read_again(cars, folder) -> None:
    """The quarantine keeps the slice of the array that each such car was."""
    usable = complete(cars)
    (kept,) = (folder / "state" / "quarantine").iterdir()

    entries = records(kept)

    assert [json.loads(entry["raw"]) for entry in entries] == [
        car for car in cars if car not in usable
    ]
    assert [cars[entry["record_no"] - 1] for entry in entries] == [
        json.loads(entry["raw"]) for entry in entries
    ]


@needs_data
def test_without_a_folder_the_files_are_temporary(examples, run_python, tmp_path) -> None:
    """The working directory stays empty, and the last line says where the files are."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "temp").mkdir()

    done = run_python(examples / "cars.py", cwd=tmp_path / "empty", temp=tmp_path / "temp")

    (made,) = (tmp_path / "temp").iterdir()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"files: {made}"
    assert list((tmp_path / "empty").iterdir()) == []


def test_without_the_data_the_script_says_what_to_install(examples, run_python, tmp_path) -> None:
    """One line names the command, and nothing was written."""
    done = run_python("-c", ABSENT, examples / "cars.py", cwd=tmp_path, temp=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The data is not here yet: python -m pip install vega_datasets\n"
    assert list(tmp_path.iterdir()) == []
