"""A server that answers as a test has written down."""

from __future__ import annotations

import http.client
import json

from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

import pytest

from etlkit.errors import ConfigurationError
from etlkit.testing import FakeAPI, FakeClock, Reply


def get(api: FakeAPI, path: str) -> Any:
    """What a path gives: JSON, or the status of a refusal."""
    try:
        with urlopen(f"{api.url}{path}", timeout=10) as reply:
            return json.loads(reply.read())
    except HTTPError as error:
        with error:
            return error.code


def test_answers_come_one_after_the_other() -> None:
    """The last one stays."""
    with FakeAPI() as api:
        api.respond("/cases", 503, 429, [{"id": 1}], [])

        found = [get(api, "/cases") for _ in range(5)]

    assert found == [503, 429, [{"id": 1}], [], []]


def test_a_path_with_a_query_is_for_requests_that_have_it() -> None:
    """So the pages of a list are written down one by one."""
    with FakeAPI() as api:
        api.respond("/cases?page=2", {"cases": [2]})
        api.respond("/cases", {"cases": [1], "next": "/cases?page=2"})

        found = [get(api, path) for path in ("/cases?size=1", "/cases?size=1&page=2")]

    assert found == [{"cases": [1], "next": "/cases?page=2"}, {"cases": [2]}]
    assert [request.query for request in api.requests] == [
        {"size": "1"},
        {"size": "1", "page": "2"},
    ]


def test_what_is_said_later_comes_first() -> None:
    """A test may change its mind."""
    with FakeAPI() as api:
        api.respond("/cases", "old")
        api.respond("/cases", ["new"])

        found = get(api, "/cases")

    assert found == ["new"]


def test_a_function_answers_what_it_is_asked() -> None:
    """It is given the request, and gives what stands in its place."""
    with FakeAPI() as api:
        api.respond("/cases", lambda request: 401 if "authorization" not in request.headers else [])
        api.respond("/broken", lambda request: request.query["page"])
        asked = UrlRequest(f"{api.url}/cases", headers={"Authorization": "Bearer x"})

        with urlopen(asked, timeout=10) as reply:
            known = reply.read()
        found = [get(api, "/cases"), get(api, "/broken")]

    assert known == b"[]"
    assert found == [401, 500]


def test_what_was_asked_is_kept() -> None:
    """Method, path, query, headers and body."""
    with FakeAPI() as api:
        api.respond("/cases", 201, method="POST")
        body = json.dumps({"id": 1}).encode()
        asked = UrlRequest(
            f"{api.url}/cases?dry=", data=body, headers={"X-Key": "k"}, method="POST"
        )
        with urlopen(asked, timeout=10) as reply:
            status = reply.status

    (request,) = api.requests
    assert status == 201
    assert [request.method, request.path, request.query] == ["POST", "/cases", {"dry": ""}]
    assert request.headers["x-key"] == "k"
    assert request.json == {"id": 1}


def test_what_nothing_was_written_down_for_is_not_found() -> None:
    """Neither another path nor another method."""
    with FakeAPI() as api:
        api.respond("/cases", [], method="POST")

        found = [get(api, "/cases"), get(api, "/")]

    assert found == [404, 404]


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        ("a b", b"a b", "text/plain; charset=utf-8"),
        ({"a": "\u00e9"}, b'{"a": "\\u00e9"}', "application/json"),
        (None, b"null", "application/json"),
    ],
    ids=["bytes", "text", "json", "null"],
)
def test_a_body_is_sent_as_what_it_is(body: Any, content: bytes, kind: str) -> None:
    """With the type that belongs to it, and headers of the test's own."""
    with FakeAPI() as api:
        api.respond("/x", Reply(body, headers={"Link": "</x?page=2>"}))

        with urlopen(f"{api.url}/x", timeout=10) as reply:
            found = reply.read()

    assert found == content
    assert reply.headers["content-type"] == kind
    assert reply.headers["link"] == "</x?page=2>"


def test_a_reply_takes_time_on_the_clock_of_the_test() -> None:
    """No time passes really."""
    clock = FakeClock()
    with FakeAPI(clock=clock) as api:
        api.respond("/slow", Reply([], delay_seconds=90))

        get(api, "/slow")

    assert clock.sleeps == [90]


def test_a_reply_may_be_cut() -> None:
    """As when a connection breaks: the body is shorter than its header says."""
    with FakeAPI() as api:
        api.respond("/cut", Reply(b"0123456789", cut=True))

        with (
            urlopen(f"{api.url}/cut", timeout=10) as reply,
            pytest.raises(http.client.IncompleteRead) as caught,
        ):
            reply.read()

    assert caught.value.partial == b"01234"


def test_it_stops_at_the_end() -> None:
    """Nothing listens at its address any more."""
    with FakeAPI() as api:
        url = api.url

    with pytest.raises(OSError, match="refused"):
        urlopen(url, timeout=10)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (
            lambda api: api.respond("cases", []),
            "FakeAPI: a path begins with a slash, such as '/cases', got 'cases'",
        ),
        (
            lambda api: api.respond("/cases"),
            "FakeAPI: respond('/cases') needs an answer, such as [] or 503",
        ),
        (
            lambda api: api.respond("/cases", [], method="get"),
            "FakeAPI: method is one of DELETE, GET, HEAD, PATCH, POST, PUT, got 'get'",
        ),
        (
            lambda api: api.url,
            "FakeAPI: it has no address before it begins; write  with FakeAPI() as api:",
        ),
        (lambda _: Reply([], 42), "Reply: status is a number such as 200 or 503, got 42"),
    ],
    ids=["no slash", "no answer", "small letters", "not begun", "no status"],
)
def test_what_cannot_be_meant_is_refused(use: Any, words: str) -> None:
    """The message says what is possible."""
    with pytest.raises(ConfigurationError) as caught:
        use(FakeAPI())

    assert str(caught.value) == words
