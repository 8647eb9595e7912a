"""A pipeline as it stands in somebody's application: its ends are real, and far away.

Each night the cases of an agency come from its API, page by page, and go into the lake;
those that cannot wait go into a file of their own as well. `test_cases.py` tests all of it
without the API and without the lake.
"""

from __future__ import annotations

import json

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

from etlkit import DataLoader, DataSource, DataValidator, ETLJob, F, Quarantine
from etlkit.transformations import Cast, Derive, Filter, Standardize, Tap


class CasesAPI(DataSource):
    """The cases of an API whose pages tell the address of the next one."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def uri(self) -> str:
        """What messages call it."""
        return self.url

    def records(self) -> Iterator[dict]:
        """Every case of every page."""
        page = self.url
        while page:
            body = read(page)
            yield from body["cases"]
            page = body["next"]


def read(url: str) -> dict:
    """The JSON of an address; what goes wrong fails the run, which is then tried again."""
    try:
        with urlopen(url, timeout=30) as reply:  # noqa: S310 -- an address of our own
            return json.load(reply)
    except HTTPError as error:
        error.close()
        raise


clean = (
    Filter(F.case_id != "TEST")
    | Derive(state=F.state.str.strip())
    | Standardize.us_states("state")
    | Cast(severity=int)
    | Tap("urgent", where=F.severity >= 4)
)

cases = ETLJob(
    "cases",
    "Cases of the agency",
    CasesAPI("https://api.agency.example/v1/cases"),
    clean,
    DataLoader("/srv/lake/cases/", "append"),
    DataValidator(
        {
            "case_id": {"required": True, "type": str, "pattern": "OSC-[0-9]+"},
            "severity": {"required": True, "type": int, "min": 1, "max": 5},
        }
    ),
    loaders={"urgent": "/srv/desk/urgent.jsonl"},
    on_error=Quarantine(max_error_rate=0.5),
)
