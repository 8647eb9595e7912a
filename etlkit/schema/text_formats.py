"""What texts look like: the names that the rule ``format`` takes.

They are written with string methods, which take less time than a regular expression, and
time in proportion to the length of the text whatever it holds. ``text.strip(characters)``
is empty just if the text has no other characters.
"""

from __future__ import annotations

import string

from collections.abc import Callable
from datetime import date, datetime, time


_DIGITS_AND_LETTERS = string.digits + string.ascii_letters
_HOST = _DIGITS_AND_LETTERS + "-."
_LOCAL = _DIGITS_AND_LETTERS + ".!#$%&'*+/=?^_`{|}~-"
_SCHEME = _DIGITS_AND_LETTERS + "+-."
_URL = _DIGITS_AND_LETTERS + "-._~:/?#[]@!$&'()*+,;=%"
_HEX_AND_DASH = string.hexdigits + "-"
_CLOCK = string.digits + ":.+-Zz"

_MOST_EMAIL, _MOST_LOCAL, _MOST_HOST, _MOST_LABEL = 254, 64, 253, 63  # RFC 5321, RFC 1035
_MOST_PORT = 65_535
_OCTETS = frozenset(map(str, range(256)))
_OCTETS_OF_IPV4 = 4


def is_email(text: str) -> bool:
    """``ada@example.org``: an address without quotes or comments, at a domain with a dot."""
    local, _, domain = text.rpartition("@")
    return (
        0 < len(local) <= _MOST_LOCAL
        and len(text) <= _MOST_EMAIL
        and not local.strip(_LOCAL)
        and local[0] != "."
        and local[-1] != "."
        and ".." not in local
        and "." in domain
        and _is_host_name(domain)
    )


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
    if text[2:3] != ":" or text.strip(_CLOCK):
        return False
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date_time(text: str) -> bool:
    """``2024-01-31T12:30:00Z``: date, time to the second, and a zone (RFC 3339)."""
    if (
        text[4:5] != "-"
        or text[7:8] != "-"
        or text[10:11] not in ("T", "t", " ")
        or text[13:14] != ":"
        or text[16:17] != ":"
        or text[19:20] not in (".", "Z", "z", "+", "-")
        or not (text[-1] in "Zz" or (text[-6] in "+-" and text[-3] == ":"))
    ):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_uuid(text: str) -> bool:
    """``123e4567-e89b-12d3-a456-426614174000``: groups of 8, 4, 4, 4 and 12 hexadecimal digits."""
    return (
        len(text) == len("123e4567-e89b-12d3-a456-426614174000")
        and text[8] == text[13] == text[18] == text[23] == "-"
        and not text.strip(_HEX_AND_DASH)
        and text.count("-") == len("----")
    )


def _is_host_name(text: str) -> bool:
    if not 0 < len(text) <= _MOST_HOST or text.strip(_HOST):
        return False
    return all(
        0 < len(label) <= _MOST_LABEL and label[0] != "-" and label[-1] != "-"
        for label in text.split(".")
    )


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
