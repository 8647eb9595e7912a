"""What Mask, HashPII and Redact share, for values that are not for everyone."""

from __future__ import annotations

from typing import Any

import pytest

from etlkit import ETLJob, Quarantine, RecordsSource
from etlkit.transformations import Derive, HashPII, Mask, Redact
from transformations.conftest import Told, both


KEY = b"an example and no secret"
CANARY = "canary-4711-value"


@pytest.mark.parametrize(
    "step", [Mask("pii"), HashPII("pii", key=KEY, key_id="k")], ids=["Mask", "HashPII"]
)
@pytest.mark.parametrize("value", [[CANARY], {CANARY: 1}, 47.11, True], ids=repr)
def test_a_value_that_is_refused_is_not_shown(step: Any, value: Any) -> None:
    """Only its type is told."""
    made = both(step, {"pii": value})

    words = (
        "$.pii a text or a whole number is expected, got a value of type "
        f"{type(value).__name__}; Cast it to str first, or Redact it"
    )
    assert made == [Told(refused=[(0, "type", words)])] * 2


@pytest.mark.parametrize(
    "step",
    [Mask("pii"), HashPII("pii", key=KEY, key_id="k"), Redact("pii")],
    ids=["Mask", "HashPII", "Redact"],
)
def test_a_record_without_the_field_fails(step: Any) -> None:
    """A misspelt name would let the value through."""
    made = both(step, {"pij": CANARY})

    words = "$ the record has no field 'pii'; did you mean 'pij'?; missing='ignore' lets records without it pass"
    assert made == [Told(refused=[(0, "missing_field", words)])] * 2


@pytest.mark.parametrize(
    "step",
    [Mask("pii"), HashPII("pii", key=KEY, key_id="k"), Redact("pii")],
    ids=["Mask", "HashPII", "Redact"],
)
def test_what_fails_later_does_not_show_the_value(step: Any) -> None:
    """Neither in the message nor in what is loaded."""
    chain = step | Derive(n=lambda record: int(record["pii"]))
    source = RecordsSource([{"pii": CANARY}])

    result = ETLJob("j", "J", source, chain, "memory:").execute()

    assert result.error is not None
    assert CANARY not in str(result.error)


def test_a_rejected_record_is_kept_as_it_came() -> None:
    """So what keeps it is as private as the source."""
    source = RecordsSource([{"pii": [CANARY]}, {"pii": "12345678"}])

    result = ETLJob("j", "J", source, Mask("pii"), "memory:", on_error=Quarantine()).execute()

    assert [one.record for one in result.rejections] == [{"pii": [CANARY]}]
    assert CANARY not in result.rejections[0].message
