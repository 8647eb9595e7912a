"""Disks that are full and folders that may not be written, for real."""

from __future__ import annotations

import shutil
import subprocess
import sys

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


# Root may write anywhere. Without these two capabilities it has to obey the modes of files
# as everybody else does, and still owns what the test made. Numbers of linux/prctl.h and
# linux/capability.h.
OBEY = """
import ctypes, os, sys

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
if os.geteuid() == 0:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

# Loads records and prints how that ended, and then each file of the folder with its content.
LOAD = """
import resource, signal, sys
from pathlib import Path
from etlkit import DataLoader
from etlkit.errors import EtlkitError

path, mode, records, most_bytes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if most_bytes:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
try:
    print(DataLoader(path, mode).load({"text": "x" * 1000} for _ in range(records)))
except EtlkitError as error:
    print(type(error).__name__, error, sep=": ")
if most_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
for each in sorted(Path(path).parent.iterdir()):
    print(each.name, each.read_bytes()[:40])
"""

MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'

LoadInProcess = Callable[..., list[str]]


def lines_of(command: list[str]) -> list[str]:
    """The lines that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def load_command(path: Path, mode: str, records: int, most_bytes: int = 0) -> list[str]:
    """The command that loads records of about a thousand bytes each."""
    return [sys.executable, "-P", "-c", LOAD, str(path), mode, str(records), str(most_bytes)]


@pytest.fixture
def load_obeying_modes() -> LoadInProcess:
    """Loads in a process that has to obey the modes of files and folders."""

    def load(path: Path, mode: str, records: int = 1) -> list[str]:
        command = load_command(path, mode, records)
        return lines_of([sys.executable, "-P", "-c", OBEY, *command[1:]])

    return load


@pytest.fixture
def load_with_short_files() -> LoadInProcess:
    """Loads in a process whose files cannot grow beyond a number of bytes."""

    def load(path: Path, mode: str, records: int, most_bytes: int) -> list[str]:
        return lines_of(load_command(path, mode, records, most_bytes))

    return load


@pytest.fixture
def load_on_small_disk(tmp_path: Path) -> LoadInProcess:
    """Loads into a folder that is a disk of its own, with a content to begin with."""
    unshare = shutil.which("unshare") or "unshare"
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = [unshare, "-Urm", "sh", "-c", MOUNT, "sh"]
    tried = shutil.which("unshare") and subprocess.run(
        [*mount, "64k", str(disk), "true"], capture_output=True, text=True, check=False
    )
    if not tried or tried.returncode:
        why = tried.stderr.strip() if tried else "there is no unshare"
        pytest.skip(f"no disk can be mounted here, so a full one cannot be tried: {why}")

    def load(before: str | None, mode: str, *, records: int, size: str) -> list[str]:
        path = disk / "out.jsonl"
        write = f"printf '%s\\n' '{before}' > {path}; " if before is not None else ""
        command = ["sh", "-c", f'{write}exec "$@"', "sh", *load_command(path, mode, records)]
        return lines_of([*mount, size, str(disk), *command])

    return load


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds one file and may not be written."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    (folder / "out.jsonl").write_text("old\n")
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """The names of everything in a folder, hidden or not."""
    return lambda folder: sorted(path.name for path in folder.iterdir())
