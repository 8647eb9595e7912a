"""What users say of JSON that is read, whether of lines or of whole files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from etlkit.formats.format import Format
from etlkit.formats.text.lines import limit_field
from etlkit.formats.text.restoring import encoding_field
from etlkit.formats.values import (
    loads_checked,
    loads_shallow,
    loads_strict,
    may_have_wide_integers,
)


if TYPE_CHECKING:
    from etlkit.records import Decoder


@frozen(kw_only=True)
class JsonOptions(Format):
    """The options that all formats of JSON have; each says what they mean for it."""

    exact_integers: bool = True
    strict_keys: bool = False
    max_record_bytes: int = limit_field()
    encoding: str = encoding_field()

    def decoder(self) -> Decoder:
        """What reads the bytes of any record."""
        if self.strict_keys:
            return loads_strict
        return loads_checked if self.exact_integers else loads_shallow

    def may_read_plainly(self, text: bytes) -> bool:
        """Whether no key and no integer of a text has to be looked at one by one."""
        return not self.strict_keys and not (self.exact_integers and may_have_wide_integers(text))
