"""The door to packages that etlkit does not require."""

from __future__ import annotations

import json

import pytest

from etlkit._optional import require
from etlkit.errors import MissingExtra


def test_a_package_that_is_there_is_given() -> None:
    """The module itself."""
    module = require("json", extra="x", purpose="reading")

    assert module is json


def test_a_package_that_is_missing_is_named_with_the_line_that_installs_it() -> None:
    """Purpose, package and command; the cause stays attached."""
    with pytest.raises(MissingExtra) as caught:
        require("no_such_package.inside", extra="rich", purpose="the progress bar")

    assert str(caught.value) == (
        "the progress bar needs the package 'no_such_package', which is not installed: "
        "run  python -m pip install '.[rich]'  in a checkout of etlkit"
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_package_of_no_extra_is_installed_by_its_own_name() -> None:
    """A library for data frames is the user's own choice, so no extra of etlkit brings it."""
    with pytest.raises(MissingExtra) as caught:
        require("no_such_package", extra=None, purpose="to_pandas()")

    assert str(caught.value) == (
        "to_pandas() needs the package 'no_such_package', which is not installed: "
        "run  python -m pip install no_such_package"
    )


def test_a_package_may_have_another_name_than_its_module() -> None:
    """The message names what has to be installed."""
    with pytest.raises(MissingExtra) as caught:
        require("spaces.no_such", extra="rich", purpose="a bar", package="spaces.no-such")

    assert str(caught.value) == (
        "a bar needs the package 'spaces.no-such', which is not installed: "
        "run  python -m pip install '.[rich]'  in a checkout of etlkit"
    )
