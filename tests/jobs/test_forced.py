"""Loads that are forced, and replays of what they had rejected, in any order."""

from __future__ import annotations

import json

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from etlkit import DataLoader, ETLJob, ETLPipelineService, FileSource, Quarantine
from etlkit.errors import ConfigurationError
from etlkit.records import Record
from etlkit.transformations import Map


def strict(record: Record) -> Record:
    """Fails for a number that is a text."""
    return {"id": record["id"] + 0}


def mended(record: Record) -> Record:
    """Takes both."""
    return {"id": int(record["id"])}


class Story:
    """A job whose second record fails until its chain is mended.

    Args:
        folder: Where everything is.
    """

    def __init__(self, folder: Path) -> None:
        self.file, self.out = folder / "in.jsonl", folder / "out"
        self.service = ETLPipelineService(folder / "state")
        self.put(1, "2", 3)
        self.chain(strict, replace=False)

    def put(self, *ids: int | str) -> None:
        """Write the source file."""
        self.file.write_text("".join(json.dumps({"id": each}) + "\n" for each in ids))

    def chain(self, function: object, *, replace: bool = True) -> None:
        """Register the job with this function."""
        job = ETLJob(
            "j", "J", str(self.file), Map(function), DataLoader(f"{self.out}/", "append"),
            on_error=Quarantine(),
        )  # fmt: skip
        self.service.scheduler.register_job(job, replace=replace)

    def run(self, key: str = "day", *, force: bool = False) -> None:
        """Run the job."""
        self.service.scheduler.execute_job("j", run_key=key, force=force).raise_if_failed()

    def do(self, *deeds: str) -> None:
        """Do these, one after the other."""
        known = {
            "run": self.run,
            "force": lambda: self.run(force=True),
            "replay": lambda: self.service.quarantine.replay().raise_if_failed(),
            "mend": lambda: self.chain(mended),
        }
        for each in deeds:
            known[each]()

    @property
    def loaded(self) -> Counter[int]:
        """How often each record is in the dataset."""
        if not self.out.exists():
            return Counter()
        return Counter(each["id"] for each in FileSource(f"{self.out}/").extract())

    @property
    def waiting(self) -> Counter[int]:
        """How often each record waits in the quarantine, parked or not."""
        entries = self.service.quarantine.list()
        return Counter(each.record_no for each in entries if each.status in {"open", "parked"})


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A job that has not run yet."""
    return Story(tmp_path)


DEEDS = ("run", "force", "replay", "mend")


@pytest.mark.parametrize("deeds", list(product(DEEDS, repeat=3)), ids="-".join)
def test_each_record_is_loaded_or_waits_whatever_was_done(
    story: Story, deeds: tuple[str, ...]
) -> None:
    """After a first run and any three deeds, none is lost and none is there twice."""
    story.do("run", *deeds)

    assert story.loaded + story.waiting == Counter([1, 2, 3])


@pytest.mark.parametrize("deeds", list(product(DEEDS, repeat=2)), ids="-".join)
def test_each_record_is_loaded_once_in_the_end(story: Story, deeds: tuple[str, ...]) -> None:
    """With the chain mended, a replay loads what waits, and a force changes nothing more."""
    story.do("run", "replay", *deeds, "mend", "replay", "force", "replay")

    assert story.loaded == Counter([1, 2, 3])


def test_a_replay_of_several_loads_is_replayed_for_those_that_stay(story: Story) -> None:
    """A forced load takes away a replay that had loaded records of another load too."""
    story.run("day 1")
    story.put(4, "5")
    story.run("day 2")
    story.do("mend", "replay")
    story.put(1, "2", 3)

    story.run("day 1", force=True)

    assert story.loaded == Counter([1, 2, 3, 4])
    assert story.waiting == Counter([2])  # the second record of the second day
    story.do("replay")
    assert story.loaded == Counter([1, 2, 3, 4, 5])


def test_what_was_rejected_by_two_loads_is_not_lost_with_one(story: Story) -> None:
    """The record is of the load that has rejected it last."""
    story.run("day 1")
    story.run("day 2")
    story.do("mend", "replay")

    story.run("day 1", force=True)

    assert story.loaded == Counter([1, 1, 2, 2, 3, 3])


def test_entries_that_a_force_has_loaded_are_superseded(story: Story) -> None:
    """A replay has nothing to do any more, also after one that has failed."""
    story.do("run", "replay", "mend")

    story.do("force")

    (entry,) = story.service.quarantine.list()
    assert entry.status == "superseded"


def test_a_force_is_refused_when_it_is_not_known_what_was_replayed(story: Story) -> None:
    """The entries of the replay are erased, so its records might be there twice."""
    story.do("run", "mend", "replay")
    story.service.quarantine.erase([each.id for each in story.service.quarantine.list()])

    with pytest.raises(ConfigurationError, match="it is not known whether run_key 'day'"):
        story.do("force")

    assert story.loaded == Counter([1, 2, 3])
