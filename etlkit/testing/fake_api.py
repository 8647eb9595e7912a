"""A real HTTP server on this computer, whose replies a test writes down."""

from __future__ import annotations

import json
import threading

from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from etlkit._words import shown
from etlkit.errors import ConfigurationError
from etlkit.testing.clock import FakeClock


_POLL_SECONDS = 0.02
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_LEAST_STATUS, _MOST_STATUS = 100, 599


@frozen
class Request:
    """What was asked of a :class:`FakeAPI`.

    Attributes:
        method: ``"GET"`` and so on.
        path: The path, without the query.
        query: The query; of a name that comes twice the last value.
        headers: The headers; their names in small letters.
        body: The body, as bytes.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@frozen
class Reply:
    """What a :class:`FakeAPI` answers.

    Attributes:
        body: Bytes and texts are sent as they are, and everything else as JSON.
        status: The status code.
        headers: Headers besides those of type and length.
        delay_seconds: How long it takes, on the clock of the API: no time passes really.
        cut: Send half of the body and hang up.
    """

    body: Any = b""
    status: int = field(default=200)
    headers: Mapping[str, str] = field(factory=dict, kw_only=True)
    delay_seconds: float = field(default=0, kw_only=True)
    cut: bool = field(default=False, kw_only=True)

    @status.validator
    def _is_status(self, _: object, status: object) -> None:
        if not (isinstance(status, int) and _LEAST_STATUS <= status <= _MOST_STATUS):
            message = f"Reply: status is a number such as 200 or 503, got {shown(status)}"
            raise ConfigurationError(message)

    @property
    def content(self) -> bytes:
        """The body in bytes."""
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()

    @property
    def content_type(self) -> str:
        """The type that is said of the body."""
        if isinstance(self.body, bytes):
            return "application/octet-stream"
        return "text/plain; charset=utf-8" if isinstance(self.body, str) else "application/json"


Answer: TypeAlias = Any
"""A :class:`Reply`; a number, which is a status; a function of the request that gives one of
these; or else a body."""


@frozen
class _Route:
    """The replies to requests of a kind, in order; the last one is repeated."""

    method: str
    path: str
    query: Mapping[str, str]
    answers: Iterator[Answer]

    def takes(self, request: Request) -> bool:
        return (
            request.method == self.method
            and request.path == self.path
            and self.query.items() <= request.query.items()
        )


class FakeAPI:
    """A server on 127.0.0.1 that answers as a test has written down, and keeps what was asked.

    Used by ``with``, or as the fixture ``fake_api``; it stops at the end. To a path that
    nothing was written down for it answers 404.

    Args:
        clock: The clock on which replies take time; by default one of its own.

    Attributes:
        requests: What was asked so far, in order.
        clock: The clock.

    Example:
        >>> import urllib.request
        >>> with FakeAPI() as api:
        ...     api.respond("/cases", [{"id": 1}])
        ...     found = urllib.request.urlopen(f"{api.url}/cases?page=1").read()
        >>> found, api.requests[0].query["page"]
        (b'[{"id": 1}]', '1')
    """

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        self.clock = FakeClock() if clock is None else clock
        self.requests: list[Request] = []
        self._routes: list[_Route] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, such as ``http://127.0.0.1:54321``, without a slash at the end.

        Raises:
            ConfigurationError: It has not begun.
        """
        if self._server is None:
            message = "FakeAPI: it has no address before it begins; write  with FakeAPI() as api:"
            raise ConfigurationError(message)
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def respond(self, path: str, *answers: Answer, method: str = "GET") -> None:
        """Answer requests for a path so, one after the other; the last answer stays.

        What is said later of the same path comes first. A path may have a query, which the
        request must have then: ``"/cases?page=2"`` before ``"/cases"``.

        Args:
            path: From the slash on.
            answers: Each of them a body (a text or bytes as they are, all else as JSON); a
                number, which is a status without a body; a :class:`Reply`; or a function
                that takes the :class:`Request` and returns one of these.
            method: The method of the requests.

        Raises:
            ConfigurationError: The path does not begin with a slash, or there is no answer.

        Example:
            >>> import urllib.request
            >>> with FakeAPI() as api:
            ...     api.respond("/cases", 503, Reply([{"id": 1}], delay_seconds=30))
            ...     for _ in range(2):
            ...         try:
            ...             print(urllib.request.urlopen(f"{api.url}/cases").read())
            ...         except OSError as error:
            ...             print(error)
            ...     api.clock.sleeps
            HTTP Error 503: Service Unavailable
            b'[{"id": 1}]'
            [30]
        """
        given: object = path
        if not isinstance(given, str) or not given.startswith("/"):
            message = f"FakeAPI: a path begins with a slash, such as '/cases', got {shown(path)}"
            raise ConfigurationError(message)
        if not answers:
            message = f"FakeAPI: respond({path!r}) needs an answer, such as [] or 503"
            raise ConfigurationError(message)
        if method not in _METHODS:
            message = f"FakeAPI: method is one of {', '.join(_METHODS)}, got {shown(method)}"
            raise ConfigurationError(message)
        parts = urlsplit(path)
        route = _Route(
            method,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            chain(answers, repeat(answers[-1])),
        )
        with self._lock:
            self._routes.insert(0, route)
            self._routes.sort(key=lambda one: -len(one.query))  # stable: later ones stay first

    def reply_to(self, request: Request) -> Reply:
        """What a request gets; it is noted in ``requests``."""
        with self._lock:
            self.requests.append(request)
            route = next((one for one in self._routes if one.takes(request)), None)
            answer = _unknown(request) if route is None else next(route.answers)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, int) and not isinstance(answer, bool):
            answer = Reply(status=answer)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        if reply.delay_seconds:
            self.clock.sleep(reply.delay_seconds)
        return reply

    def __enter__(self) -> Self:
        """Begin to listen, on a port that is free."""
        api = self

        class Handler(_Handler):
            def answer(self, request: Request) -> Reply:
                return api.reply_to(request)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="fake-api", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop to listen."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def _unknown(request: Request) -> Reply:
    words = f"nothing was written down for {request.method} {request.path}"
    return Reply({"error": words}, 404)


class _Handler(BaseHTTPRequestHandler):
    """Turns what comes in into a request, and a reply into what goes out."""

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name it has
        """Say nothing: ``requests`` has it all."""

    def _do(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.command,
            parts.path,
            MappingProxyType(dict(parse_qsl(parts.query, keep_blank_values=True))),
            MappingProxyType(headers),
            self.rfile.read(int(headers.get("content-length", 0))),
        )
        try:
            reply = self.answer(request)
        except Exception as error:  # noqa: BLE001 -- the client gets it, and so the test
            reply = Reply(f"the function that replies has failed: {error!r}", 500)
        content = reply.content
        self.send_response(reply.status)
        usual = {"Content-Type": reply.content_type, "Content-Length": str(len(content))}
        for name, value in {**usual, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if reply.cut else content)


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._do)  # noqa: SLF001 -- its own module
