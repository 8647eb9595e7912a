"""Every exception of etlkit, grouped by what the caller does about it.

::

    EtlkitError
    ├── ConfigurationError      mend the configuration, then run again
    │   ├── SchemaError             a schema that cannot mean anything
    │   ├── ExpressionError         an expression that cannot mean anything
    │   │   └── UnknownFunction         (also AttributeError)
    │   ├── SourceNotFound          (also FileNotFoundError)
    │   ├── AccessDenied            (also PermissionError)
    │   ├── UnknownJob              (also LookupError)
    │   ├── UnknownEntry            (also LookupError)
    │   └── MissingExtra            (also ImportError)
    ├── TransientError          run again later; a retry policy does so by itself
    │   ├── SourceUnavailable       reading failed half-way
    │   ├── DestinationUnavailable  writing failed; the destination is unchanged
    │   ├── DestinationBusy         another run holds the destination
    │   └── CommitLost              another run committed first
    ├── DataError               look at the records
    │   ├── RecordError             one record failed and the policy is to stop
    │   ├── InputError              a file that cannot be cut into records
    │   │   └── InputTruncated          input that ends before its end
    │   ├── BudgetExceeded          more rejected records than allowed
    │   └── EmptyReplace            a replace that would publish nothing
    └── FatalError              stop and look: a promise would have been broken
        ├── BalanceError            the accounting of a run does not add up
        ├── ForkedRun               a forked child went on with the run of its parent
        └── CorruptState            a file of etlkit's own does not verify
"""

from __future__ import annotations


__all__ = [
    "AccessDenied",
    "BalanceError",
    "BudgetExceeded",
    "CommitLost",
    "ConfigurationError",
    "CorruptState",
    "DataError",
    "DestinationBusy",
    "DestinationUnavailable",
    "EmptyReplace",
    "EtlkitError",
    "ExpressionError",
    "FatalError",
    "ForkedRun",
    "InputError",
    "InputTruncated",
    "MissingExtra",
    "RecordError",
    "SchemaError",
    "SourceNotFound",
    "SourceUnavailable",
    "TransientError",
    "UnknownEntry",
    "UnknownFunction",
    "UnknownJob",
]


class EtlkitError(Exception):
    """The root of every error that etlkit raises on purpose."""


# -- mend the configuration


class ConfigurationError(EtlkitError):
    """A pipeline, path or option that has to be mended before a run can succeed."""


class SchemaError(ConfigurationError):
    """A schema with a rule that is unknown, contradictory or of the wrong type."""


class ExpressionError(ConfigurationError):
    """An expression that cannot mean anything; the message ends with its place in the program."""


class UnknownFunction(ExpressionError, AttributeError):
    """A function of expressions that there is not."""


class SourceNotFound(ConfigurationError, FileNotFoundError):
    """A source that does not exist: a missing file, or a pattern without a match."""


class AccessDenied(ConfigurationError, PermissionError):
    """A file or folder that this process may not read or write."""


class UnknownJob(ConfigurationError, LookupError):
    """A job id that nobody registered."""


class UnknownEntry(ConfigurationError, LookupError):
    """An id that no entry of the quarantine has."""


class MissingExtra(ConfigurationError, ImportError):
    """An optional package that a feature needs and that is not installed."""


# -- run again later


class TransientError(EtlkitError):
    """A failure that may be over the next time; retry policies retry it."""


class SourceUnavailable(TransientError):
    """A source that failed while it was read."""


class DestinationUnavailable(TransientError):
    """A destination that could not be written; what it held before is unchanged."""


class DestinationBusy(TransientError):
    """A destination that another run held for longer than this one may wait."""


class CommitLost(TransientError):
    """Another run committed while this one was at work, or took it for dead.

    Nothing of this one is visible. Tried again, it looks what was committed first.
    """


# -- look at the records


class DataError(EtlkitError):
    """Records that cannot be processed as they are."""


class RecordError(DataError):
    """One record that failed to decode, transform, validate or encode.

    Attributes:
        rejection: What is known of the record (an ``etlkit.records.Rejection``).
    """

    def __init__(self, message: str, rejection: object = None) -> None:
        super().__init__(message)
        self.rejection = rejection


class InputError(DataError):
    """A file whose bytes cannot be cut into records."""


class InputTruncated(InputError):
    """Input that ends before its end, such as a cut gzip file; it never commits."""


class BudgetExceeded(DataError):
    """More rejected records than the policy of the job allows."""


class EmptyReplace(DataError):
    """A replace that would publish nothing although records were read."""


# -- stop and look


class FatalError(EtlkitError):
    """A promise of etlkit that would have been broken; please report it."""


class BalanceError(FatalError):
    """Counts of a run that do not add up; nothing of it was published."""


class ForkedRun(FatalError):
    """A child process that a step has forked, and that went on with the run of its parent."""


class CorruptState(FatalError):
    """A file of etlkit's own that does not verify; the message names it."""
