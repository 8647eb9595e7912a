"""Aggregate: records into groups, one record for each group."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterable, Mapping
from typing import Any

from etlkit._words import shown
from etlkit.expressions import Expression
from etlkit.transformations.compound_verbs import CompoundVerb, by_as_data
from etlkit.transformations.grouping.aggregations import Aggregation, Count, output_hint
from etlkit.transformations.grouping.gathering import Gather, Pick, Picked, opaque_values
from etlkit.transformations.grouping.shape import Output
from etlkit.transformations.known_fields import KnownFields, fields_needed
from etlkit.transformations.mistakes import mistake
from etlkit.transformations.picking import Given, named_values
from etlkit.transformations.spilling.sorter import MEMORY_BYTES, memory_budget
from etlkit.transformations.step import Memory, RecordStep, StageStep


class Aggregate(CompoundVerb):
    """Make one record of each group of records.

    Groups come out in the order in which they were first seen. Keys that Python takes
    for equal although they differ in type (1, 1.0 and True) are different groups, and
    None is a group of its own. A record whose key cannot be worked out, or whose value an
    aggregation cannot take, is rejected by itself, with its bytes.

    What is kept of each group is what its aggregations need: a number or two for ``Count``,
    ``Sum``, ``Mean``, ``Min``, ``Max``, ``First`` and ``Last``. The others keep values, and
    a function of your own all records of the group; ``len`` is taken for ``Count()``.

    Above a budget of memory what is known of the groups goes to a file without a name in the
    folder for temporary files (``TMPDIR``), of which nothing is left however the run ends.
    Values come back exactly as they were. One group has to fit into memory with the values
    that its outputs keep.

    Args:
        by: A field, a list of fields, or a dict of new field names and expressions (or
            functions that take a record and return a value). By default all records are one
            group, which is there even if they are none.
        memory_bytes: The budget, of the groups as Python holds them.
        name: What messages and counts call the step.
        outputs: New fields, each with an aggregation such as ``Sum("amount")``, or with a
            function that takes the list of records of a group and returns a value.

    Example:
        >>> from etlkit.transformations import Count, Max
        >>> Aggregate("state", cases=Count(), worst=Max("severity")).apply(
        ...     [{"state": "CA", "severity": 2}, {"state": "CA", "severity": 4}]
        ... )
        [{'state': 'CA', 'cases': 2, 'worst': 4}]
    """

    memory: Memory = "spilling"
    sees = "all records"
    makes = "one record for each group"
    counts_as = "merged and produced"

    def __init__(
        self,
        by: str | Expression | Iterable[str | Expression] | Mapping[str, Given] = (),
        *,
        memory_bytes: int = MEMORY_BYTES,
        name: str | None = None,
        **outputs: Output,
    ) -> None:
        is_total = isinstance(by, list | tuple | dict) and not by
        self._keys = {} if is_total else named_values(by, "Aggregate", "groups")
        self._outputs = _checked(outputs, self._keys)
        self._name = _checked_name(name)
        self._memory_bytes = memory_budget("Aggregate", memory_bytes)
        self.given = self.without_defaults(
            {
                "by": by_as_data(self._keys) or (),
                "memory_bytes": memory_bytes,
                "name": name,
                "outputs": dict(self._outputs),
            }
        )

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Aggregate:
        """The verb of arguments by name; the outputs are a dict."""
        more = dict(settings)
        return cls(more.pop("by", ()), **more.pop("outputs", {}), **more)

    def __repr__(self) -> str:
        return f"Aggregate({', '.join([repr([*self._keys]), *self._outputs])})"

    @property
    def label(self) -> str:
        """The name, or ``Aggregate(by fields)``."""
        keys = f"by {', '.join(self._keys)}" if self._keys else "all records"
        return self._name or f"Aggregate({keys})"

    @property
    def opaque(self) -> str | None:
        """The functions of the user, by the names of the fields that they make."""
        return opaque_values({**self._keys, **self._outputs})

    def leaves(self, known: KnownFields) -> KnownFields:
        """The keys and the outputs."""
        taken = [one.of for one in self._outputs.values() if isinstance(one, Aggregation)]
        known.reading(self.label, fields_needed(*self._keys.values(), *taken))
        return known.only((*self._keys, *self._outputs))

    def parts(self, *, shown: bool = True) -> tuple[RecordStep | StageStep, ...]:
        """Picking the values, which a record may fail alone, and then the grouping.

        Args:
            shown: What the groups become are records as users know them.
        """
        picked = Picked.of(self.label, self._keys, self._outputs)
        return (
            Pick(f"{self.label}: key", picked, self._memory_bytes),
            Gather(self.label, picked, self._memory_bytes, opaque_values(self._outputs), shown),
        )


def _checked(outputs: Mapping[str, Any], keys: Mapping[str, object]) -> Mapping[str, Output]:
    for name, output in outputs.items():
        if not _is_output(output):
            message = (
                f"Aggregate: {name!r} needs an aggregation such as Sum('amount'), or a function "
                f"of a list of records, got {shown(output)}{output_hint('Aggregate', name, output)}"
            )
            raise mistake(message)
        if name in keys:
            message = f"Aggregate: {name!r} is already the name of a field it groups by"
            raise mistake(message)
    return {name: Count() if output is len else output for name, output in outputs.items()}


def _is_output(given: object) -> bool:
    if isinstance(given, Aggregation):
        return True
    # an expression can be called, to say what is wrong with that
    of_numbers = any(given is one for one in (sum, min, max))
    return callable(given) and not of_numbers and not isinstance(given, Expression | ABCMeta)


def _checked_name(name: object) -> str | None:
    if name is None or isinstance(name, str):
        return name
    message = (
        f"Aggregate: name is what messages call the step, got {shown(name)}; "
        "an output needs another name"
    )
    raise mistake(message)
