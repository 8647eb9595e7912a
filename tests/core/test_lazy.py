"""Names that are imported when they are first used."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest


FAMILIES = [
    "etlkit",
    "etlkit.engine",
    "etlkit.formats",
    "etlkit.jobs",
    "etlkit.sources",
    "etlkit.transformations",
    "etlkit.validation",
]

LAZY = """
import sys
import etlkit.transformations as family
before = "etlkit.transformations.maps" in sys.modules
kept_before = "Map" in vars(family)
family.Map
print(before, kept_before, "etlkit.transformations.maps" in sys.modules, "Map" in vars(family))
"""


@pytest.mark.parametrize("name", FAMILIES)
def test_a_name_is_the_same_object_each_time(name: str) -> None:
    """A family keeps what was looked up; ``dir`` shows all of it before."""
    family = importlib.import_module(name)
    first = family.__all__[0]

    found = [getattr(family, first), getattr(family, first), vars(family)[first]]

    assert found[0] is found[1] is found[2]
    assert set(family.__all__) <= set(dir(family))


def test_a_module_is_loaded_by_the_first_look_at_one_of_its_names() -> None:
    """Neither the family nor another name loads it."""
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False", "True", "True"]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """The message is the one of any module."""
    family = importlib.import_module("etlkit.transformations")

    with pytest.raises(AttributeError) as caught:
        _ = family.Elsewhere

    assert str(caught.value) == "module 'etlkit.transformations' has no attribute 'Elsewhere'"


def test_importing_a_name_that_is_not_there_is_an_import_error() -> None:
    """``from etlkit import X`` fails as it does anywhere."""
    with pytest.raises(ImportError, match="cannot import name 'Elsewhere' from 'etlkit'"):
        from etlkit import Elsewhere  # noqa: F401 -- it is not there


def test_importing_a_name_of_another_family_says_where_it_is() -> None:
    """The message has the line to write."""
    with pytest.raises(ImportError) as caught:
        from etlkit import Map  # noqa: F401 -- it is in a family

    assert str(caught.value) == (
        "module 'etlkit' has no attribute 'Map'; it is in etlkit.transformations: "
        "from etlkit.transformations import Map"
    )


def test_importing_a_misspelt_name_offers_the_near_one() -> None:
    """So does the look at an attribute."""
    with pytest.raises(ImportError) as caught:
        from etlkit import FileSorce  # noqa: F401 -- misspelt

    assert str(caught.value) == (
        "module 'etlkit' has no attribute 'FileSorce'; did you mean 'FileSource'?"
    )


def test_asking_whether_a_package_has_a_name_is_no_error() -> None:
    """Only an import is answered by an ImportError."""
    package = importlib.import_module("etlkit")

    found = hasattr(package, "Map")

    assert not found
