"""Which format a file has: by its suffix, or as the caller says."""

from __future__ import annotations

import inspect
import sys

from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import frozen

from etlkit._files.paths import without_secrets
from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError
from etlkit.formats.format import Format
from etlkit.formats.packed.compression import SUFFIXES, split_suffix
from etlkit.formats.writer import Writer


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Kind = TypeVar("_Kind", type[Format], type[Writer])


@frozen
class Known(Generic[_Kind]):
    """A format by its name and suffixes; its class is imported when it is chosen.

    Attributes:
        name: What users write in ``format=``.
        suffixes: Endings of file names that mean it, without compression.
        home: The module of its class, below ``etlkit.formats``.
        class_name: The name of its class there.
    """

    name: str
    suffixes: tuple[str, ...]
    home: str
    class_name: str

    def load(self) -> _Kind:
        """The class."""
        module = f"etlkit.formats.{self.home}"
        __import__(module)
        kind: _Kind = getattr(sys.modules[module], self.class_name)
        return kind


FORMATS: tuple[Known[type[Format]], ...] = (
    Known("jsonl", (".jsonl", ".ndjson"), "json.lines", "JsonLines"),
    Known("json", (".json",), "json.format", "Json"),
    Known("csv", (".csv",), "csv.format", "Csv"),
    Known("tsv", (".tsv", ".tab"), "csv.format", "Tsv"),
    Known("fixed", (), "text.fixed", "FixedWidth"),
    Known("raw", (), "raw", "Raw"),
)
WRITERS: tuple[Known[type[Writer]], ...] = (
    Known("jsonl", (".jsonl", ".ndjson"), "json.writer", "JsonLinesWriter"),
    Known("json", (".json",), "json.writer", "JsonWriter"),
    Known("csv", (".csv",), "csv.writer", "CsvWriter"),
    Known("tsv", (".tsv", ".tab"), "csv.writer", "TsvWriter"),
)


# -- reading


def format_named(name: str) -> type[Format]:
    """The format that users call by this name.

    Raises:
        ConfigurationError: There is none; the message lists those there are.
    """
    return _named(name, FORMATS)


def format_of(path: str) -> type[Format] | None:
    """The format that the suffix of a path means, or None."""
    return _by_suffix(path, FORMATS)


def make_format(
    kind: type[Format], options: Mapping[str, object], *, also: Iterable[str] = ()
) -> Format:
    """A format with the options of the caller.

    Args:
        kind: The format.
        options: Its options.
        also: Other names that the caller takes, for "did you mean".

    Raises:
        ConfigurationError: The format has no such option, or needs one that is not given.
    """
    _check_names(kind, options, also)
    missing = [name for name in _needed_by(kind) if name not in options]
    if missing:
        message = f"format {kind.name!r} needs the option {missing[0]}=..."
        raise ConfigurationError(message)
    return kind(**options)


def check_options(options: Mapping[str, object], *, also: Iterable[str] = ()) -> None:
    """Look whether each option belongs to some format that a suffix means, which takes its value.

    For files whose formats are not known yet.

    Raises:
        ConfigurationError: No such format has such an option, or its value is not allowed.
    """
    for name, value in options.items():
        knowing = [kind for kind in _every_format() if name in _options_of(kind)]
        meant = [kind for kind in knowing if kind.suffixes]
        if not meant:
            raise _unknown_option(name, knowing, also)
        for kind in meant:
            make_format(kind, {name: value})


def other_format(kind: type[Format], options: Iterable[str]) -> type[Format] | None:
    """The format that options are meant for which this one lacks; None if it has them all."""
    able = [each for each in (kind, *_every_format()) if {*options} <= {*_options_of(each)}]
    return next((each for each in able[:1] if each is not kind and each.suffixes), None)


def _unknown_option(
    name: str, knowing: list[type[Format]], also: Iterable[str]
) -> ConfigurationError:
    """The refusal of an option that no format has which a suffix means."""
    if knowing:
        kind = f"format={knowing[0].name!r}"
        return ConfigurationError(
            f"option {name!r} belongs to {kind}, which no suffix means; pass {kind}"
        )
    meant = [kind for kind in _every_format() if kind.suffixes]
    known = sorted({each for kind in meant for each in _options_of(kind)})
    hint = did_you_mean(name, [*known, *also], _ELSEWHERE)
    return ConfigurationError(
        f"no format has an option {name!r}{hint}; their options are: {', '.join(known)}"
    )


# -- writing


def writer_for(
    path: str, given: object, options: Mapping[str, object], *, also: Iterable[str] = ()
) -> Writer:
    """How a file is written: as the caller says, or else as the suffix of its path does.

    Args:
        path: The file.
        given: The name of a format, a writer, or None to go by the suffix.
        options: Options of the writer.
        also: Other names that the caller takes, for "did you mean".

    Raises:
        ConfigurationError: The format cannot be told, or has no such option.
    """
    if isinstance(given, Writer):
        if options:
            names = ", ".join(sorted(options))
            message = f"options {names} belong into the {type(given).__name__} that was passed"
            raise ConfigurationError(message)
        return given
    if given is None:
        kind = _by_suffix(path, WRITERS)
        if kind is None:
            raise _unknown_suffix(path)
    elif isinstance(given, str):
        kind = _named(given, WRITERS)
    else:
        message = f"format is a name such as 'jsonl', or a Writer, got {shown(given)}"
        raise ConfigurationError(message)
    _check_names(kind, options, also)
    return kind(**options)


FRAMES = (".arrow", ".avro", ".feather", ".ods", ".orc", ".parquet", ".xls", ".xlsx")
"""Suffixes of tables that libraries of data frames read and write, and etlkit does not."""


def _unknown_suffix(path: str) -> ConfigurationError:
    if path.lower().endswith(FRAMES):
        message = (
            f"{without_secrets(path)}: no format of etlkit; load into 'memory:' and write the "
            "data frame that the result gives by to_pandas() or to_polars()"
        )
        return ConfigurationError(message)
    known = ", ".join(suffix for each in WRITERS for suffix in each.suffixes)
    packed = dict.fromkeys(SUFFIXES.values(), "")
    for suffix, name in SUFFIXES.items():
        packed[name] = packed[name] or suffix  # a compression may have several
    message = (
        f"{without_secrets(path)}: the suffix does not tell how to write it; pass format='jsonl' "
        f"or another one (known suffixes: {known}, each also with {', '.join(packed.values())})"
    )
    if path.strip(":").lower() == "memory":
        message = f"{message}; did you mean 'memory:'?"
    elif "." not in path.rpartition("/")[2]:
        message = f"{message}, or {path + '/'!r} for a dataset of parts"
    return ConfigurationError(message)


# -- both

_ELSEWHERE = {
    "dtype": "schema",
    "dtypes": "schema",
    "escapechar": "escape",
    "fieldnames": "names",
    "has_header": "names",
    "header": "names",
    "na_values": "null_values",
    "new_columns": "names",
    "quote_char": "quote",
    "quotechar": "quote",
    "schema_overrides": "schema",
    "sep": "delimiter",
    "separator": "delimiter",
    "skip_rows": "skip_lines",
    "skiprows": "skip_lines",
}
"""What pandas, Polars and the csv module call an option."""

_WRITERS_ELSEWHERE = {
    **_ELSEWHERE,
    "fieldnames": "columns",
    "header": "columns",
    "line_terminator": "line_end",
    "lineterminator": "line_end",
}


def _every_format() -> list[type[Format]]:
    """The classes of all formats; for options of files whose formats are not known yet."""
    return [each.load() for each in FORMATS]


def _named(name: str, kinds: tuple[Known[_Kind], ...]) -> _Kind:
    names = {each.name: each for each in kinds}
    if name not in names:
        known = ", ".join(repr(each) for each in names)
        message = f"unknown format {name!r}{did_you_mean(name, names)}; the formats are {known}"
        raise ConfigurationError(message)
    return names[name].load()


def _by_suffix(path: str, kinds: tuple[Known[_Kind], ...]) -> _Kind | None:
    plain = split_suffix(path)[0].lower()
    return next((each.load() for each in kinds if plain.endswith(each.suffixes)), None)


def _check_names(
    kind: type[Format | Writer], options: Mapping[str, object], also: Iterable[str] = ()
) -> None:
    known = _options_of(kind)
    for name in options:
        if name not in known:
            elsewhere = _WRITERS_ELSEWHERE if issubclass(kind, Writer) else _ELSEWHERE
            hint = did_you_mean(name, [*known, *also], elsewhere)
            valid = ", ".join(sorted(known)) or "none"
            beside = ", ".join(also) if issubclass(kind, Writer) and not hint else ""
            message = (
                f"format {kind.name!r} has no option {name!r}{hint}; its options are: {valid}"
                f"{beside and f'; beside those of the format there are: {beside}'}"
            )
            raise ConfigurationError(message)


def _options_of(kind: type[Format | Writer]) -> list[str]:
    return list(inspect.signature(kind).parameters)


def _needed_by(kind: type[Format]) -> list[str]:
    options = inspect.signature(kind).parameters.values()
    return [each.name for each in options if each.default is each.empty]
