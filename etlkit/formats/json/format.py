"""JSON files: one array, or objects one after the other, cut between their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from etlkit.formats.json.file import JsonFile
from etlkit.formats.json.options import JsonOptions
from etlkit.formats.json.windows import Window
from etlkit.formats.text.restoring import batches_of


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.formats.format import ByteStream
    from etlkit.records import Batch, Origin


@frozen(kw_only=True)
class Json(JsonOptions):
    """A JSON file that is one array, or an object, or objects one after the other.

    Files of any size are read in pieces. Each element keeps its bytes. One that is no
    object, or is broken but can be told apart from its neighbours, is a rejected record; a
    file that cannot be cut into elements fails as a whole, with line and column.

    Attributes:
        exact_integers: Read integers beyond 64 bits exactly; without it such an integer
            would become a float.
        strict_keys: Reject a record that has the same key twice, instead of taking the
            last one as every JSON parser does.
        max_record_bytes: A longer element is rejected; its beginning, length and SHA-256
            are kept.
        encoding: Of the file; rejected records keep their bytes in it.
    """

    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json",)

    def batches(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        """The elements of the file, numbered from 1, in batches of about 64 KiB.

        Raises:
            InputError: The file is not JSON, or neither an array nor objects.
            InputTruncated: It ends before its array or object does.
        """
        return batches_of(stream, origin, self.encoding, self._cut)

    def _cut(self, stream: ByteStream, origin: Origin) -> Iterator[Batch]:
        return JsonFile(self, Window(stream, origin), origin).batches()
