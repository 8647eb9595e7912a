"""etlkit: the main job written with verbs and expressions.

What is nested in a record is reached by expressions, but changed by a function: the e-mail address.
`Standardize.us_states` is not used, since its table is not that of the task.
"""

from __future__ import annotations

from pathlib import Path

from bench.contestants.etlkit_job import main_job
from bench.steps import with_clean_email
from bench.task import SSN_DIGITS_KEPT, STATE_CODES, TEST_STATUS
from etlkit import DataLoader, F, FileSource
from etlkit.transformations import Derive, Filter, Map, Replace


STEPS = (
    Derive(
        state=F.state.str.strip().str.lower(),
        ssn=F.ssn.str.slice(-SSN_DIGITS_KEPT),
        tag_count=F.tags.list.length(),
    )
    | Replace("state", STATE_CODES, default=None)
    | Map(with_clean_email)
    | Filter(F.status != TEST_STATUS)
)


def run(source: Path, target: Path, rejects: Path, *, exact_integers: bool = True) -> None:
    """Do the main job; the guard on integers beyond 64 bits is on unless said otherwise."""
    given = FileSource(source, exact_integers=exact_integers)
    main_job(given, DataLoader(target), rejects, STEPS).execute().raise_if_failed()
