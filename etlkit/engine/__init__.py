"""One run: plan, kernel, run loop, commit."""

from __future__ import annotations
