"""Files of any other kind: each is one record, made by a function of the user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.formats.format import Format
from etlkit.formats.text.lines import CHUNK_BYTES, Growing, limit_field
from etlkit.records import Batch, Problem, Unfit, own


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Origin


def _callable(_: object, __: object, value: Any) -> None:
    if not callable(value):
        message = f"decode is a function that makes a record of bytes, got {shown(value)}"
        raise ConfigurationError(message)


@frozen(kw_only=True)
class Raw(Format):
    r"""Files that are one record each, such as scanned forms or letters.

    No suffix means this format; pass ``format="raw"``. An exception of ``decode``, or a
    result that is no dict, makes the file a rejected record.

    Attributes:
        decode: Makes a record, a dict, of the bytes of a file.
        max_record_bytes: A longer file is rejected; its beginning, length and SHA-256
            are kept.

    Example:
        >>> import io
        >>> from etlkit.formats import Raw
        >>> from etlkit.records import Origin
        >>> letters = Raw(decode=lambda data: {"text": data.decode("latin-1")})
        >>> (batch,) = letters.batches(io.BytesIO(b"Gr\xfc\xdfe"), Origin("letter.txt"))
        >>> batch.decode(batch.items[0])
        {'text': 'Grüße'}
    """

    name: ClassVar[str] = "raw"
    may_hold_nan: ClassVar[bool] = True  # the function may make one
    suffixes: ClassVar[tuple[str, ...]] = ()
    is_text: ClassVar[bool] = False

    decode: Callable[[bytes], Mapping[str, object]] = field(validator=_callable)
    max_record_bytes: int = limit_field()

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The file as one record, number 1."""
        content = Growing(self.max_record_bytes)
        while chunk := stream.read(CHUNK_BYTES):
            content.add(chunk)
        if content.overlong:
            yield Batch((), origin, 1, self._record, refused=(content.refusal(),))
        else:
            yield Batch([content.take()], origin, 1, self._record, frame=(b"", b""))

    def _record(self, data: bytes) -> Any:
        try:
            found = self.decode(data)
        except Unfit as unfit:
            if unfit.problems:
                raise
            # what a function of the user's says may quote any value of the record
            problem = Problem((), unfit.code, str(unfit))
            raise Unfit(unfit.code, str(unfit), (problem,)) from unfit
        return own(found)  # the run changes it, and the function may keep it
