"""What leaves the chain on its way to the outputs, and what they refuse of it.

A source record is one unit over all outputs of its stage: refused by one of them, it is
taken back from the others, too, and counts as one rejection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import evolve, frozen

from etlkit.errors import BalanceError


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etlkit.engine.rejecting import Rejects
    from etlkit.records import OutBatch, Refusal
    from etlkit.runs.tally import StepTally

MAIN = ""
"""The name of the output that the end of the chain goes to."""


@frozen
class Outgoing:
    """Encoded records for one output.

    Attributes:
        output: Its name; empty for the main one.
        batch: The records; those of the main output may be none.
    """

    output: str
    batch: OutBatch


class Delivery(Protocol):
    """The outputs of one attempt.

    Both methods get all that came of one source batch in a stage, at most one batch for
    each output, and return the refusals by the name of the output.
    """

    def screen(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        """What the outputs would refuse; nothing is taken yet.

        Called before ``write`` where there are several outputs, and only there.
        """

    def write(self, outgoing: Sequence[Outgoing]) -> Mapping[str, Sequence[Refusal]]:
        """Hand the records over, and say which of them were not taken."""


class Deliverer:
    """Gives what leaves a stage to the outputs of an attempt, and counts it.

    Args:
        delivery: The outputs.
        rejects: Takes the records that they refuse.
        outputs: The names of all outputs, if there are several.
    """

    def __init__(self, delivery: Delivery, rejects: Rejects, outputs: Sequence[str] = ()) -> None:
        self._delivery = delivery
        self._rejects = rejects
        self._tally = rejects.tally
        self._several = bool(outputs)
        if outputs:
            self._tally.outputs = dict.fromkeys((MAIN, *outputs), 0)

    def deliver(
        self,
        outgoing: Sequence[Outgoing],
        steps: Sequence[StepTally],
        kept: OutBatch | None = None,
    ) -> OutBatch | None:
        """Hand over what came of one source batch in one stage.

        Args:
            outgoing: What goes to outputs.
            steps: The counts of the steps of the stage.
            kept: What the next stage takes, if there is one.

        Returns:
            ``kept`` without what came of records that an output refused.

        Raises:
            BalanceError: Something that came of a record was refused and another thing taken.
        """
        if self._several:
            refused = _by_number(outgoing, self._delivery.screen(outgoing))
            if refused:
                outgoing, kept = self._without(outgoing, kept, refused, steps)
        refusals = self._delivery.write(outgoing)
        self._tally.transformed += sum(len(one.batch.items) for one in outgoing)
        refused = _by_number(outgoing, refusals) if any(refusals.values()) else {}
        if refused:
            _check_whole(outgoing, refusals, refused)
            outgoing, kept = self._without(outgoing, kept, refused, steps)
        if self._several:
            for one in outgoing:
                self._tally.outputs[one.output] += len(one.batch.items)
        return kept

    def _without(
        self,
        outgoing: Sequence[Outgoing],
        kept: OutBatch | None,
        refused: Mapping[int, Refusal],
        steps: Sequence[StepTally],
    ) -> tuple[Sequence[Outgoing], OutBatch | None]:
        """What is left without all that came of refused records, which are rejected."""
        source = outgoing[0].batch.source
        self._rejects.refused(
            source,
            [evolve(one, position=number - source.first) for number, one in refused.items()],
            "write",
        )
        left = [Outgoing(one.output, one.batch.without(refused)) for one in outgoing]
        left_kept = None if kept is None else kept.without(refused)
        taken = sum(
            len(before.batch.items) - len(after.batch.items)
            for before, after in zip(outgoing, left, strict=True)
        )
        if kept is not None and left_kept is not None:
            taken += len(kept.items) - len(left_kept.items)
        # All but one of what came of a record count as produced; refused together, they are one.
        siblings = taken - len(refused)
        for step in reversed(steps):
            less = min(siblings, step.produced)
            step.produced -= less
            siblings -= less
        return left, left_kept


def _by_number(
    outgoing: Sequence[Outgoing], refusals: Mapping[str, Sequence[Refusal]]
) -> dict[int, Refusal]:
    """The first refusal of each source record, by its number."""
    found: dict[int, Refusal] = {}
    for one in outgoing:
        refused = refusals.get(one.output, ())
        numbers = one.batch.record_numbers if refused else ()
        for refusal in sorted(refused, key=lambda each: each.position):
            found.setdefault(numbers[refusal.position], refusal)
    return dict(sorted(found.items()))


def _check_whole(
    outgoing: Sequence[Outgoing],
    refusals: Mapping[str, Sequence[Refusal]],
    refused: Mapping[int, Refusal],
) -> None:
    """Whether nothing was taken that came of a refused record."""
    for one in outgoing:
        positions = {refusal.position for refusal in refusals.get(one.output, ())}
        for position, number in enumerate(one.batch.record_numbers):
            if number in refused and position not in positions:
                source = one.batch.source
                place = source.place(number - source.first)
                message = f"{place}: {_BY_ITSELF if positions else _BY_ANOTHER}"
                raise BalanceError(message)


_BY_ITSELF = (
    "the destination refused one result of the record and took another one, so nothing was "
    "published; a load session refuses all results of a record or none"
)
_BY_ANOTHER = (
    "one output refused the record after another one had taken its part, so nothing was "
    "published; in a job with several outputs a load session refuses records in screen()"
)
