"""`Request`, `Response` and `Headers`: plain values, no I/O.

Header text is what WSGI hands over: the bytes of the wire read as latin-1. Values are light to
build, because one of each is made for every request; treat them as read-only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from hookkit.hints import cast

__all__ = ["Fields", "Headers", "Request", "Response", "announces_missing_body", "has_no_body"]

TEXT_TYPE = "text/plain; charset=utf-8"

Fields = Mapping[str, str] | Iterable[tuple[str, str]]

# RFC 9110 section 5.6.2. Servers raise on any other name, after the handler has run.
is_token = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch


class Headers:
    """Header fields by name, whatever its case; the values of a repeated field are joined by ``,``.

    Its repr shows names only, as values may be credentials.
    """

    __slots__ = ("_values",)

    def __init__(self, fields: Fields = ()) -> None:
        self._values: Mapping[str, str] = {}
        values: dict[str, str] = {}
        for name, value in _pairs(fields):
            key = name.lower()
            values[key] = f"{values[key]},{value}" if key in values else value
        self._values = values

    def get(self, name: str, default: str | None = None) -> str | None:
        """The field's value as sent, or `default`."""
        return self._values.get(name.lower(), default)

    def items(self) -> Iterable[tuple[str, str]]:
        """Pairs of lower-case name and value."""
        return self._values.items()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.items())

    def __len__(self) -> int:
        return sum(1 for _ in self.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and dict(self.items()) == dict(other.items())

    def __repr__(self) -> str:
        return f"<Headers {', '.join(sorted(self))}>"


class Request:
    """One HTTP request, read whole.

    Args:
        method: as sent, in capitals.
        headers: a mapping, or pairs; `Headers` as they are.
        body: the very bytes that arrived.
        url: the URL as the provider called it, or a function that gives it (most schemes never ask).
        client: the address of the other end, or ``None``.
    """

    __slots__ = ("_client", "_headers", "_url", "body", "method")

    def __init__(
        self,
        method: str = "POST",
        headers: Headers | Fields = (),
        body: bytes = b"",
        *,
        url: str | Callable[[], str] = "",
        client: str | None = None,
    ) -> None:
        self.method = method
        self._headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self._client = client
        self._url = url

    def header(self, name: str) -> str | None:
        """The header field's value as sent, or ``None``."""
        return self._headers.get(name)

    @property
    def headers(self) -> Headers:
        """All header fields."""
        return self._headers

    @property
    def client(self) -> str | None:
        """The address of the other end, or ``None``."""
        return self._client

    @property
    def url(self) -> str:
        """Scheme, host, path and query, escaped as they were sent."""
        if not isinstance(self._url, str):
            self._url = self._url()
        return self._url

    @property
    def path(self) -> str:
        """The URL's path, escaped as it was sent."""
        return _split(self.url)[0]

    @property
    def query(self) -> str:
        """The URL's query without its ``?``, or ``""``."""
        return _split(self.url)[1]

    def replace(
        self,
        *,
        headers: Headers | Fields | None = None,
        body: bytes | None = None,
        url: str | None = None,
    ) -> Request:
        """A copy with these parts changed."""
        return Request(
            self.method,
            self.headers if headers is None else headers,
            self.body if body is None else body,
            url=(lambda: self.url) if url is None else url,
            client=self.client,
        )

    def with_header(self, name: str, value: str) -> Request:
        """A copy with this header set, in place of any of that name."""
        kept = [pair for pair in self.headers.items() if pair[0].lower() != name.lower()]
        return self.replace(headers=[*kept, (name, value)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return all(
            getattr(self, name) == getattr(other, name)
            for name in ("method", "headers", "body", "url", "client")
        )

    def __repr__(self) -> str:
        return f"<Request {self.method!r} {len(self.body)} bytes, {self.headers!r}>"


def announces_missing_body(request: Request) -> bool:
    """Whether a body was announced and none is there: something else has read it."""
    if request.body:
        return False
    # RFC 9112 section 6.1: chunked stands last. An empty body could be sent so, but clients do not.
    codings = request.header("Transfer-Encoding") or ""
    if codings.rpartition(",")[2].strip().lower() == "chunked":
        return True
    announced = request.header("Content-Length") or ""
    return announced.isdigit() and announced.strip("0") != ""


def has_no_body(request: Request) -> bool:
    """Whether none came and none was announced, by a method that has one."""
    announced = (request.header(name) for name in ("Content-Length", "Transfer-Encoding"))
    return not request.body and request.method != "GET" and not any(announced)


def _split(url: str) -> tuple[str, str]:
    """(path, query) of an absolute or relative URL, both as they stand there."""
    rest = url.partition("#")[0]
    before, mark, after = rest.partition("://")
    if mark and "/" not in before and "?" not in before:
        cut = min((i for i in (after.find("/"), after.find("?")) if i >= 0), default=len(after))
        rest = after[cut:]
    path, _, query = rest.partition("?")
    return path or "/", query


class Response:
    """What is answered: status, header fields, body.

    Args:
        status: 200 to 599.
        body: bytes, or text sent as UTF-8.
        headers: further fields; Content-Length is added.
        content_type: of the body.

    Raises:
        ValueError: the status is none, or a header holds a control character or is not latin-1.
        TypeError: the body is neither bytes nor text.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        status: int = 200,
        body: bytes | str = b"",
        headers: Fields = (),
        *,
        content_type: str = TEXT_TYPE,
    ) -> None:
        if not 200 <= status <= 599:
            raise ValueError("status must be 200 to 599")
        self.status = status
        # Checked here, in the handler that makes it: the server would fail only after the handler ran.
        if not isinstance(body, bytes | str):
            raise TypeError(
                "a Response's body is bytes or text; a handler may return a dict, as JSON"
            )
        self.body = body.encode() if isinstance(body, str) else body
        fields = [pair for pair in _pairs(headers) if pair[0].lower() != "content-length"]
        if status in (204, 304):
            # RFC 9110 section 8.6: nothing describes a body that is not there. werkzeug's responses
            # have a type all the same, and a server may refuse to send that.
            self.body = b""
            fields = [pair for pair in fields if pair[0].lower() != "content-type"]
        else:
            if not any(name.lower() == "content-type" for name, _ in fields):
                fields.append(("Content-Type", content_type))
            fields.append(("Content-Length", str(len(self.body))))
        for name, value in fields:
            _check_field(name, value)
        self.headers: tuple[tuple[str, str], ...] = tuple(fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    items = fields.items() if isinstance(fields, Mapping) else fields
    return list(cast("Iterable[tuple[str, str]]", items))


def _check_field(name: str, value: str) -> None:
    """RFC 9110 section 5.5: a control character in a field could start another header."""
    # isprintable() refuses every control character of latin-1, and the soft hyphen, which is none.
    if not all((c.isprintable() or c in "\t\xa0\xad") and c <= "\xff" for c in name + value):
        raise ValueError("a header field holds a control character or one beyond latin-1")
    if is_token(name) is None:
        raise ValueError("a header field's name is not a token")
