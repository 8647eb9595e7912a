"""Source text in the making: the one door to code that etlkit writes and compiles.

Values of users (field names, constants, callables) are bound through the namespace of
the function and never become part of its text, so no value can turn into code. As a
second gain, two jobs of the same shape have the same text, which is compiled once.
"""

from __future__ import annotations

import hashlib
import linecache

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

INDENT = "    "


class Code:
    """Lines of one function, and the values that they refer to.

    Attributes:
        depth: Levels of indentation of the next line.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.depth = 0
        self._namespace: dict[str, object] = {}
        self._names: dict[int, str] = {}

    @property
    def next_line(self) -> int:
        """The number that the next line will have, counted from 1 as in tracebacks."""
        return len(self._lines) + 1

    def bind(self, hint: str, value: object) -> str:
        """A name for a value of the user; the same object gets the same name.

        ``hint`` is a word of ours that makes the text readable. The names begin with an
        underscore and a number, which no variable of generated code does.
        """
        name = self._names.get(id(value))
        if name is None:
            name = f"_{len(self._namespace)}_{hint}"
            self._names[id(value)] = name
            self._namespace[name] = value  # keeps the value alive, so its id stays its own
        return name

    def line(self, *texts: str) -> None:
        """Add lines at the present depth; a line may itself have several."""
        for text in texts:
            for part in text.split("\n"):
                self._lines.append(INDENT * self.depth + part)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """The lines added inside stand one level below ``header``."""
        self.line(header)
        self.depth += 1
        yield
        self.depth -= 1

    def open(self, header: str) -> None:
        """Begin a block that lasts until the enclosing block ends."""
        self.line(header)
        self.depth += 1

    @contextmanager
    def closing(self) -> Iterator[None]:
        """End, after the lines added inside, every block that they opened."""
        depth = self.depth
        yield
        self.depth = depth

    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines) + "\n"

    def function(self, name: str) -> Callable[..., Any]:
        """Compile the lines, which define a function of this name, and return it."""
        text = self.text()
        namespace = dict(self._namespace)
        exec(_compiled(text, name), namespace)  # the text is ours: see the module's docstring
        function: Callable[..., Any] = namespace[name]  # type: ignore[assignment]  # defined by the text
        return function


@lru_cache(maxsize=256)
def _compiled(text: str, name: str) -> CodeType:
    """The code of a text, shown by tracebacks and debuggers through ``linecache``."""
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    filename = f"<etlkit {name} {digest}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return compile(text, filename, "exec")
