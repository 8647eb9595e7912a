"""HashPII: values that can be compared and not read."""

from __future__ import annotations

import hashlib
import hmac

from typing import Any

import pytest

from etlkit import ETLJob, RecordsSource
from etlkit.engine.fingerprint import fingerprint
from etlkit.errors import ConfigurationError
from etlkit.transformations import HashPII, from_dict, to_dict
from transformations.conftest import Told, both


KEY = b"an example and no secret"


def test_a_hash_is_an_hmac_with_the_name_of_its_key() -> None:
    """Anyone who has the key can work it out; numbers are hashed as their text."""
    made = both(HashPII("a", "b", key=KEY, key_id="2026"), {"a": "42", "b": 42, "c": 1})

    digest = hmac.new(KEY, b"42", hashlib.sha256).hexdigest()
    hashed = f"h1:2026:{digest}"
    assert made == [Told([{"a": hashed, "b": hashed, "c": 1}])] * 2


def test_the_key_may_be_a_text() -> None:
    """As environments have them."""
    steps = [HashPII("a", key=key, key_id="k") for key in (KEY, KEY.decode())]

    made = [step.apply([{"a": "x"}]) for step in steps]

    assert made[0] == made[1]
    assert steps[0] == steps[1]
    assert steps[0] != HashPII("a", key=KEY + b"!", key_id="k")


def test_nothing_shows_the_key(tmp_path: Any) -> None:
    """Neither its text, its data, nor the plan; and no fingerprint is made of it."""
    step = HashPII("a", key=KEY, key_id="2026")
    job = ETLJob("j", "J", RecordsSource([]), step, f"file:{tmp_path / 'out.jsonl'}")

    shown = [repr(step), step.label, job.explain(), str(to_dict(step)), repr(step.key)]

    assert [KEY.decode() in text for text in shown] == [False] * 5
    assert repr(step) == "HashPII('a', key=***, key_id='2026')"
    assert fingerprint(step) == fingerprint(HashPII("a", key=KEY + b"!", key_id="2026"))


def test_the_key_comes_back_from_elsewhere() -> None:
    """Data has its name only."""
    step = HashPII("a", key=KEY, key_id="2026")

    made = from_dict(to_dict(step), keys={"2026": KEY})

    assert to_dict(step) == {"verb": "HashPII", "fields": ["a"], "key_id": "2026"}
    assert made == step


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"key_id": "2026"}, "HashPII needs its key: from_dict(..., keys={'2026': key})"),
        (
            {"key_id": "k", "key": "in a file"},
            "HashPII: a key does not belong into data; from_dict(..., keys={key_id: key})",
        ),
    ],
    ids=["no key", "a key in data"],
)
def test_a_key_that_is_not_there_is_an_error_at_once(data: dict[str, str], words: str) -> None:
    """Not at the first record."""
    with pytest.raises(ConfigurationError) as caught:
        from_dict({"verb": "HashPII", "fields": ["a"], **data}, keys={"k": KEY})

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "HashPII needs a key, such as key=os.environ['PII_KEY']; secrets.token_hex(32) "),
        ("", "HashPII needs a key, such as key=os.environ['PII_KEY']; secrets.token_hex(32) "),
        (b"short", "HashPII: the key has 5 bytes and needs 16; secrets.token_hex(32) makes one"),
        (12345, "HashPII: the key is a text or bytes, got a value of type int"),
    ],
    ids=["None", "empty", "short", "a number"],
)
def test_a_key_that_is_none_is_refused_when_the_step_is_made(key: Any, words: str) -> None:
    """The message does not show it."""
    with pytest.raises(ConfigurationError) as caught:
        HashPII("a", key=key, key_id="k")

    assert str(caught.value).startswith(words)
    assert "(test_hash_pii.py:" in str(caught.value)


def test_the_name_of_a_key_has_no_colon() -> None:
    """It stands between two of them in the result."""
    with pytest.raises(ConfigurationError) as caught:
        HashPII("a", key=KEY, key_id="a:b")

    words = "HashPII: key_id is a short text without a colon, got 'a:b'"
    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_hash_pii.py:" in str(caught.value)
