"""The arguments of a job, checked, with messages that say what was meant."""

from __future__ import annotations

import os

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from etlkit._files.paths import same_file
from etlkit._functions import is_function
from etlkit._words import flag, shown
from etlkit.destinations.loader import DataLoader
from etlkit.errors import ConfigurationError
from etlkit.retry import RetryPolicy
from etlkit.sources.files import FileSource
from etlkit.sources.frames import is_frame
from etlkit.sources.source import DataSource
from etlkit.state.quarantine import Quarantine
from etlkit.transformations.known_fields import KnownFields
from etlkit.validation.validator import DataValidator


if TYPE_CHECKING:
    from etlkit.formats.format import Encoder


def outputs(given: object, main: DataLoader) -> dict[str, DataLoader]:
    """The loaders of named outputs; no two loads go to one place, for they would take turns."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(given) or not all(map(_is_name, given)):
        message = f"ETLJob: loaders is a dict of output names and loaders, got {shown(given)}"
        raise ConfigurationError(message)
    found = {
        name: one if isinstance(one, DataLoader) else DataLoader(one) for name, one in given.items()
    }
    places = [
        loader.destination.place for loader in (main, *found.values()) if loader.destination.lasting
    ]
    twice = {place for place in places if places.count(place) > 1}
    if twice:
        message = f"ETLJob: two outputs would both be loaded into {min(twice)}"
        raise ConfigurationError(message)
    return found


def lineage(given: object) -> bool:
    """Whether lineage is kept."""
    return flag("ETLJob: lineage", given)


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def encoder(source: DataSource, loader: DataLoader) -> Encoder:
    """The encoder of the destination; strict where the input may hold a NaN."""
    encoder = loader.destination.encoder()
    return encoder.strict() if source.may_hold_nan else encoder


def text(name: str, value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        message = f"ETLJob: {name} is a text, got {shown(value)}"
        raise ConfigurationError(message)
    return value


def expected(name: str, value: Any, kind: type, example: str, hint: str = "") -> Any:
    """A value of a type."""
    if not isinstance(value, kind):
        message = f"ETLJob: {name} is a {kind.__name__} such as {example}, got {shown(value)}{hint}"
        raise ConfigurationError(message)
    return value


def source(value: object) -> DataSource:
    """A source; a path stands for a FileSource."""
    if isinstance(value, (str, os.PathLike)):
        return FileSource(value)
    at_hand = isinstance(value, Iterable) or is_frame(value) or is_function(value)
    hint = "; for records at hand use RecordsSource(...)" if at_hand else ""
    example = "FileSource('records.jsonl')"
    found: DataSource = expected("source", value, DataSource, example, hint)
    return found


def known_fields(source: DataSource, before: DataValidator | None) -> tuple[KnownFields, list[str]]:
    """The fields that are known before anything is read, and those that records surely have."""
    names = source.known_fields
    if before is None:
        return KnownFields(names or (), closed=names is not None), []
    schema = before.schema
    ruled = tuple(each.name for each in schema.fields)
    if schema.unknown != "allow":
        return KnownFields(ruled), []
    if names is not None:
        return KnownFields(names), []
    return KnownFields(ruled, closed=False), [each.name for each in schema.fields if each.required]


def validator(name: str, value: object) -> DataValidator | None:
    """A validator or None."""
    if value is None:
        return None
    example = "DataValidator({'id': {'required': True}})"
    found: DataValidator = expected(name, value, DataValidator, example)
    return found


def policy(value: object) -> Quarantine | None:
    """The policy for failing records; None stops the run."""
    if isinstance(value, Quarantine):
        return value
    if value == "fail":
        return None
    message = f"ETLJob: on_error is 'fail' or a Quarantine(...), got {shown(value)}"
    raise ConfigurationError(message)


def apart(policy: Quarantine | None, loader: DataLoader) -> Quarantine | None:
    """The policy, whose file is not the one that is loaded into."""
    place = loader.destination.uri
    if policy is not None and policy.to is not None and same_file(policy.to, place):
        message = f"ETLJob: rejected records and loaded ones would both go into {place}"
        raise ConfigurationError(message)
    return policy


def retry(value: object) -> RetryPolicy | None:
    """A policy of retries or None."""
    if value is None:
        return None
    found: RetryPolicy = expected("retry", value, RetryPolicy, "RetryPolicy.of(3)")
    return found
