"""The one door to the file system: reading, atomic publishing, appending, locking.

Nothing is ever written straight to its final name.
"""

from __future__ import annotations
