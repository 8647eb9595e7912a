"""What the verbs share that the engine runs as other steps: their arguments as data."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any, ClassVar

from etlkit.expressions import Expression, F
from etlkit.transformations.step import Step


class CompoundVerb(Step):
    """A verb that the engine runs as its ``parts``, with the arguments that it was given.

    ``Sort`` works out the key of each record, which may fail it alone, and then sorts;
    ``Join`` is one record-wise step that holds what it has read. A verb that needs nothing
    beside the record is a :class:`~etlkit.transformations.verbs.Verb`, and its own only part.

    Attributes:
        given: The arguments that are not as they are by default.
        sees: What it looks at to do its work, as the reference says it.
        makes: What comes out of that.
        counts_as: Where that is in the accounting of a run: ``filtered``, ``produced``, ...
    """

    sees: ClassVar[str]
    makes: ClassVar[str]
    counts_as: ClassVar[str]

    given: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        """Of one class, and with the same arguments."""
        return type(other) is type(self) and repr(other.given) == repr(self.given)

    def __hash__(self) -> int:
        """Equal steps have equal hashes."""
        return hash((type(self), repr(self.given)))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={one!r}" for name, one in self.given.items())
        return f"{type(self).__name__}({given})"

    @classmethod
    def arguments(cls) -> dict[str, object]:
        """The arguments by name, each with what it is by default, as ``__init__`` says it."""
        _, *parameters = signature(cls.__init__).parameters.values()
        return {each.name: each.default for each in parameters}

    @classmethod
    def without_defaults(cls, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that are not as they are by default."""
        usual = cls.arguments()
        return {name: one for name, one in arguments.items() if not _is_usual(one, usual[name])}

    def settings(self) -> dict[str, Any]:
        """The arguments by name, without those that are as they are by default."""
        return dict(self.given)

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> CompoundVerb:
        """The verb of arguments by name."""
        return cls(**settings)


def _is_usual(given: Any, usual: Any) -> bool:
    return given.__class__ is usual.__class__ and bool(given == usual)


def by_as_data(keys: Mapping[str, Any]) -> Any:
    """Keys as they may be written again: names of fields, or names and expressions."""
    plain = [isinstance(one, Expression) and one.same_as(F[name]) for name, one in keys.items()]
    return list(keys) if all(plain) else dict(keys)
