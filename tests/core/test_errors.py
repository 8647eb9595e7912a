"""The tree of exceptions."""

from __future__ import annotations

import re

import pytest

from etlkit import errors


def drawn_tree() -> list[tuple[int, str]]:
    """The tree in the docstring: depth and name of each line."""
    lines = re.findall(r"^    ([│ ]*(?:[├└]── )?)([A-Z]\w+)", str(errors.__doc__), re.MULTILINE)
    return [(len(indent) // 4, name) for indent, name in lines]


def built_tree() -> list[tuple[int, str]]:
    """The tree of the classes, in the order of their definition."""

    def below(kind: type, depth: int) -> list[tuple[int, str]]:
        children = [
            each for each in vars(errors).values() if kind in getattr(each, "__bases__", ())
        ]
        inside = [line for child in children for line in below(child, depth + 1)]
        return [(depth, kind.__name__), *inside]

    return below(errors.EtlkitError, 0)


def test_the_docstring_draws_the_tree_of_the_classes() -> None:
    """What a reader sees is what ``except`` sees."""
    drawn = drawn_tree()

    assert drawn == built_tree()


def test_every_exception_is_listed() -> None:
    """The public names are the tree, and nothing else."""
    names = sorted(name for _, name in built_tree())

    assert names == sorted(errors.__all__)


@pytest.mark.parametrize(
    ("kind", "python"),
    [
        (errors.SourceNotFound, FileNotFoundError),
        (errors.AccessDenied, PermissionError),
        (errors.UnknownJob, LookupError),
        (errors.MissingExtra, ImportError),
    ],
    ids=lambda kind: kind.__name__,
)
def test_an_error_with_a_python_twin_is_caught_as_one(
    kind: type[errors.EtlkitError], python: type[Exception]
) -> None:
    """Code that knows nothing of etlkit catches what it knows; the message stays whole."""
    error = kind("forms.jsonl: no such file")

    assert isinstance(error, python)
    assert str(error) == "forms.jsonl: no such file"


def test_a_record_error_carries_what_is_known_of_the_record() -> None:
    """The rejection is an attribute, and None by default."""
    rejection = object()

    found = [errors.RecordError("m", rejection), errors.RecordError("m")]

    assert [error.rejection for error in found] == [rejection, None]
