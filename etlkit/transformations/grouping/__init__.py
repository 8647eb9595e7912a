"""What Aggregate is made of: values picked from records, and the groups of them."""

from __future__ import annotations
