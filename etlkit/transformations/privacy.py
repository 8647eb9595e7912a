"""Mask, HashPII and Redact: values that are not for everyone, made unreadable.

What is said of values that these verbs refuse never shows them.
"""

from __future__ import annotations

import hmac

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from etlkit._words import shown
from etlkit.records import Unfit
from etlkit.transformations.conversions import Conversion
from etlkit.transformations.mistakes import choice, field_names, mistake, text
from etlkit.transformations.verbs import MISSING, Missing, refused


if TYPE_CHECKING:
    from etlkit.transformations.step import StepCode

SHORTEST_KEY = 16
"""Bytes of a key; fewer could be guessed."""


def _text(name: str, value: Any) -> str:
    """A text or a whole number as text.

    Raises:
        Unfit: It is something else, which is not shown.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _not_a_text(name, value)


def _not_a_text(name: str, value: object) -> Unfit:
    words = f"a text or a whole number is expected, got a value of type {type(value).__name__}"
    return refused(name, "type", words, hint="; Cast it to str first, or Redact it")


@frozen(init=False, repr=False)
class Mask(Conversion):
    """Replace all but the last characters of texts by stars.

    A text of which less would be hidden than shown is hidden as a whole. Whole numbers
    become texts. None stays None; anything else is the record's failure.

    Args:
        fields: The names of the fields.
        keep_last: How many characters stay.
        missing: A record without one of the fields fails (``"error"``), or goes on without
            it (``"ignore"``).

    Example:
        >>> Mask("card").apply([{"card": "4111111111111111"}, {"card": "12345"}])
        [{'card': '************1111'}, {'card': '*****'}]
    """

    takes = "fields"
    spread = "many"

    fields: tuple[str, ...]
    keep_last: int = 4
    missing: Missing = "error"

    def __init__(self, *fields: str, keep_last: int = 4, missing: Missing = "error") -> None:
        names = field_names("Mask", fields)
        kept: object = keep_last
        if not isinstance(kept, int) or isinstance(kept, bool) or kept < 0:
            message = f"Mask: keep_last is a number of characters, got {shown(keep_last)}"
            raise mistake(message)
        self.__attrs_init__(names, keep_last, choice("Mask", "missing", missing, MISSING))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.fields

    def converted(self, name: str, value: Any) -> str:
        """Stars, and the last characters."""
        clear = _text(name, value)
        hidden = len(clear) - self.keep_last
        return "*" * len(clear) if hidden < self.keep_last else "*" * hidden + clear[hidden:]

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """The same without a call, for texts."""
        keep = self.keep_last
        convert = f"{code.bind('mask', self.converted)}({code.bind('field', name)}, {value})"
        with code.block(f"if {value}.__class__ is str and len({value}) >= {2 * keep}:"):
            last = f" + {value}[-{keep}:]" if keep else ""
            code.line(f"{value} = '*' * (len({value}) - {keep}){last}")
        code.line(f"elif {value} is not None: {value} = {convert}")


class _Key:
    """A key that no message, text or fingerprint of a plan shows."""

    __slots__ = ("digest",)

    def __init__(self, key: bytes) -> None:
        begin = hmac.new(key, digestmod="sha256").copy  # which spares the work on the key

        def digest(text: str) -> str:
            made = begin()
            made.update(text.encode(errors="surrogatepass"))
            return made.hexdigest()

        self.digest: Callable[[str], str] = digest

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and hmac.compare_digest(self.digest(""), other.digest(""))

    def __hash__(self) -> int:
        return hash(self.digest(""))


@frozen(init=False, repr=False)
class HashPII(Conversion):
    """Replace texts by a keyed hash: equal texts stay equal, and nobody without the key can try.

    The result is ``h1:<key_id>:`` and the HMAC-SHA256 in hexadecimal digits. Whole numbers
    are hashed as their text. None stays None; anything else is the record's failure.
    Spelling counts: ``Derive(email=F.email.str.lower())`` before it makes one of several.

    Args:
        fields: The names of the fields.
        key: The key, at least sixteen bytes: bytes or a text from where secrets are kept.
        key_id: A name for the key, so that another key can follow it.
        missing: A record without one of the fields fails (``"error"``), or goes on without
            it (``"ignore"``).

    Example:
        >>> step = HashPII("email", key=b"an example and no secret", key_id="2026")
        >>> step.apply([{"email": "ann@example.org"}])[0]["email"][:20]
        'h1:2026:253e27eda472'
    """

    takes = "fields"
    spread = "many"
    secret = "key"  # noqa: S105 -- the name of the argument

    fields: tuple[str, ...]
    key: Any
    key_id: str
    missing: Missing = "error"

    def __init__(
        self, *fields: str, key: bytes | str, key_id: str, missing: Missing = "error"
    ) -> None:
        names = field_names("HashPII", fields)
        self.__attrs_init__(
            names,
            _Key(_checked_key(key)),
            _checked_id(key_id),
            choice("HashPII", "missing", missing, MISSING),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.fields

    def converted(self, name: str, value: Any) -> str:
        """The hash, with the name of its key."""
        return self._prefix + str(self.key.digest(_text(name, value)))

    def write_value(self, code: StepCode, name: str, value: str) -> None:
        """One call for a text."""
        digest, prefix = code.bind("digest", self.key.digest), code.bind("prefix", self._prefix)
        other = f"{code.bind('convert', self.converted)}({code.bind('field', name)}, {value})"
        made = f"{value} = {prefix} + {digest}({value})"
        code.line(f"if {value}.__class__ is {code.bind('str', str)}: {made}")
        code.line(f"elif {value} is not None: {value} = {other}")

    @property
    def _prefix(self) -> str:
        return f"h1:{self.key_id}:"


def _checked_key(key: object) -> bytes:
    if not key:
        message = (
            "HashPII needs a key, such as key=os.environ['PII_KEY']; "
            "secrets.token_hex(32) makes one"
        )
        raise mistake(message)
    if not isinstance(key, (str, bytes)):
        message = f"HashPII: the key is a text or bytes, got a value of type {type(key).__name__}"
        raise mistake(message)
    held = key.encode(errors="surrogatepass") if isinstance(key, str) else bytes(key)
    if len(held) < SHORTEST_KEY:
        message = (
            f"HashPII: the key has {len(held)} bytes and needs {SHORTEST_KEY}; "
            "secrets.token_hex(32) makes one"
        )
        raise mistake(message)
    return held


def _checked_id(key_id: object) -> str:
    if isinstance(key_id, str) and key_id and ":" not in key_id:
        return key_id
    message = f"HashPII: key_id is a short text without a colon, got {shown(key_id)}"
    raise mistake(message)


@frozen(init=False, repr=False)
class Redact(Conversion):
    """Replace whatever fields hold by the same text.

    None stays None, since that there is no value is no secret here.

    Args:
        fields: The names of the fields.
        with_: The text.
        missing: A record without one of the fields fails (``"error"``), or goes on without
            it (``"ignore"``).

    Example:
        >>> Redact("note").apply([{"id": 1, "note": "called twice"}, {"id": 2, "note": None}])
        [{'id': 1, 'note': '***'}, {'id': 2, 'note': None}]
    """

    takes = "fields"
    spread = "many"

    fields: tuple[str, ...]
    with_: str = field(default="***")
    missing: Missing = "error"

    def __init__(self, *fields: str, with_: str = "***", missing: Missing = "error") -> None:
        self.__attrs_init__(
            field_names("Redact", fields),
            text("Redact", "with_", with_),
            choice("Redact", "missing", missing, MISSING),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields."""
        return self.fields

    def converted(self, name: str, value: Any) -> str:  # noqa: ARG002 -- whatever it is
        """The text."""
        return self.with_

    def write_value(self, code: StepCode, name: str, value: str) -> None:  # noqa: ARG002 -- as above
        """The text, unless it is None."""
        code.line(f"if {value} is not None: {value} = {code.bind('instead', self.with_)}")
