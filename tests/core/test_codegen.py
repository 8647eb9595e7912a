"""Source text in the making."""

from __future__ import annotations

import linecache
import traceback

import pytest

from etlkit._codegen import Code


def doubler(bound: object) -> Code:
    """The code of a function that multiplies by a bound value."""
    code = Code()
    name = code.bind("factor", bound)
    with code.block("def double(value):"):
        code.line(f"return value * {name}")
    return code


def test_a_function_is_made_of_lines_and_bound_values() -> None:
    """The text has a name; the value stands in the namespace."""
    code = doubler(2)

    function = code.function("double")

    assert function(21) == 42
    assert code.text() == "def double(value):\n    return value * _0_factor\n"


def test_functions_of_equal_text_share_their_code() -> None:
    """Two shapes that are equal are compiled once, whatever is bound."""
    two, three = doubler(2).function("double"), doubler(3).function("double")

    assert two.__code__ is three.__code__
    assert (two(10), three(10)) == (20, 30)


def test_one_object_has_one_name() -> None:
    """Binding it again, under whatever hint, gives the name it has."""
    code, value = Code(), ["a"]

    names = [code.bind("one", value), code.bind("two", value), code.bind("one", ["a"])]

    assert names == ["_0_one", "_0_one", "_1_one"]


def test_a_bound_value_lives_as_long_as_the_code() -> None:
    """Objects made on the fly keep their names apart, since none is collected meanwhile."""
    code = Code()

    names = [code.bind("value", object()) for _ in range(1000)]

    assert len(set(names)) == 1000


def test_a_text_of_several_lines_is_indented_line_by_line() -> None:
    """Blocks may be nested, and opened until the enclosing one ends."""
    code = Code()
    with code.block("def f(n):"):
        with code.closing():
            code.line("if n:")
            code.depth += 1
            code.open("if n > 1:")
            code.line("return (n +\n1)")
        code.line("return 0")

    assert code.next_line == 7
    assert code.text() == (
        "def f(n):\n    if n:\n        if n > 1:\n            return (n +\n"
        "            1)\n    return 0\n"
    )
    assert [code.function("f")(n) for n in (0, 1, 2)] == [0, 0, 3]


def test_a_traceback_shows_the_generated_line() -> None:
    """The text is registered where tracebacks and debuggers look for it."""
    function = doubler(2).function("double")

    with pytest.raises(TypeError) as caught:
        function(None)

    text = "".join(traceback.format_exception(caught.value))
    filename = function.__code__.co_filename
    assert filename.startswith("<etlkit double ")
    assert f'File "{filename}", line 2, in double\n    return value * _0_factor\n' in text
    assert linecache.getline(filename, 1) == "def double(value):\n"
