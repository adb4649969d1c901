"""What is answered: the fixed replies, and a handler's result made into one."""

from __future__ import annotations

import json

from hookkit.errors import MethodNotAllowed, RequestError, Unauthorized
from hookkit.hints import Protocol, TypeGuard
from hookkit.messages import Response

__all__ = ["FAILED", "UNAVAILABLE", "is_reply", "of_refusal", "of_result"]

FAILED = Response(500, "A handler failed")
UNAVAILABLE = Response(503, "Try again later", {"Retry-After": "10"})
"""Seconds. Most providers wait longer by themselves; those that heed it should not hammer."""

_PHRASES = {
    400: "Bad Request",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
}
_REFUSALS = {status: Response(status, phrase) for status, phrase in _PHRASES.items()}


def of_refusal(error: RequestError, unauthorized: Response, methods: tuple[str, ...]) -> Response:
    """The reply to a refused request: of its status alone, so that it tells a stranger nothing more."""
    if isinstance(error, Unauthorized):
        return unauthorized
    if isinstance(error, MethodNotAllowed):
        return Response(405, _PHRASES[405], {"Allow": ", ".join(methods)})
    return _REFUSALS[error.status]


class _WerkzeugResponse(Protocol):
    """What a werkzeug (and so a Flask) response has; known by its shape, as importing it costs 94 ms."""

    status_code: int

    def get_data(self) -> bytes: ...

    def get_wsgi_headers(self, environ: dict[str, object]) -> object: ...


def _is_werkzeugs(result: object) -> TypeGuard[_WerkzeugResponse]:
    return all(hasattr(result, name) for name in ("status_code", "get_data", "get_wsgi_headers"))


def is_reply(result: object) -> bool:
    """Whether a handler's result can be a reply."""
    return isinstance(result, Response | str | dict) or _is_werkzeugs(result)


def of_result(result: object) -> Response:
    """A handler's result as a reply.

    Raises:
        TypeError: it is none, or a dictionary that JSON cannot write.
        ValueError: it holds what a header or JSON must not.
    """
    if isinstance(result, Response):
        return result
    if isinstance(result, str):
        return Response(200, result)
    if isinstance(result, dict):
        return Response(200, json.dumps(result, allow_nan=False), content_type="application/json")
    if _is_werkzeugs(result):
        headers = getattr(result, "headers", {})
        return Response(result.status_code, result.get_data(), list(headers.items()))
    raise TypeError(f"a handler returned {type(result).__name__}, which is no reply")
