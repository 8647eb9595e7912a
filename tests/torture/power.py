"""Loss of power: the calls of one run are replayed, and what was not synced is dropped."""

from __future__ import annotations

import hashlib

from collections.abc import Callable, Iterator

from attrs import frozen

from etlkit.testing.processes import run
from torture.disk import CALLS, Disk, materialised, parsed, tree_of
from torture.sweeps import REPORTS, Bench, Report, sample


@frozen
class State:
    """What a loss of power may leave.

    Attributes:
        when: The moment, and what was kept.
        tree: Files and folders.
        acknowledged: The run had said that its records are there.
    """

    when: str
    tree: dict[str, bytes | None]
    acknowledged: bool


def unplugged(bench: Bench, *, most: int, patch: Callable[[], object] | None = None) -> Report:
    """Cut the power at any moment of the work, and do it again.

    ``patch`` changes the process that is recorded, such as by taking out what syncs.
    """
    report = Report(f"{'power' if patch is None else 'power, patched'} {bench.work.name}")
    states = recorded(bench, patch)
    report.points = len(states)
    for state in sample(states, most, report.name):
        materialised(state.tree, bench.kept)
        report.add(state.when, _after_loss(bench, acknowledged=state.acknowledged))
    if patch is None:
        REPORTS.append(report)
    return report


def _after_loss(bench: Bench, *, acknowledged: bool) -> Iterator[str]:
    readable = bench.work.atomic or acknowledged  # else there may be a part of what is added
    try:
        found = bench.work.read(bench.folder) if readable else bench.work.before()
    except Exception as error:  # noqa: BLE001 -- a reader that cannot read is a violation
        yield f"a reader fails: {error}"
        return
    if acknowledged and found != bench.work.after():
        yield "the run was acknowledged, and its records are not there"
    elif bench.work.atomic and found not in (bench.work.before(), bench.work.after()):
        yield "a reader sees neither the old nor the new state"
    yield from bench.recovered()


def recorded(bench: Bench, patch: Callable[[], object] | None = None) -> list[State]:
    """Every state that a loss of power during the work may leave, each once."""
    log = bench.notes / "calls"
    bench.anew()
    disk = Disk.of(bench.folder)
    options = ["-xx", "-s", "100000000", "-o", str(log), "-e", f"trace={','.join(CALLS)}"]

    def work() -> None:
        if patch is not None:
            patch()  # the process ends with the work, so nobody takes it back
        bench.work.run(bench.folder)

    ending = run(work, bench.notes, strace=[*options, "-e", "signal=none"])
    assert ending.status == 0, ending
    bench.keep()
    states = list(_different(disk, log.read_text(encoding="ascii")))
    assert _content(disk) == tree_of(bench.folder), "the model of the disk is wrong"
    return states


def _different(disk: Disk, log: str) -> Iterator[State]:
    seen = set()
    for number, call in enumerate(parsed(log), 1):
        if not disk.apply(call):
            continue
        acknowledged = b"acknowledged" in disk.printed
        for words, tree in disk.states():
            mark = _digest(tree, acknowledged=acknowledged)
            if mark not in seen:
                seen.add(mark)
                yield State(f"after call {number}, {call.name}: {words}", tree, acknowledged)


def _digest(tree: dict[str, bytes | None], *, acknowledged: bool) -> bytes:
    digest = hashlib.blake2b(b"%d" % acknowledged)
    for path, content in tree.items():
        digest.update(f"{path}\0{content is None}\0{len(content or b'')}\0".encode())
        digest.update(content or b"")
    return digest.digest()


def _content(disk: Disk) -> dict[str, bytes | None]:
    """What a process sees, for the comparison with what is there."""
    count = len(disk.pending)
    everything = f"all of the data, {count} of {count} changes of names"
    return dict(disk.states())[everything]
