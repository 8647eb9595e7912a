"""Items of batches as records, and what is wrong with an item that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etlkit.formats.values import too_deep
from etlkit.records import as_object


if TYPE_CHECKING:
    from collections.abc import Iterator

    from etlkit.records import Batch, Record


def decoded_items(batch: Batch) -> Iterator[tuple[int, Record | Exception]]:
    """The position of each item, and its record, or why there is none; blank items are left out.

    Raises:
        MemoryError: There is none left, which is never the fault of a record.
    """
    for position, item in enumerate(batch.items):
        found: Record | Exception
        try:
            found = as_object(batch.decode(item))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 -- handed over as what became of the item
            if batch.is_blank is not None and batch.is_blank(item):
                continue
            found = explained(batch, position, error)
        yield position, found


def explained(batch: Batch, position: int, error: Exception) -> Exception:
    """A failure of ``decode`` in the words of the format."""
    if isinstance(error, RecursionError):
        return too_deep()
    return batch.reason(batch.items[position], error)
