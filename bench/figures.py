"""One measured number beside its target."""

from __future__ import annotations

from attrs import frozen


@frozen
class Figure:
    """A line of a table: what was measured, and what it should be.

    Attributes:
        what: In words.
        value: The measured number, in `unit`.
        unit: Printed behind it.
        most: It should be at most so much, if not None.
        least: It should be at least so much, if not None.
        remark: What else to know.
    """

    what: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    remark: str = ""

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"at most {self.most:g} {self.unit}"
        return f"at least {self.least:g} {self.unit}" if self.least is not None else ""

    @property
    def verdict(self) -> str:
        if self.most is not None:
            return "met" if self.value <= self.most else "missed"
        if self.least is not None:
            return "met" if self.value >= self.least else "missed"
        return ""
