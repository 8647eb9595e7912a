"""What texts look like: the names that the rule ``format`` takes.

Each is written with string methods where they take less time than a regular expression,
and takes time in proportion to the length of the text whatever that holds.
``text.strip(characters)`` is empty just if the text has no other characters.
"""

from __future__ import annotations

import re
import string

from collections.abc import Callable
from datetime import date
from functools import cache
from re import Pattern


_DIGITS_AND_LETTERS = string.digits + string.ascii_letters
_SCHEME = _DIGITS_AND_LETTERS + "+-."
_URL = _DIGITS_AND_LETTERS + "-._~:/?#[]@!$&'()*+,;=%"

_MINUTES = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":[0-5][0-9](?:\.[0-9]+)?"
_ZONE = f"(?:[Zz]|[+-]{_MINUTES})"

_MOST_EMAIL, _MOST_LOCAL, _MOST_HOST = 254, 64, 253  # RFC 5321, RFC 1035
_MOST_PORT = 65_535
_OCTETS = frozenset(map(str, range(256)))
_OCTETS_OF_IPV4 = 4

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"


@cache
def _email() -> Pattern[str]:
    return re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})+")


@cache
def _host_name() -> Pattern[str]:
    return re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


@cache
def _date_time() -> Pattern[str]:
    day = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    return re.compile(rf"({day})[Tt ]{_MINUTES}{_SECONDS}{_ZONE}")


@cache
def _time() -> Pattern[str]:
    return re.compile(rf"{_MINUTES}(?:{_SECONDS})?(?:{_ZONE})?")


@cache
def _uuid() -> Pattern[str]:
    return re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_email(text: str) -> bool:
    """``ada@example.org``: an ASCII address without quotes or comments, at a domain with a dot."""
    if len(text) > _MOST_EMAIL:
        return False
    found = _email().fullmatch(text)
    return found is not None and found.end(1) <= _MOST_LOCAL


def is_url(text: str) -> bool:
    """``https://example.org/a?b=c``: a scheme, a host, and what may follow (RFC 3986)."""
    scheme, _, rest = text.partition("://")
    if not (scheme and scheme[0].isalpha() and not scheme.strip(_SCHEME) and rest):
        return False
    if rest.strip(_URL):
        return False
    for end in "/?#":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2]
    if host.startswith("["):
        address, bracket, port = host[1:].partition("]")
        return bool(bracket) and is_ipv6(address) and (not port or _is_port(port))
    name, colon, port = host.partition(":")
    return _is_host_name(name) and (not colon or _is_port(colon + port))


def is_ipv4(text: str) -> bool:
    """``192.0.2.1``: four numbers up to 255, without zeros in front."""
    octets = text.split(".", _OCTETS_OF_IPV4)
    return len(octets) == _OCTETS_OF_IPV4 and _OCTETS.issuperset(octets)


def is_ipv6(text: str) -> bool:
    """``2001:db8::1``: an address in any of its ways of writing, without a zone."""
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def is_date(text: str) -> bool:
    """``2024-01-31``: a day that there was."""
    if len(text) != len("2024-01-31") or text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """``12:30``, ``12:30:00.5`` or ``12:30:00+02:00``: a time of day, with a zone or without."""
    return _time().fullmatch(text) is not None


def is_date_time(text: str) -> bool:
    """``2024-01-31T12:30:00Z``: date, time to the second, and a zone (RFC 3339)."""
    found = _date_time().fullmatch(text)
    return found is not None and is_date(found[1])


def is_uuid(text: str) -> bool:
    """``123e4567-e89b-12d3-a456-426614174000``: groups of 8, 4, 4, 4 and 12 hexadecimal digits."""
    return _uuid().fullmatch(text) is not None


def _is_host_name(text: str) -> bool:
    return len(text) <= _MOST_HOST and _host_name().fullmatch(text) is not None


def _is_port(text: str) -> bool:
    """Whether it is a colon and a number that a port may have; the number may be absent."""
    digits = text[1:]
    return text[0] == ":" and (
        not digits
        or (digits.isdigit() and len(digits) <= len("65535") and int(digits) <= _MOST_PORT)
    )


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_date_time,
    "email": is_email,
    "ipv4": is_ipv4,
    "ipv6": is_ipv6,
    "time": is_time,
    "url": is_url,
    "uuid": is_uuid,
}
"""Whether a text has a format, by the name of the format."""
