"""JSON: arrays and objects in a file, an object on each line, and the values in them."""

from __future__ import annotations
