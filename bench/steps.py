"""The five steps as functions of one record, for the libraries that take such functions."""

from __future__ import annotations

from typing import Any

from bench.task import SSN_DIGITS_KEPT, STATE_CODES, TEST_STATUS


def with_state_code(form: dict[str, Any]) -> dict[str, Any]:
    form["state"] = STATE_CODES.get(form["state"].strip().lower())
    return form


def with_clean_email(form: dict[str, Any]) -> dict[str, Any]:
    contact = form["contact"]
    contact["email"] = contact["email"].strip().lower()
    return form


def with_short_ssn(form: dict[str, Any]) -> dict[str, Any]:
    form["ssn"] = form["ssn"][-SSN_DIGITS_KEPT:]
    return form


def with_tag_count(form: dict[str, Any]) -> dict[str, Any]:
    form["tag_count"] = len(form["tags"])
    return form


def is_no_test(form: dict[str, Any]) -> bool:
    return form["status"] != TEST_STATUS
