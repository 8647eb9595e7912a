"""A value that nothing can be done with, which shows who goes on all the same."""

from __future__ import annotations

from typing import Any, NoReturn


class Poisoned(Exception):  # noqa: N818 -- what happened to whoever touched the value
    """Something was done with a value that nothing can be done with."""


class Poison:
    """Raises :class:`Poisoned` whatever is done with it, and remembers that it was.

    Only what nobody means when they use a value is possible: to ask for its class, whether
    it is another object, and how it is shown.

    Attributes:
        touched: Somebody tried to use it.
    """

    def __init__(self) -> None:
        self.touched = False

    def __repr__(self) -> str:
        return "<a value that nothing can be done with>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # what Python and its libraries look for in any object
            raise AttributeError(name)
        self._raise()

    def _raise(self, *_: object) -> NoReturn:
        self.touched = True
        message = "nothing can be done with this value"
        raise Poisoned(message)


_USES = (
    "abs add and bool bytes call ceil complex contains delitem divmod enter eq exit float floor "
    "floordiv format ge getitem gt hash iadd index int invert iter le len lshift lt matmul mod "
    "mul ne neg next or pos pow radd rand rdivmod reversed rfloordiv rlshift rmatmul rmod rmul "
    "ror round rpow rrshift rshift rsub rtruediv rxor setitem str sub truediv trunc xor"
)

_uses: Any = Poison._raise  # noqa: SLF001 -- its own module
for _name in _USES.split():
    setattr(Poison, f"__{_name}__", _uses)
