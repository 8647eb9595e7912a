"""`python -m fuzz`: fuzz every target for a minute, or some of them for as long as one says.

The first inputs are made from the cases of bad input; nothing is stored but a finding.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile

from pathlib import Path


LARGEST_INPUT = 4096
MEGABYTES = 500  # libFuzzer's own copy of the program's coverage among them
SECONDS_PER_INPUT = 5
EXECUTIONS = "stat::number_of_executed_units:"


def main() -> int:
    """Run each target in a process of its own, since libFuzzer ends the process."""
    options = _options()
    if options.inside:
        return fuzz(options.targets[0], Path(options.inside), options.seconds, options.findings)
    from fuzz.targets import TARGETS

    return max([_run(name, options) for name in options.targets or TARGETS])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="names of targets; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="how long each is fuzzed")
    parser.add_argument("--findings", type=Path, default=Path(), help="folder for findings")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(name: str, options: argparse.Namespace) -> int:
    options.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, "-m", "fuzz", name, f"--inside={corpus}"]
        command += [f"--seconds={options.seconds}", f"--findings={options.findings}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    executed = [line.split()[-1] for line in done.stderr.splitlines() if EXECUTIONS in line]
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    outcome = "FAILED" if done.returncode else "nothing found"
    print(f"{name}: {''.join(executed) or 'no'} executions, {outcome}", flush=True)
    return done.returncode


def fuzz(name: str, corpus: Path, seconds: int, findings: Path) -> int:
    """Fuzz one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["etlkit"]):
        from fuzz.targets import TARGETS

    target = TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [
        f"-max_total_time={seconds}",
        f"-max_len={LARGEST_INPUT}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-artifact_prefix={findings}/{name}-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], target.check)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
