"""Arguments of verbs as data that JSON and YAML can hold, and back.

Where a verb takes an expression, a text is one; where it takes the name of a field, as
everywhere in Python, a text is the name. What plain data cannot say is a dict with a key
that begins with ``$``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from attrs import fields, frozen

from etlkit._words import did_you_mean, shown
from etlkit.errors import ConfigurationError, ExpressionError
from etlkit.expressions import Expression, F, parse_expression
from etlkit.expressions.casting import cast
from etlkit.expressions.nodes import Literal
from etlkit.expressions.operands import cast_type
from etlkit.expressions.places import without_place
from etlkit.expressions.printing import TYPE_WORDS
from etlkit.expressions.texts import text_of
from etlkit.transformations.cells import Cells
from etlkit.transformations.grouping.aggregations import Aggregation
from etlkit.transformations.positions import WindowFunction


_SCALARS = (str, bool, int, float, type(None))


@frozen
class Writing:
    """Makes data of the arguments of one step.

    Attributes:
        label: What messages call the step.
        names: What has no data, by the names that stand for it.
    """

    label: str
    names: Mapping[str, object]

    def expression(self, given: Any) -> Any:
        """Where an expression is expected: its text, if it has one."""
        text = text_of(given) if isinstance(given, Expression) else None
        return self.value(given) if text is None else text

    def expressions(self, given: Mapping[str, Any]) -> Any:
        """A dict of expressions, among which a constant may stand."""
        return self._mapping(given, self._computed)

    def _computed(self, given: Any) -> Any:
        node = given.node if isinstance(given, Expression) else None
        if isinstance(node, Literal) and type(node.value) in _SCALARS[1:]:
            return node.value
        return self.expression(given)

    def value(self, given: Any) -> Any:
        """Any other argument."""
        if given is None or isinstance(given, _SCALARS):
            return given
        if isinstance(given, Mapping):
            return self._mapping(given, self.value)
        for name, one in self.names.items():
            if one is given:
                return {"$name": name}
        if isinstance(given, list | tuple):
            return [self.value(one) for one in given]
        return self._special(given)

    def _mapping(self, given: Mapping[Any, Any], value: Callable[[Any], Any]) -> Any:
        pairs = [(self.value(key), value(one)) for key, one in given.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in pairs):
            return dict(pairs)
        return {"$pairs": [list(pair) for pair in pairs]}

    def _special(self, given: Any) -> Any:
        if isinstance(given, Expression):
            text = text_of(given)
            return {"$expression": given.to_dict() if text is None else text}
        if isinstance(given, Aggregation):
            return self._with_parts("$aggregation", given)
        if isinstance(given, WindowFunction):
            return self._with_parts("$window", given)
        if isinstance(given, type) and given in TYPE_WORDS:
            return TYPE_WORDS[given]
        if type(given) in TYPE_WORDS:
            return {"$constant": [TYPE_WORDS[type(given)], cast(given, str)]}
        if isinstance(given, timedelta):
            return {"$constant": ["seconds", given.total_seconds()]}
        what = "the function " if callable(given) else ""
        hint = "to_dict(..., names={'a name': ...}) gives it one"
        message = f"{self.label}: {what}{shown(given)} has no dict form; {hint}"
        raise ConfigurationError(message)

    def _with_parts(self, mark: str, given: Aggregation | WindowFunction) -> dict[str, Any]:
        made = {mark: type(given).__name__}
        for each in fields(type(given)):
            value = getattr(given, each.name)
            if value is not None:
                made[each.name] = self.value(_field_or(value))
        return made


def _field_or(value: Any) -> Any:
    """The name of a field, where an expression is nothing else."""
    if isinstance(value, Expression):
        found = value.fields()
        return found[0] if found and value.same_as(F[found[0]]) else value
    return value


@frozen
class Reading:
    """Makes arguments of the data of one verb.

    Attributes:
        verb: What messages call it.
        names: What has no data, by the names that stand for it.
    """

    verb: str
    names: Mapping[str, object]

    def expression(self, argument: str, given: Any) -> Any:
        """An expression of its text, its data, or a constant; or what a name stands for."""
        if isinstance(given, Mapping) and ("$name" in given or "$constant" in given):
            return self.value(given)
        data = given.get("$expression", given) if isinstance(given, Mapping) else given
        try:
            if isinstance(data, str):
                return parse_expression(data)
            return Expression.from_dict(data) if isinstance(data, Mapping) else self.value(data)
        except ExpressionError as error:
            message = f"{self.verb}: {argument}: {without_place(error)}"
            raise ConfigurationError(message) from error

    def expressions(self, argument: str, given: Any) -> Any:
        """A dict of expressions."""
        if not isinstance(given, Mapping):
            return given
        pairs = given["$pairs"] if "$pairs" in given else given.items()
        return {key: self.expression(f"{argument}[{key!r}]", one) for key, one in pairs}

    def value(self, given: Any) -> Any:
        """Any other argument."""
        if isinstance(given, list):
            return [self.value(one) for one in given]
        if not isinstance(given, Mapping):
            return given
        for mark, read in _MARKS.items():
            if mark in given:
                return read(self, given)
        return {key: self.value(one) for key, one in given.items()}

    def _named(self, given: Mapping[str, Any]) -> Any:
        name = given["$name"]
        if isinstance(name, str) and name in self.names:
            return self.names[name]
        near = did_you_mean(name, self.names) if isinstance(name, str) else ""
        hint = f"from_dict(..., names={{{name!r}: ...}}){near}"
        message = f"{self.verb} needs what is called {name!r}: {hint}"
        raise ConfigurationError(message)

    def _expression(self, given: Mapping[str, Any]) -> Any:
        return self.expression("$expression", given["$expression"])

    def _pairs(self, given: Mapping[str, Any]) -> Any:
        return {self._key(key): self.value(one) for key, one in given["$pairs"]}

    def _key(self, given: Any) -> Any:
        """The key of a dict, which was a tuple where it is a list."""
        return tuple(map(self._key, given)) if isinstance(given, list) else self.value(given)

    def _constant(self, given: Mapping[str, Any]) -> Any:
        kind, text = given["$constant"]
        return timedelta(seconds=text) if kind == "seconds" else cast(text, cast_type(kind))

    def _aggregation(self, given: Mapping[str, Any]) -> Any:
        kinds = [each for each in Aggregation.__subclasses__() if each is not Cells]
        return self._with_parts("an aggregation", "$aggregation", kinds, given)

    def _window(self, given: Mapping[str, Any]) -> Any:
        kinds = WindowFunction.__subclasses__()
        return self._with_parts("a window function", "$window", kinds, given)

    def _with_parts(
        self, words: str, mark: str, kinds: Iterable[type], given: Mapping[str, Any]
    ) -> Any:
        more = dict(given)
        kind = more.pop(mark)
        found = {each.__name__: each for each in kinds}
        if not isinstance(kind, str) or kind not in found:
            near = did_you_mean(kind, found) if isinstance(kind, str) else ""
            message = f"{words} is one of {', '.join(found)}, got {shown(kind)}{near}"
            raise ConfigurationError(message)
        return found[kind](**{name: self.value(one) for name, one in more.items()})


_MARKS: dict[str, Callable[[Reading, Mapping[str, Any]], Any]] = {
    "$name": Reading._named,  # noqa: SLF001 -- a table of its own methods
    "$expression": Reading._expression,  # noqa: SLF001 -- a table of its own methods
    "$pairs": Reading._pairs,  # noqa: SLF001 -- a table of its own methods
    "$constant": Reading._constant,  # noqa: SLF001 -- a table of its own methods
    "$aggregation": Reading._aggregation,  # noqa: SLF001 -- a table of its own methods
    "$window": Reading._window,  # noqa: SLF001 -- a table of its own methods
}
