"""ETLJob: a source, a chain, a destination, and how their runs behave."""

from __future__ import annotations

import os

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from etlkit._clock import SYSTEM_CLOCK
from etlkit._words import did_you_mean
from etlkit.destinations.loader import DataLoader
from etlkit.engine.flow import Kernels
from etlkit.engine.plan import make_plan
from etlkit.errors import ConfigurationError
from etlkit.jobs import arguments
from etlkit.jobs.appends import Appends
from etlkit.jobs.definition import Definition
from etlkit.jobs.execution import Settings, execute
from etlkit.jobs.explain import explanation, mermaid, rows
from etlkit.jobs.html import table
from etlkit.jobs.preview import Preview, preview
from etlkit.retry import RetryPolicy
from etlkit.sources.source import DataSource
from etlkit.state.memory import MemoryState
from etlkit.state.quarantine import Quarantine
from etlkit.transformations.known_fields import check_fields
from etlkit.transformations.step import Chain
from etlkit.validation.validator import DataValidator


if TYPE_CHECKING:
    from collections.abc import Sequence

    from etlkit._clock import Clock
    from etlkit.destinations.destination import Destination
    from etlkit.engine.progress import ProgressCallback
    from etlkit.jobs.result import JobResult
    from etlkit.state.store import StateStore
    from etlkit.transformations.step import Step


class ETLJob:
    """A pipeline under a name.

    A job is a value: a run depends on none before it (although it tells of an append
    that it repeats), and several threads may run it at once; runs into one destination
    take turns. It compiles its chain once, when it is
    first run or explained.

    Args:
        job_id: A short name that logs and results use.
        name: The name for people.
        source: Where records come from; a path stands for a :class:`~etlkit.FileSource`.
        transformations: A step, steps joined by ``|``, a list of steps, or None.
        loader: Where they go: a :class:`~etlkit.DataLoader`, or what one takes.
        validator: Checks records after the last step.
        input_validator: Checks records before the first step.
        loaders: Where the named outputs of steps go, by name; see
            :class:`~etlkit.transformations.RecordStep`. Each is a commit of its own, in the
            order of the dict and before ``loader``; a repeated run does those that are missing.
        lineage: Keep for each loaded record the file and record number that it came from.
            Takes a root, so the job is run by a service.
        on_error: ``"fail"`` (the first record that fails ends the run and nothing is
            loaded) or a :class:`~etlkit.Quarantine`.
        retry: How often a run is tried again by itself; None means once, and lets the
            scheduler decide for the runs that it starts.
        clock: The time, for tests.

    Raises:
        ConfigurationError: An argument is of the wrong kind; the message says which.

    Example:
        >>> from etlkit import DataLoader, ETLJob, RecordsSource
        >>> from etlkit.transformations import Filter, Map
        >>> job = ETLJob(
        ...     "adults",
        ...     "Adults",
        ...     RecordsSource([{"age": 17}, {"age": 42}]),
        ...     Filter(lambda record: record["age"] >= 18),
        ...     DataLoader("memory:"),
        ... )
        >>> result = job.execute()
        >>> result.rows_extracted, result.rows_loaded, str(result.status)
        (2, 1, 'completed')
    """

    def __init__(  # noqa: PLR0917 -- the fixed order of a job's arguments
        self,
        job_id: str,
        name: str,
        source: DataSource | str | os.PathLike[str],
        transformations: Step | Sequence[Step] | None,
        loader: DataLoader | Destination | str | os.PathLike[str],
        validator: DataValidator | None = None,
        *,
        input_validator: DataValidator | None = None,
        loaders: Mapping[str, DataLoader | Destination | str | os.PathLike[str]] | None = None,
        lineage: bool = False,
        on_error: str | Quarantine = "fail",
        retry: RetryPolicy | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        chain = Chain.of(transformations)
        found = arguments.source(source)
        loader = loader if isinstance(loader, DataLoader) else DataLoader(loader)
        before = arguments.validator("input_validator", input_validator)
        after = arguments.validator("validator", validator)
        outputs = arguments.outputs(loaders, loader)
        check_fields(chain.steps, *arguments.known_fields(found, before))
        plan = make_plan(
            chain.parts(),
            arguments.encoder(found, loader),
            encoders={name: arguments.encoder(found, one) for name, one in outputs.items()},
            hashed=arguments.lineage(lineage),
            validator=after,
            input_validator=before,
        )
        self._transformations = chain
        self._clock = clock
        self.definition = Definition(
            arguments.text("job_id", job_id),
            arguments.text("name", name),
            found,
            loader,
            after,
            before,
            arguments.apart(arguments.policy(on_error), loader),
            arguments.retry(retry),
            plan,
            outputs,
            lineage,
        )
        self._state: StateStore = MemoryState()
        self._kernels: Kernels | None = None
        self._appends = Appends()

    def __repr__(self) -> str:
        return f"ETLJob({self.job_id!r}, {self.source!r} -> {self.loader!r})"

    @property
    def job_id(self) -> str:
        """The short name."""
        return self.definition.job_id

    @property
    def name(self) -> str:
        """The name for people."""
        return self.definition.name

    @property
    def source(self) -> DataSource:
        """Where records come from."""
        return self.definition.source

    @property
    def transformations(self) -> Chain:
        """The steps between source and destination."""
        return self._transformations

    @property
    def loader(self) -> DataLoader:
        """Where records go, and how."""
        return self.definition.loader

    @property
    def validator(self) -> DataValidator | None:
        """Checks records after the last step, or None."""
        return self.definition.validator

    @property
    def input_validator(self) -> DataValidator | None:
        """Checks records before the first step, or None."""
        return self.definition.input_validator

    @property
    def loaders(self) -> Mapping[str, DataLoader]:
        """Where the named outputs of steps go."""
        return self.definition.outputs

    @property
    def lineage(self) -> bool:
        """Whether it is kept where each loaded record came from."""
        return self.definition.lineage

    @property
    def on_error(self) -> Quarantine | None:
        """The policy for records that fail; None stops the run."""
        return self.definition.on_error

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._clock

    @property
    def retry(self) -> RetryPolicy | None:
        """The job's own policy, or None."""
        return self.definition.retry

    def execute(
        self,
        run_key: str | None = None,
        *,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> JobResult:
        """Run the job now, on this thread.

        What is remembered of its runs lives as long as the job; a service with a root
        remembers for good.

        Args:
            run_key: The unit of work, the same when the same work is done again; without
                one the run gets a fresh key. What was loaded under a key is not loaded again:
                the run is skipped.
            force: Load the work of the key again, in the place of what it had loaded. Where
                the destination cannot take that back, the run fails.
            progress: Called after each batch with a
                :class:`~etlkit.engine.progress.Progress`; what it raises is logged.

        Returns:
            The result, also of a run that failed: see ``raise_if_failed``.
        """
        settings = Settings(
            self._clock,
            self._state,
            self.retry,
            progress=progress,
            appends=self._appends,
            force=force,
        )
        return execute(self.definition, self.kernels(), run_key, settings)

    def replace(self, **changes: Any) -> ETLJob:
        """A copy of the job with other arguments; in tests another source and loader.

        What is not named stays as it is, so a test that must not touch the real places
        replaces ``loaders`` as well where there are some, and the ``on_error`` of a
        ``Quarantine(to=...)``.

        Example:
            >>> from etlkit import DataLoader, ETLJob, FileSource, RecordsSource
            >>> job = ETLJob("j", "J", FileSource("in.jsonl"), None, DataLoader("out.jsonl"))
            >>> test = job.replace(source=RecordsSource([{"n": 1}]), loader="memory:")
            >>> test.execute().rows_loaded
            1
        """
        job = self.definition
        arguments = {
            "job_id": job.job_id,
            "name": job.name,
            "source": job.source,
            "transformations": self._transformations,
            "loader": job.loader,
            "validator": job.validator,
            "input_validator": job.input_validator,
            "loaders": job.outputs,
            "lineage": job.lineage,
            "on_error": job.on_error or "fail",
            "retry": job.retry,
            "clock": self._clock,
        }
        for name in changes:
            if name not in arguments:
                valid = ", ".join(sorted(arguments))
                hint = did_you_mean(name, arguments)
                message = f"ETLJob has no argument {name!r}{hint}; they are {valid}"
                raise ConfigurationError(message)
        return ETLJob(**{**arguments, **changes})

    def preview(self, n: int = 5) -> Preview:
        """The first records before and after each step; nothing is written.

        A step over several records sees only these ``n``, so its result is that of the
        sample. A failing record is shown with its reason, whatever ``on_error`` says.

        Raises:
            EtlkitError: The source cannot be read, or ``n`` is no positive number.

        Example:
            >>> from etlkit import ETLJob, RecordsSource
            >>> from etlkit.transformations import Map
            >>> halve = Map(lambda record: {"half": record["n"] / 2}, name="halve")
            >>> job = ETLJob("j", "J", RecordsSource([{"n": 4}, {"n": "x"}]), halve, "memory:")
            >>> print(job.preview(2))
            records: 2 record(s)
              {'n': 4}
              {'n': 'x'}
            halve: 1 record(s)
              {'half': 2.0}
              failed: records:2: TypeError: unsupported operand type(s) for /: 'str' and 'int'
        """
        return preview(self.definition, n)

    def explain(self) -> str:
        """What a run does, step by step, and what is guaranteed; reads and writes nothing."""
        return explanation(self.definition)

    def to_mermaid(self) -> str:
        """The plan as a Mermaid flowchart, for Markdown pages and notebooks."""
        return mermaid(self.definition)

    def kernels(self) -> Kernels:
        """The compiled plan; made when it is first asked for, and then kept."""
        if self._kernels is None:  # two threads may both make one: the two are equal
            self._kernels = Kernels.compile(self.definition.plan)
        return self._kernels

    def _repr_html_(self) -> str:
        cells = [(row.kind, row.label, row.memory, row.remark) for row in rows(self.definition)]
        head = ("", "what", "memory", "remark")
        return table(f"{self.job_id}: {self.name}", head, cells)
