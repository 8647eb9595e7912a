"""The folders of a partitioned dataset, named by the values of fields as Hive does."""

from __future__ import annotations

import math
import re

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from attrs import field as attribute
from attrs import frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.formats.format import Encoder
from etlkit.records import Unfit


if TYPE_CHECKING:
    from etlkit.formats.format import KernelCode
    from etlkit.records import Record

NULL = "__HIVE_DEFAULT_PARTITION__"
_MOST_KNOWN = 4096
MOST_NAME_BYTES = 255  # of a name in a folder, on every usual file system

# What Hive escapes, and what no file system of another computer takes in a name.
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"#%\'*/:<=>?\\\[\]^{|}]')

Placed: TypeAlias = tuple[str, object]
"""The folder of a record in its dataset, and the encoded record."""


def partition_fields(given: object) -> tuple[str, ...]:
    """The names of the fields that a dataset is partitioned by.

    Raises:
        ConfigurationError: It is no name and no list of different names.
    """
    names = (given,) if isinstance(given, str) else given
    found = tuple(names) if isinstance(names, Iterable) else ("",)
    texts = all(isinstance(name, str) and name for name in found)
    if not texts or len(set(found)) < len(found):
        message = (
            f"partition_by is the name of a field or a list of different names, got {shown(given)}"
        )
        raise ConfigurationError(message)
    return found


def fields_of(partition: str | None) -> tuple[str, ...]:
    """The fields, escaped, that the folder of a partition is named by."""
    return tuple(part.partition("=")[0] for part in partition.split("/")) if partition else ()


@frozen
class PartitionEncoder(Encoder):
    """Tells the folder of each record, and encodes it as the format does.

    Attributes:
        inner: The encoder of the format.
        fields: The fields that name the folder.
    """

    inner: Encoder
    fields: tuple[str, ...]
    # names of folders by field and text; filled by whichever thread comes first
    _known: dict[tuple[str, str], str] = attribute(factory=dict, init=False, eq=False, repr=False)

    def encode(self, record: Record) -> Placed:
        """The folder and the encoded record.

        Raises:
            Unfit: A value cannot name a folder, or the record has no form in the format.
        """
        return self.folder(record), self.inner.encode(record)

    def write(self, code: KernelCode, record: str) -> str:
        """The same as lines of a kernel, with those of the format."""
        code.line(f"folder = {code.bind('folder_of', self.folder)}({record})")
        return f"(folder, {self.inner.write(code, record)})"

    def folder(self, record: Record) -> str:
        """The folder of a record in the dataset.

        Raises:
            Unfit: A value cannot name a folder.
        """
        folders = []
        for name in self.fields:
            value = record.get(name)
            known = self._known.get((name, value)) if value.__class__ is str else None
            folders.append(known or self._folder(name, record))
        return "/".join(folders)

    def strict(self) -> Encoder:
        """The same with the strict encoder of the format."""
        return PartitionEncoder(self.inner.strict(), self.fields)

    def _folder(self, field: str, record: Record) -> str:
        try:
            value = record[field]
        except KeyError:
            hint = did_you_mean(field, list(record))
            message = (
                f"the record has no field {field!r} to be partitioned by{hint}; set it in a step, "
                "where None is a partition of its own"
            )
            raise Unfit("partition", message) from None
        name = _name(field, value)
        if value.__class__ is str and len(self._known) < _MOST_KNOWN:
            self._known[field, value] = name
        return name


def _name(field: str, value: object) -> str:
    name = f"{escaped_field(field)}={_escaped(_text(field, value))}" if value is not None else ""
    name = name or f"{escaped_field(field)}={NULL}"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        message = f"{field} has half of a surrogate pair, which cannot be in the name of a folder"
        raise Unfit("partition", message) from None
    if size > MOST_NAME_BYTES:
        message = (
            f"{field} makes the name of a folder of {size} bytes, more than the "
            f"{MOST_NAME_BYTES} that it may have; partition by a shorter field"
        )
        raise Unfit("partition", message)
    return name


def _text(field: str, value: object) -> str:
    """The text of a value, without what escapes it.

    Raises:
        Unfit: It is no single value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str.__str__(value)  # of an enum the value, as formats write it
    if isinstance(value, int):
        return _digits(field, value)
    if isinstance(value, float) and math.isfinite(value):
        return float.__repr__(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    message = (
        f"{field} is of type {type(value).__name__}, which cannot name a folder; partition by a "
        "text, a number, a date, true or false"
    )
    if isinstance(value, float):
        message = f"{field} is no finite number, so it cannot name a folder"
    raise Unfit("partition", message)


def _digits(field: str, value: int) -> str:
    try:
        return int.__repr__(value)
    except ValueError:  # Python refuses to write the digits of very long ones
        message = f"{field} is too long an integer to name a folder; partition by a shorter field"
        raise Unfit("partition", message) from None


def _escaped(text: str) -> str:
    if text == NULL:  # a text that looks like the name for null
        return f"%5F{text[1:]}"
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", text)


def escaped_field(field: str) -> str:
    """The name of a field as folders have it.

    Readers skip folders that begin with ``_`` or ``.``, so these are escaped there.
    """
    name = _escaped(field)
    return f"%{ord(name[0]):02X}{name[1:]}" if name[0] in "._" else name
