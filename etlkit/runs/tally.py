"""Where every record of a run went, and the equation that holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, asdict, define

from etlkit.errors import BalanceError
from etlkit.runs.inputs import InputFile


@define
class OtherSide:
    """The line of what a step read beside the records of the run.

    What was read either matched a record of the run or did not: ``read = matched +
    unmatched``; of a union all of it was added, and there is nothing to match.

    Attributes:
        uri: What it was read from.
        read: Its records; for a table that is a dict, its entries.
        matched: Those of them that records of the run have asked for.
        unmatched: The others.
        added: Those that went on among the records of the run, where they count as produced.
        calls: How often a function was called.
        files: The files that were read to their end, and how they looked.
    """

    uri: str
    read: int = 0
    matched: int = 0
    unmatched: int = 0
    added: int = 0
    calls: int = 0
    files: tuple[InputFile, ...] = ()

    @classmethod
    def from_dict(cls, counts: Mapping[str, Any]) -> OtherSide:
        """The line that a step tally made this of."""
        files = tuple(InputFile(**file) for file in counts["files"])
        return cls(**{**counts, "files": files})

    def __str__(self) -> str:
        counts = ("read", "matched", "unmatched", "added", "calls")
        told = [f"{name} {getattr(self, name):,}" for name in counts]
        words = [word for word in told if not word.endswith(" 0")]
        return f"{self.uri}: {', '.join(words or told[:1])}"


@define
class StepTally:
    """Exact counts of one step of a run.

    Attributes:
        name: The step.
        filtered: Records it dropped on purpose.
        produced: Records it added: k results of one record count k - 1, groups count g.
        merged: Records that went into groups.
        rejected: Source records that failed in it.
        warned: Rules that records broke and passed all the same, by place and rule:
            ``{"$.age max": 12}``.
        coerced: Values that it turned into another type, by place: ``{"$.age": 40}``.
        dropped: Fields that it removed from records, by the place of the record:
            ``{"$": 7}``.
        by_difference: The counts are what went in less what came out, since the
            function is opaque.
        sampled_seconds: Seconds spent in the step during the batches that were timed.
        sampled_records: Records that entered it during those batches.
        others: A line of its own for each other side: that of a join or lookup, and the
            sources of a union.
    """

    name: str
    filtered: int = 0
    produced: int = 0
    merged: int = 0
    rejected: int = 0
    warned: dict[str, int] = Factory(dict)
    coerced: dict[str, int] = Factory(dict)
    dropped: dict[str, int] = Factory(dict)
    by_difference: bool = False
    sampled_seconds: float = 0.0
    sampled_records: int = 0
    others: list[OtherSide] = Factory(list)

    def to_dict(self) -> dict[str, Any]:
        """The counts by name, ready for JSON; other sides only where there are any."""
        counts = asdict(self)
        if not self.others:
            del counts["others"]
        return counts

    @classmethod
    def from_dict(cls, counts: Mapping[str, Any]) -> StepTally:
        """The tally that ``to_dict`` made this of."""
        others = [OtherSide.from_dict(one) for one in counts.get("others", ())]
        return cls(**{**counts, "others": others})


@define
class Tally:
    """Where every record of a run went.

    ``read + produced = loaded + filtered + merged + rejected`` holds for every run that
    publishes something; it is checked before.

    Attributes:
        read: Source records.
        loaded: Records the destination holds, as it says itself.
        rejected: Records that were set aside, derived ones among them.
        rejected_derived: Those of them that a step over several records had made.
        transformed: Records that came out of the chain and were handed to the destination.
        blank: Blank lines, which are no records.
        extracted_from: Files or other origins that were read.
        steps: Counts of each step, in order.
        outputs: Records that each output was handed, by its name, the main one under the
            empty name; empty for a run with one output.
    """

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    rejected_derived: int = 0
    transformed: int = 0
    blank: int = 0
    extracted_from: int = 0
    steps: list[StepTally] = Factory(list)
    outputs: dict[str, int] = Factory(dict)

    @property
    def filtered(self) -> int:
        """Records that steps dropped on purpose."""
        return sum(step.filtered for step in self.steps)

    @property
    def produced(self) -> int:
        """Records that steps added."""
        return sum(step.produced for step in self.steps)

    @property
    def merged(self) -> int:
        """Records that went into groups."""
        return sum(step.merged for step in self.steps)

    @property
    def others(self) -> list[OtherSide]:
        """The lines of all other sides, in the order of the steps."""
        return [other for step in self.steps for other in step.others]

    @property
    def added(self) -> int:
        """Records that other sides put among those of the source."""
        return sum(other.added for other in self.others)

    @property
    def outgoing(self) -> int:
        """Records that came out of the chain and were handed to the destination."""
        return self.read + self.produced - self.filtered - self.merged - self.rejected

    def check(self) -> None:
        """Check the balance.

        Raises:
            BalanceError: A record is unaccounted for; the message has both sides.
        """
        if self.outgoing != self.loaded:
            message = (
                "the accounting of the run does not add up, so nothing was published: "
                f"read {self.read} + produced {self.produced} is not loaded {self.loaded} + "
                f"filtered {self.filtered} + merged {self.merged} + rejected {self.rejected}; "
                "a destination that counts wrongly, or a defect of etlkit that should be reported"
            )
            raise BalanceError(message)

    def check_outputs(self, loaded: Mapping[str, int]) -> None:
        """Check for each output of a run with several that it holds what it was handed.

        Args:
            loaded: Records that each output holds, as it says itself, by its name.

        Raises:
            BalanceError: One holds more or fewer.
        """
        for name, handed in self.outputs.items():
            holds = loaded.get(name, 0)
            if holds != handed:
                output = f"output {name!r}" if name else "main output"
                message = (
                    f"the accounting of the {output} does not add up, so nothing was published: "
                    f"it was handed {handed} record(s) and holds {holds}; a destination that "
                    "counts wrongly, or a defect of etlkit that should be reported"
                )
                raise BalanceError(message)

    def __str__(self) -> str:
        return (
            f"read {self.read} + produced {self.produced} = loaded {self.loaded} + "
            f"filtered {self.filtered} + merged {self.merged} + rejected {self.rejected}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All counts by name, ready for JSON; those of outputs only where there are several."""
        return {
            "read": self.read,
            "produced": self.produced,
            "loaded": self.loaded,
            "filtered": self.filtered,
            "merged": self.merged,
            "rejected": self.rejected,
            "rejected_derived": self.rejected_derived,
            "blank": self.blank,
            "steps": [step.to_dict() for step in self.steps],
            **({"outputs": dict(self.outputs)} if self.outputs else {}),
        }

    @classmethod
    def from_dict(cls, counts: Mapping[str, Any]) -> Tally:
        """The tally that ``to_dict`` made this of, as far as it is kept there."""
        steps = [StepTally.from_dict(step) for step in counts["steps"]]
        kept = ("read", "loaded", "rejected", "rejected_derived", "blank")
        outputs = dict(counts.get("outputs", {}))
        return cls(**{name: counts[name] for name in kept}, steps=steps, outputs=outputs)
