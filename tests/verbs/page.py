"""The page of the documentation that lists every verb: a table, and what each class says."""

from __future__ import annotations

import inspect

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from etlkit import transformations
from etlkit.transformations.dict_form import VERBS
from etlkit.transformations.step import Memory
from transformations.every_verb import CALLING, OF_SEVERAL, STEPS


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "verbs.md"

_HEAD = """\
<!-- Made from the classes of the verbs: `python -m verbs`, run in tests/, writes it anew. -->

# Verbs

A verb is a step whose arguments are data.
It reads fields by their names, and each says what it does about a record without one of them: by default the record fails.
None is a value of a field that is there.
A verb is compiled with the steps around it into one function, and `explain()` shows it as it was written.

What a verb holds at once is one of these, and `explain()` says which it is of the arguments that it has:

- **streaming**: one batch of records,
- **bounded**: as many records as its arguments say,
- **keyed**: a value for each key,
- **spilling**: a part of the records, while the rest is on disk,
- **materialising**: all of them, or all values of a group.

"""

_TAIL = """\
## As data

A verb, or a chain of verbs, is plain data for JSON and YAML.
Where a verb takes an expression, its data is a text, read by `parse_expression`: `price * n`.
In such a text a plain name is a field, and a text that is meant has quotes of its own: `'new'`.
Where a verb takes the name of a field, as `Sort("first-name")` does, a text is the name, as in Python; an expression in its place is `{"$expression": "price * n"}`.
Functions and sources have no data: the program that writes and reads it gives them names.

```python
from etlkit import F
from etlkit.transformations import Derive, Filter, Map, from_dict, to_dict


def cleaned(record):
    return {name: value for name, value in record.items() if value != ""}


chain = Map(cleaned) | Derive(total=F.price * F.n) | Filter(F.total > 100)

for step in to_dict(chain, names={"cleaned": cleaned})["steps"]:
    print(step)
```

```text
{'verb': 'Map', 'func': {'$name': 'cleaned'}}
{'verb': 'Derive', 'values': {'total': 'price * n'}}
{'verb': 'Filter', 'predicate': 'total > 100'}
```

People write it shorter: the name of a verb with its first argument, or with a dict of all.
A list is a chain.

```python
chain = from_dict(
    [
        {"Select": ["id", "state", "price", "n"]},
        {"Derive": {"total": "price * n", "size": "'big' if n > 9 else 'small'"}},
        {"Filter": "total > 100 and state in ['CA', 'NY']"},
        {"Mask": {"fields": ["id"], "keep_last": 2}},
    ]
)
for step in chain.steps:
    print(step.label)
```

```text
Select('id', 'state', 'price', 'n')
Derive(total=F.price * F.n, size=when(F.n > 9).then('big').otherwise('small'))
Filter((F.total > 100) & F.state.is_in(['CA', 'NY']))
Mask('id', keep_last=2)
```

```{eval-rst}
.. autofunction:: etlkit.transformations.to_dict

.. autofunction:: etlkit.transformations.from_dict
```

A record that is rejected is kept as its source held it, whatever `Mask`, `HashPII` and `Redact` would have made of it: keep rejected records where the source may be kept.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join([*_table(), "", *_classes(), _TAIL])


def line(name: str) -> str:
    """The line of a verb in the table."""
    kind = getattr(transformations, name)
    cells = [
        f"{{py:class}}`~etlkit.transformations.{name}`",
        (inspect.getdoc(kind) or "").partition("\n")[0].replace("``", "`"),
        kind.sees,
        kind.makes,
        kind.counts_as,
        _memory(kind),
    ]
    return f"| {' | '.join(cells)} |"


def _memory(kind: Any) -> str:
    """The memory class of a verb, and those that other arguments make of it."""
    examples = [one for one in [*STEPS, *CALLING, *OF_SEVERAL.values()] if type(one) is kind]
    found = {kind.memory, *(one.memory for one in examples)}
    return " or ".join(word for word in get_args(Memory) if word in found)


def _table() -> Iterator[str]:
    yield f"{_HEAD}| verb | what it does | sees | makes | counts as | holds |"
    yield "|---|---|---|---|---|---|"
    yield from map(line, VERBS)


def _classes() -> Iterator[str]:
    yield "## What each does\n"
    yield "```{eval-rst}"
    for name in VERBS:
        yield f".. autoclass:: etlkit.transformations.{name}"
        kind = getattr(transformations, name)
        members = [
            each
            for each, one in vars(kind).items()
            if isinstance(one, classmethod) and each != "of_settings" and not each.startswith("_")
        ]
        if members:
            yield f"   :members: {', '.join(members)}"
        yield ""
    yield "```\n"
