"""Mask, HashPII and Redact: values that are not for everyone."""

from __future__ import annotations

import hashlib
import hmac

from typing import Any

import pytest

from etlkit import ETLJob, Quarantine, RecordsSource
from etlkit.engine.fingerprint import fingerprint
from etlkit.errors import ConfigurationError
from etlkit.transformations import Derive, HashPII, Mask, Redact, from_dict, to_dict
from transformations.conftest import Told, both


KEY = b"an example and no secret"
CANARY = "canary-4711-value"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("4111111111111111", "************1111"),
        ("12345678", "****5678"),
        ("1234567", "*******"),
        ("12", "**"),
        ("", ""),
        (4111111111111111, "************1111"),
        (None, None),
    ],
    ids=repr,
)
def test_a_mask_leaves_the_last_characters(value: Any, masked: Any) -> None:
    """Of a text of which less would be hidden than shown, none."""
    made = both(Mask("card"), {"id": 1, "card": value})

    assert made == [Told([{"id": 1, "card": masked}])] * 2


@pytest.mark.parametrize(("keep", "masked"), [(0, "*****"), (1, "****e"), (2, "***de")])
def test_a_mask_says_how_many_it_leaves(keep: int, masked: str) -> None:
    """None at all may be left as well."""
    made = both(Mask("a", keep_last=keep), {"a": "abcde"})

    assert made == [Told([{"a": masked}])] * 2


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


def test_none_and_any_value_may_be_redacted() -> None:
    """None stays None."""
    made = both(Redact("a", "b", with_="[gone]"), {"a": [1], "b": None}, {"a": "", "b": {"c": 1}})

    redacted = [{"a": "[gone]", "b": None}, {"a": "[gone]", "b": "[gone]"}]
    assert made == [Told(redacted)] * 2


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

    words = "$ the record has no field 'pii'; did you mean 'pij'?; missing='ignore' leaves it out"
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
    assert "(test_privacy.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Mask, "Mask needs the names of fields, such as Mask('id', 'name')"),
        (lambda: Mask("a", keep_last=-1), "Mask: keep_last is a number of characters, got -1"),
        (lambda: Mask("a", keep_last=True), "Mask: keep_last is a number of characters, got True"),
        (
            lambda: HashPII("a", key=KEY, key_id="a:b"),
            "HashPII: key_id is a short text without a colon, got 'a:b'",
        ),
        (
            lambda: Redact("a", with_=None),  # type: ignore[arg-type]  # that is the mistake
            "Redact: with_ is a text, got None",
        ),
        (lambda: Redact("a", "a"), "Redact: the field 'a' is named twice"),
    ],
    ids=["no field", "less than none", "a bool", "a colon", "None", "twice"],
)
def test_other_arguments_are_refused_when_the_step_is_made(make: Any, words: str) -> None:
    """The message says what to write, and where it was written."""
    with pytest.raises(ConfigurationError) as caught:
        make()

    assert str(caught.value).rpartition(" (")[0] == words
    assert "(test_privacy.py:" in str(caught.value)


def test_a_rejected_record_is_kept_as_it_came() -> None:
    """So what keeps it is as private as the source."""
    source = RecordsSource([{"pii": [CANARY]}, {"pii": "12345678"}])

    result = ETLJob("j", "J", source, Mask("pii"), "memory:", on_error=Quarantine()).execute()

    assert [one.record for one in result.rejections] == [{"pii": [CANARY]}]
    assert CANARY not in result.rejections[0].message
