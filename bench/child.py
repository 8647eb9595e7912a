"""Runs one contestant in this process and prints what it cost: `python -m bench.child MODULE …`.

The clock starts after the contestant's library is imported. Little is imported here, because all of
it would count as the contestant's memory.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time

from pathlib import Path


def main() -> None:
    module, source, target, rejects = sys.argv[1:]
    contestant = importlib.import_module(module)

    cpu_before = _cpu_seconds()
    start = time.perf_counter()
    contestant.run(Path(source), Path(target), Path(rejects))
    seconds = time.perf_counter() - start

    cost = {
        "seconds": seconds,
        "cpu_seconds": _cpu_seconds() - cpu_before,
        "peak_bytes": peak_bytes(),
    }
    print(json.dumps(cost))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_bytes() -> int:
    """The most memory this program had, in bytes.

    On Linux, ru_maxrss starts from what the parent had when it forked; VmHWM starts afresh.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
