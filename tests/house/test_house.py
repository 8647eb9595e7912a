"""The house rules that no checker knows."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys

from pathlib import Path

import pytest

import etlkit


# The installed package, which is not always the one next to these tests.
PACKAGE = Path(etlkit.__path__[0])
ROOT = Path(__file__).parents[2]

MODULES = sorted(PACKAGE.rglob("*.py"))
LINES_AT_MOST = 400
MODULES_LOADED_AT_MOST = 120
LEFT_OUT = [
    "asyncio",
    "concurrent.futures",
    "fsspec",
    "importlib.metadata",
    "logging.config",
    "multiprocessing",
    "pandas",
    "rich",
    "sqlite3",
    "ssl",
]
UNSAFE = {"marshal", "pickle", "shelve"}
INSTALL_BY_NAME = re.compile(r"""(pip|uv|pipx)3?\s+(install|add)\s+(-\S+\s+)*["'`]?etlkit\b""")

# What `import etlkit` does to a process, printed as one line for each effect.
EFFECTS = """
import logging, os, signal, sys, threading

def handlers():
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    return [handler for each in loggers for handler in getattr(each, "handlers", [])]

def signals():
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]

def state():
    return {"threads": threading.enumerate(), "signals": signals(), "handlers": handlers()}

def watch(event, arguments):
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.append(arguments[0])

written = []
before = state()
sys.addaudithook(watch)
import etlkit
after = state()
print(*[name for name in before if before[name] != after[name]], *written, sep="\\n", end="")
"""

LOADED = """
import sys
before = set(sys.modules)
import etlkit
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def in_new_process(program: str, folder: Path) -> list[str]:
    """The lines that a program prints in a process that nobody measures or extends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-B", "-P", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**kept, "HOME": str(folder)},
    )
    return done.stdout.splitlines()


def dotted(path: Path) -> str:
    """The dotted name of a module of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def is_public(path: Path) -> bool:
    """Whether no part of the module's name starts with an underscore."""
    return not any(part.startswith("_") for part in dotted(path).split("."))


def is_family(path: Path) -> bool:
    """Whether it is the front door, or the `__init__` of a public folder right below it."""
    return path.name == "__init__.py" and is_public(path) and dotted(path).count(".") <= 1


def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def house_order(name: str) -> tuple[bool, bool, str]:
    """The order of names that ruff enforces: constants, classes, everything else."""
    constant = name.isupper() and len(name) > 1
    return (not constant, not name[:1].isupper(), name)


def defined_names(path: Path) -> set[str]:
    """Names without a leading underscore that a module defines at its top level."""
    found = set()
    for node in tree(path).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found.update(each.id for each in targets if isinstance(each, ast.Name))
    return {name for name in found if not name.startswith("_")}


def imported_names(node: ast.AST) -> list[str]:
    """The dotted names that an import statement may bind; none for any other node."""
    match node:
        case ast.Import(names=names):
            return [each.name for each in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{each.name}" for each in names)]
    return []


def imports_of(path: Path) -> set[str]:
    """Everything that a module imports, wherever the statement stands."""
    return {name for node in ast.walk(tree(path)) for name in imported_names(node)}


def calls_of(path: Path) -> set[str]:
    """What a module calls, as written: `print`, `yaml.load`."""
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return {ast.unparse(each) for each in calls}


def unexplained_tests(path: Path) -> list[str]:
    """Names of the test functions and methods of a file that do not say what they show."""
    functions = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [
        each.name
        for each in functions
        if each.name.startswith("test_") and not ast.get_docstring(each)
    ]


def texts() -> list[Path]:
    """Everything that a user may read: the package, the docs, the examples and the README."""
    near = [ROOT / "docs", ROOT / "examples"]
    found = [path for folder in near for path in folder.rglob("*") if path.suffix in {".md", ".py"}]
    shown = [path for path in found if "_build" not in path.parts]
    return [*MODULES, *sorted(shown), *sorted(ROOT.glob("*.md")), ROOT / "pyproject.toml"]


def place(path: Path) -> str:
    """A path as it is named in a report."""
    inside = path.is_relative_to(PACKAGE)
    return path.relative_to(PACKAGE.parent if inside else ROOT).as_posix()


PAGES = [path for path in texts() if path.suffix == ".md"]
FAMILIES = [path for path in MODULES if is_family(path)]
# Names of modules further down are public when their family exports them.
PUBLIC_MODULES = [path for path in MODULES if is_public(path) and dotted(path).count(".") <= 1]
PUBLIC_NAMES = [
    (dotted(path), name)
    for path in FAMILIES
    for name in getattr(importlib.import_module(dotted(path)), "__all__", ())
]

every_module = pytest.mark.parametrize("path", MODULES, ids=dotted)
every_public_module = pytest.mark.parametrize("path", PUBLIC_MODULES, ids=dotted)
every_public_name = pytest.mark.parametrize(
    ("home", "name"), PUBLIC_NAMES, ids=[f"{home}.{name}" for home, name in PUBLIC_NAMES]
)


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_a_link_has_a_text(path: Path) -> None:
    """Sphinx would put a title there, and other viewers of Markdown nothing."""
    text = path.read_text(encoding="utf-8")

    assert "[](" not in text


@pytest.mark.parametrize(("home", "name"), [each for each in PUBLIC_NAMES if "." in each[0]])
def test_a_public_name_is_in_the_list_of_families(home: str, name: str) -> None:
    """The front door says what there is, and in which family."""
    page = (ROOT / "docs/reference/front-door.md").read_text(encoding="utf-8")

    (row,) = [line for line in page.splitlines() if line.startswith("| ") and f"`{home}`" in line]

    assert f"`{name}`" in row


@every_module
def test_a_module_has_at_most_400_lines(path: Path) -> None:
    """A module that does not fit into 400 lines is two ideas."""
    lines = path.read_text(encoding="utf-8").count("\n")

    assert lines <= LINES_AT_MOST


@every_module
def test_a_module_opens_with_a_docstring(path: Path) -> None:
    """The first thing in a file is what the file is about."""
    docstring = ast.get_docstring(tree(path))

    assert docstring


@every_module
def test_a_module_can_be_imported_first(path: Path) -> None:
    """Each module imports without an optional package."""
    module = importlib.import_module(dotted(path))

    assert module.__name__ == dotted(path)


@every_module
def test_a_module_imports_nothing_that_runs_data(path: Path) -> None:
    """Neither state nor files hold pickled or marshalled objects."""
    imports = {name.partition(".")[0] for name in imports_of(path)}

    assert imports & UNSAFE == set()


@every_module
def test_a_module_does_not_import_the_front_door(path: Path) -> None:
    """Inside the house a name is imported from where it lives."""
    imports = imports_of(path)

    assert imports & {f"etlkit.{name}" for name in etlkit.__all__} == set()


@every_module
def test_a_module_neither_prints_nor_loads_yaml_objects(path: Path) -> None:
    """What a program may react to is a result, an event or a log line."""
    calls = calls_of(path)

    assert calls & {"print", "yaml.load", "yaml.unsafe_load"} == set()


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name != "_codegen.py"], ids=dotted
)
def test_only_the_code_generator_evaluates_text(path: Path) -> None:
    """Text becomes code in one module, which binds values and never writes them."""
    calls = calls_of(path)

    assert calls & {"eval", "exec", "builtins.eval", "builtins.exec"} == set()


@every_public_module
def test_a_public_module_lists_its_names_in_order(path: Path) -> None:
    """The list of public names is sorted and names nothing twice."""
    names = list(importlib.import_module(dotted(path)).__all__)

    assert names == sorted(set(names), key=house_order)


@every_public_module
def test_a_public_module_lists_every_name_it_defines(path: Path) -> None:
    """A name that is not public starts with an underscore."""
    names = set(importlib.import_module(dotted(path)).__all__)

    assert defined_names(path) - names == set()


@every_public_module
def test_the_listed_names_of_a_module_resolve(path: Path) -> None:
    """A star import of any public module works, and `dir()` shows each name."""
    module = importlib.import_module(dotted(path))

    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("path", FAMILIES, ids=dotted)
def test_a_family_refuses_names_it_does_not_have(path: Path) -> None:
    """A lazy package answers a wrong name as any module does."""
    module = importlib.import_module(dotted(path))

    with pytest.raises(AttributeError, match="no attribute 'nothing_of_that_name'"):
        _ = module.nothing_of_that_name


@every_public_name
def test_a_public_name_has_a_docstring(home: str, name: str) -> None:
    """Everything that a family exports says what it is."""
    value = getattr(importlib.import_module(home), name)

    assert value.__doc__


def test_importing_the_front_door_is_cheap(tmp_path: Path) -> None:
    """`import etlkit` loads few modules beyond those of a bare interpreter."""
    loaded = in_new_process(LOADED, tmp_path)

    assert "etlkit" in loaded
    assert len(loaded) <= MODULES_LOADED_AT_MOST


@pytest.mark.parametrize("name", LEFT_OUT)
def test_importing_the_front_door_leaves_out(name: str, tmp_path: Path) -> None:
    """`import etlkit` does not load what only some runs need."""
    loaded = in_new_process(LOADED, tmp_path)

    assert name not in loaded


def test_importing_the_front_door_changes_nothing(tmp_path: Path) -> None:
    """`import etlkit` starts no thread, takes no signal, adds no log handler, writes no file."""
    effects = in_new_process(EFFECTS, tmp_path)

    assert effects == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", texts(), ids=place)
def test_no_text_installs_the_package_by_name(path: Path) -> None:
    """The name belongs to somebody else on the public index."""
    found = INSTALL_BY_NAME.search(path.read_text(encoding="utf-8"))

    assert found is None


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=place)
def test_each_test_says_what_it_shows(path: Path) -> None:
    """A test's docstring is a sentence about behaviour."""
    unexplained = unexplained_tests(path)

    assert unexplained == []
