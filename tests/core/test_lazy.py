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
        _ = family.Sort

    assert str(caught.value) == "module 'etlkit.transformations' has no attribute 'Sort'"


def test_importing_a_name_that_is_not_there_is_an_import_error() -> None:
    """``from etlkit import X`` fails as it does anywhere."""
    with pytest.raises(ImportError, match="cannot import name 'Sort' from 'etlkit'"):
        from etlkit import Sort  # noqa: F401 -- it is not there
