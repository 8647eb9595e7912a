"""The functions of the registry as methods of expressions, by the kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, ParamSpec, TypeVar, overload

from etlkit._words import nearest
from etlkit.expressions.calls import call_node
from etlkit.expressions.functions import dates, lists, mixed, numbers, objects, patterns, texts
from etlkit.expressions.nodes import Node
from etlkit.expressions.places import refuse, unknown
from etlkit.expressions.printing import before_dot
from etlkit.expressions.registry import Function
from etlkit.expressions.uncalled import Uncalled


P = ParamSpec("P")
E = TypeVar("E")

ELSEWHERE: dict[str, str] = {
    "isin": "is_in",
    "isna": "is_null",
    "isnull": "is_null",
    "is_none": "is_null",
    "notna": "is_not_null",
    "notnull": "is_not_null",
    "fillna": "fill_null",
    "astype": "cast",
    "ceiling": "ceil",
    "dayofweek": "weekday",
    "dayofyear": "day_of_year",
    "endswith": "ends_with",
    "len": "length",
    "len_chars": "length",
    "ljust": "pad_end",
    "lpad": "pad_start",
    "ltrim": "lstrip",
    "nullif": "null_if",
    "ordinal_day": "day_of_year",
    "regexp_replace": "replace_pattern",
    "removeprefix": "remove_prefix",
    "removesuffix": "remove_suffix",
    "replace_all": "replace",
    "rjust": "pad_start",
    "rpad": "pad_end",
    "rtrim": "rstrip",
    "size": "length",
    "startswith": "starts_with",
    "strftime": "format",
    "strip_chars": "strip",
    "strip_prefix": "remove_prefix",
    "strip_suffix": "remove_suffix",
    "strptime": "to_datetime",
    "substr": "slice",
    "substring": "slice",
    "sum_of": "sum",
    "to_lowercase": "lower",
    "to_string": "format",
    "to_titlecase": "title",
    "to_uppercase": "upper",
    "trim": "strip",
    "tz_convert": "to_zone",
    "tz_localize": "set_zone",
    "convert_time_zone": "to_zone",
    "replace_time_zone": "set_zone",
    "zfill": "pad_start",
}
"""What pandas, Polars and SQL call functions that have another name here."""


class Methods(Generic[E]):
    """What has a first operand, and makes an expression of a node."""

    __slots__ = ()

    @property
    def _first(self) -> Node:
        raise NotImplementedError

    def _made(self, node: Node) -> E:
        raise NotImplementedError


class Method(Generic[P]):
    """A function of the registry as a method."""

    def __init__(self, function: Function[P]) -> None:
        self.function = function
        self.__doc__ = function.plain.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> Method[P]: ...

    @overload
    def __get__(self, owner: Methods[E], kind: type) -> Uncalled[P, E]: ...

    def __get__(self, owner: Methods[E] | None, kind: type) -> Method[P] | Uncalled[P, E]:
        if owner is None:
            return self
        function = self.function

        def method(*arguments: P.args, **options: P.kwargs) -> E:
            return owner._made(call_node(function, (owner._first, *arguments), options))  # noqa: SLF001 -- a part of its owner

        return Uncalled(owner._first, function, method)  # noqa: SLF001 -- a part of its owner


class Namespace(Methods[E]):
    """Functions of one kind of value, such as ``F.name.str``."""

    __slots__ = ("_make", "_node")

    word = ""
    part = ""
    """How a part is taken, for those who try it by brackets."""

    def __init__(self, node: Node, make: Callable[[Node], E]) -> None:
        self._node = node
        self._make = make

    @property
    def _first(self) -> Node:
        return self._node

    def _made(self, node: Node) -> E:
        return self._make(node)

    if not TYPE_CHECKING:  # so that checkers know which functions there are

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_function(type(self), self.word, name)

        def __getitem__(self, key: object) -> NoReturn:
            text = before_dot(self._first)
            part = f"; write {text}{self.part}" if self.part else ""
            refuse(f"nothing is taken from {text}.{self.word} by brackets{part}")


class TextMethods(Namespace[E]):
    """Functions of texts: ``F.name.str``."""

    __slots__ = ()

    word = "str"
    part = ".str.slice(0, 1)"

    after = Method(texts.after)
    before = Method(texts.before)
    casefold = Method(texts.casefold)
    contains = Method(texts.contains)
    count = Method(texts.count)
    ends_with = Method(texts.ends_with)
    extract = Method(patterns.extract)
    length = Method(texts.length)
    lower = Method(texts.lower)
    lstrip = Method(texts.lstrip)
    matches = Method(patterns.matches)
    pad_end = Method(texts.pad_end)
    pad_start = Method(texts.pad_start)
    remove_prefix = Method(texts.remove_prefix)
    remove_suffix = Method(texts.remove_suffix)
    replace = Method(texts.replace)
    replace_pattern = Method(patterns.replace_pattern)
    reverse = Method(texts.reverse)
    rstrip = Method(texts.rstrip)
    slice = Method(texts.sliced)
    split = Method(texts.split)
    squeeze = Method(texts.squeeze)
    starts_with = Method(texts.starts_with)
    strip = Method(texts.strip)
    title = Method(texts.title)
    to_date = Method(dates.to_date)
    to_datetime = Method(dates.to_datetime)
    upper = Method(texts.upper)


class DateMethods(Namespace[E]):
    """Functions of dates, times and durations: ``F.day.dt``."""

    __slots__ = ()

    word = "dt"

    date = Method(dates.date_of)
    day = Method(dates.day_of_month)
    day_of_year = Method(dates.day_of_year)
    epoch = Method(dates.epoch)
    format = Method(dates.formatted)
    hour = Method(dates.hour)
    minute = Method(dates.minute)
    month = Method(dates.month)
    quarter = Method(dates.quarter)
    second = Method(dates.second)
    set_zone = Method(dates.set_zone)
    time = Method(dates.time_of)
    to_zone = Method(dates.to_zone)
    total_days = Method(dates.total_days)
    total_seconds = Method(dates.total_seconds)
    truncate = Method(dates.truncate)
    week = Method(dates.week)
    weekday = Method(dates.weekday)
    year = Method(dates.year)


class ListMethods(Namespace[E]):
    """Functions of lists: ``F.tags.list``."""

    __slots__ = ()

    word = "list"
    part = "[0]"

    contains = Method(lists.contains)
    drop_nulls = Method(lists.drop_nulls)
    first = Method(lists.first)
    get = Method(lists.get)
    join = Method(lists.join)
    last = Method(lists.last)
    length = Method(lists.length)
    max = Method(lists.greatest)
    mean = Method(lists.mean)
    min = Method(lists.least)
    reverse = Method(lists.reverse)
    slice = Method(lists.sliced)
    sort = Method(lists.ordered)
    sum = Method(lists.total)
    unique = Method(lists.unique)


class DictMethods(Namespace[E]):
    """Functions of nested objects: ``F.address.dict``."""

    __slots__ = ()

    word = "dict"
    part = "['name']"

    get = Method(objects.get)
    has = Method(objects.has)
    keys = Method(objects.keys)
    length = Method(objects.length)
    values = Method(objects.values)


class Functions(Methods[E]):
    """Functions of any value and of numbers, and the namespaces of the others."""

    __slots__ = ()

    abs = Method(numbers.absolute)
    ceil = Method(numbers.ceil)
    clip = Method(numbers.clip)
    eq_missing = Method(mixed.eq_missing)
    exp = Method(numbers.exp)
    floor = Method(numbers.floor)
    from_epoch = Method(dates.from_epoch)
    is_nan = Method(mixed.is_nan)
    log = Method(numbers.log)
    null_if = Method(mixed.null_if)
    round = Method(numbers.rounded)
    sign = Method(numbers.sign)
    sqrt = Method(numbers.sqrt)
    trunc = Method(numbers.trunc)

    @property
    def str(self) -> TextMethods[E]:
        """Functions of texts."""
        return TextMethods(self._first, self._made)

    @property
    def dt(self) -> DateMethods[E]:
        """Functions of dates, times and durations."""
        return DateMethods(self._first, self._made)

    @property
    def list(self) -> ListMethods[E]:
        """Functions of lists."""
        return ListMethods(self._first, self._made)

    @property
    def dict(self) -> DictMethods[E]:
        """Functions of nested objects."""
        return DictMethods(self._first, self._made)


SPACES: tuple[type[Namespace[Any]], ...] = (TextMethods, DateMethods, ListMethods, DictMethods)


def names_of(kind: type) -> list[str]:
    """The public names of a class."""
    return [name for name in dir(kind) if not name.startswith("_")]


AGGREGATED: dict[str, str] = {
    "agg": "Sum('amount')",
    "avg": "Mean('amount')",
    "count": "Count()",
    "max": "Max('amount')",
    "mean": "Mean('amount')",
    "median": "Median('amount')",
    "min": "Min('amount')",
    "n_unique": "CountDistinct('amount')",
    "nunique": "CountDistinct('amount')",
    "sum": "Sum('amount')",
}
"""What sums up many records, and is no function of one."""

_AROUND = "Window(...) looks at the records around"
_LIKE = (
    "write .str.starts_with('...'), .str.ends_with('...') or .str.contains('...') for parts of a "
    "text, .str.matches(r'...') for a pattern"
)
_CALLED = "Derive(name=lambda record: ...) calls a function of yours"

STEPS: dict[str, str] = {
    "alias": "Derive(new_name=...) names a value",
    "apply": _CALLED,
    "asc": "Sort('name') sorts upwards",
    "cumsum": _AROUND,
    "desc": "Sort('name', descending=True) sorts downwards",
    "diff": _AROUND,
    "drop_duplicates": "Deduplicate('name') keeps one of each",
    "dropna": "Filter(F.name.is_not_null()) leaves out records without a value",
    "eq": "write F.name == value",
    "explode": "Explode('name') makes records of a list",
    "ge": "write F.name >= value",
    "gt": "write F.name > value",
    "ilike": _LIKE,
    "le": "write F.name <= value",
    "like": _LIKE,
    "lt": "write F.name < value",
    "map": _CALLED,
    "map_elements": _CALLED,
    "ne": "write F.name != value",
    "not_in": "write ~F.name.is_in([...])",
    "notin": "write ~F.name.is_in([...])",
    "over": _AROUND,
    "rank": _AROUND,
    "regexp_like": _LIKE,
    "rename": "Rename(old='new') renames fields",
    "rlike": _LIKE,
    "shift": _AROUND,
    "sort_values": "Sort('name') sorts records",
    "to_datetime": "ParseDate('name', ['%d.%m.%Y', '%Y-%m-%d']) reads several formats",
    "value_counts": "Aggregate('name', n=Count()) counts records",
    "where": "write when(condition).then(F.name).otherwise(value)",
}
"""What is a method of a column elsewhere, and here an operator, another function or a step."""


def no_function(kind: type, word: str, name: str, shown: str = "F.outer") -> AttributeError:
    """The error for a function that there is not, with the one that was probably meant.

    Args:
        kind: What was asked for it.
        word: The word of its name space; empty for an expression.
        name: What was asked for.
        shown: The expression.
    """
    near = nearest(name, names_of(kind), ELSEWHERE, likeness=0.7)
    others = [space for space in SPACES if space is not kind]
    other = ELSEWHERE.get(name.lower(), name)
    elsewhere = [f".{space.word}.{other}()" for space in others if other in names_of(space)]
    if near is not None:
        hint = f"; did you mean .{near}()?"
    elif elsewhere:
        hint = f"; write {' or '.join(elsewhere)}"
    else:
        hint = ""
    if name in AGGREGATED:
        hint += f"; over many records it is Aggregate('by', total={AGGREGATED[name]})"
    elif name in STEPS:
        hint += f"; {STEPS[name]}"
    is_other = near is None and (not elsewhere or name in AGGREGATED)
    if not word and is_other and name not in STEPS:
        hint += f"; a field inside of a field is {shown}[{name!r}]"
    prefix = f".{word}" if word else ""
    return unknown(f"expressions have no function {prefix}.{name}{hint}")
