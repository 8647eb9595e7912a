"""The page of the documentation that lists every function of expressions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etlkit.expressions.calls import usage
from etlkit.expressions.namespaces import SPACES
from etlkit.expressions.registry import FUNCTIONS, Function


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "expressions.md"

_HEAD = """\
<!-- Made from the registry of functions: `python -m expressions`, run in tests/, writes it anew. -->

# Expressions

An expression is a value worked out from a record: `F.amount * 2`, or `(F.amount > 100) & (F.state == "CA")`.
[What expressions mean](../explanation/expressions.md) says how they treat None, types and errors, next to Python, SQL and Polars.

```python
from etlkit import F

large = (F.amount > 100) & F.state.is_in(["CA", "NY"])
print(large)
print(large.evaluate({"amount": 250, "state": "CA"}))
```

```text
(F.amount > 100) & F.state.is_in(['CA', 'NY'])
True
```

## Fields, operators and conditions

| written | gives |
|---|---|
| `F.name`, `F["car model"]` | a field; a record without it is refused |
| `F.contact["email"]`, `F.tags[0]` | what is nested in a field; None where the field is None |
| `F.name.default(value)` | the field, or the value where the record does not have the field |
| `a + b`, `-`, `*`, `/`, `//`, `%`, `**`, `-a` | arithmetic as in Python, for numbers, dates and durations |
| `a == b`, `!=`, `<`, `<=`, `>`, `>=` | comparisons as in Python; None where one side is None |
| `a & b`, `a \\| b`, `~a` | and, or, not, with three values; the right side is not looked at where the left one decides |
| `a.between(low, high)` | `(a >= low) & (a <= high)` |
| `a.is_in([1, 2])` | whether `a == 1` or `a == 2`; the values are constants |
| `a.is_null()`, `a.is_not_null()` | whether it is None, or not: never None |
| `a.fill_null(b)`, `coalesce(a, b, ...)` | the first that is not None |
| `when(c).then(a).when(d).then(b).otherwise(e)` | the value of the first condition that is true; without `otherwise` None |
| `a.cast(type, strict=True)` | the value as `int`, `float`, `str`, `bool`, `Decimal`, `date`, `datetime`, `time` or `UUID`, or as the name of one; what would lose something is an error, or None with `strict=False` |
| `lit(value)` | a constant, where it stands alone |

"""

_TITLES = {
    "": "Functions of any value, and of numbers",
    "free": "Functions of several values",
    **{
        space.word: f"{(space.__doc__ or '').partition('``')[0]}`.{space.word}`" for space in SPACES
    },
}

_INTRODUCTION = """\
## Functions

Each example is a test, in the compiled form and in the plain one.
Where nothing else is said, the result is None if an operand is None, and a value of another type than the function takes is refused.
Operands may be expressions or constants; options, which have a default or are named, are constants.

"""

_TAIL = """\
## As text and as data

`repr` of an expression is Python that reads back to an equal one, and `parse_expression` reads the same without running anything, for pipelines that are written in YAML.
There `and`, `or`, `not`, `in` and `is None` may be used too, and a plain name is a field.

```python
from etlkit.expressions import Expression, parse_expression

large = parse_expression("amount > 100 and state in ['CA', 'NY']")
print(large)
print(large.to_dict())
print(Expression.from_dict(large.to_dict()).same_as(large))
```

```text
(F.amount > 100) & F.state.is_in(['CA', 'NY'])
{'and': [{'>': [{'field': 'amount'}, 100]}, {'is_in': [{'field': 'state'}, ['CA', 'NY']]}]}
True
```

A text has at most 10 000 characters, 2 000 parts and 100 levels, and an expression 30 levels of nesting and 10 000 parts; a chain of one operator is one level.
[Verbs as data](verbs.md#as-data) have expressions as such texts.

## What would be too much

A short expression can make a value of any size of a small record: such a record fails, at once and by itself.

| what | at most |
|---|---|
| whole numbers that a product, a rounding or a cast to `Decimal` makes | 4300 digits, as many as Python writes |
| powers of whole numbers | 4096 bits |
| texts that `concat`, `.list.join`, `.str.replace` and `.str.replace_pattern` make | 16 777 216 characters |
| texts that a pattern is looked for in | what the pattern is harmless for, 10 000 characters at most |
| constants | 4300 digits, or 100 000 characters; 100 000 of them in `is_in` |
| `.str.pad_start`, `.str.pad_end` | 1 000 000 characters |

A pattern that could take seconds for a text of 30 characters is refused when the expression is built.

## The classes

```{eval-rst}
.. autoclass:: etlkit.expressions.Expression
   :members: evaluate, holds, function, write, write_condition, explain, same_as, fields, label, to_dict, from_dict

.. autoclass:: etlkit.expressions.ExpressionWriter
   :members:

.. autoclass:: etlkit.expressions.nodes.Node

.. autofunction:: etlkit.expressions.when

.. autoclass:: etlkit.expressions.building.When
   :members: then

.. autoclass:: etlkit.expressions.building.Then
   :members: when, otherwise

.. autofunction:: etlkit.expressions.coalesce

.. autofunction:: etlkit.expressions.lit

.. autofunction:: etlkit.expressions.parse_expression
```
"""


def page() -> str:
    """The page as it should be."""
    sections: dict[str, list[Function[Any]]] = {title: [] for title in _TITLES}
    for _, function in sorted(FUNCTIONS.items()):
        space = "free" if function.is_free else function.name.rpartition(".")[0]
        sections[space].append(function)
    made = [_section(title, sections[space]) for space, title in _TITLES.items()]
    return "".join([_HEAD, _INTRODUCTION, *made, _TAIL])


def _section(title: str, functions: list[Function[Any]]) -> str:
    return "\n".join([f"### {title}\n", *_table(functions), "", ""])


def _table(functions: list[Function[Any]]) -> Iterator[str]:
    yield "| function | takes | gives | what | example |"
    yield "|---|---|---|---|---|"
    for function in functions:
        dot = "" if function.is_free else "."
        cells = [
            f"`{dot}{function.name}{usage(function)}`",
            function.takes[0].words,
            function.gives.words,
            function.sentence,
            "<br>".join(_example(one) for one in function.examples),
        ]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _example(example: Any) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in example.record.items())
    return f"`{example.expression}` → `{example.result!r}` for `{given}`"
