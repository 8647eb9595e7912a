"""The page of the documentation that lists every case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hostile.case import Case
from hostile.sections import SECTIONS


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "hostile-input.md"

_HEAD = """\
<!-- Made from the cases in tests/hostile: `python -m hostile`, run in tests/, writes it anew. -->

# Hostile input

What happens to each kind of bad input, without options and with those that change it.
Each cell of these tables is a test, and this page is made from the same list.

- **read** means that every record is loaded, with its values as they stood.
- **rejected** means that a record is set aside with its bytes, its place and the code, and that the others are loaded. Without `Quarantine` the first such record fails the run. Where nothing but rejected records is left, a replace fails as `EmptyReplace`, unless `allow_empty=True`.
- **run fails** means that nothing is loaded and the destination is as it was, whatever the policy.

[What happens to bad input](../explanation/bad-input.md) says why, and lists the codes.
"""

_NOT_YET = """\
## Not there yet

These come with the formats and destinations that they belong to.

| input | belongs to |
|---|---|
| broken Parquet files | reading Parquet |
| bombs, anchors, tags and duplicate keys in YAML | pipelines written in YAML |
| `\\u0000` in a text | Postgres, which has no form for it |
| naughty names of tables and columns | databases |
"""


def page() -> str:
    """The page as it should be."""
    parts = [_HEAD, *(_section(title, cases) for title, cases in SECTIONS.items()), _NOT_YET]
    return "\n".join(parts)


def _section(title: str, cases: Iterable[Case]) -> str:
    return "\n".join([f"## {title}\n", *_table(cases), ""])


def _table(cases: Iterable[Case]) -> Iterator[str]:
    """A row for each input and outcome; kinds of files that do the same share one."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for case in cases:
        also = "<br>".join(each.shown for each in case.also)
        rows.setdefault((case.what, case.outcome.shown, also), []).append(case.kind)
    yield "| input | in | what happens | with an option |"
    yield "|---|---|---|---|"
    inputs = list(dict.fromkeys(what for what, _, _ in rows))
    for (what, happens, also), kinds in sorted(
        rows.items(), key=lambda row: inputs.index(row[0][0])
    ):
        yield f"| {what} | {', '.join(kinds)} | {happens} | {also} |"
