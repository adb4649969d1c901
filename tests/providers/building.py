"""A receiver for a vector: its secret, its settings, its clock, as the vector has them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from hookkit import Provider, Query, Receiver, Request, Response, Token, providers
from hookkit.errors import KeyUnavailable

Vector = dict[str, Any]


def provider_of(name: str, vector: Vector) -> Provider:
    """The provider, with the settings that the vector has for what it needs or takes."""
    provider: Provider = getattr(providers, name)
    known = {**vector, **(vector.get("config") or {})}
    settings = {
        key: known[key] for key in (*provider.needs, *provider.takes) if known.get(key) is not None
    }
    if "handshake_open" in vector:
        settings["accept"] = lambda secret, request: vector["handshake_open"]
    if "param" in vector:
        token = Token(Query(vector["param"]))
        given = "scheme" in provider.needs
        provider = provider.using(scheme=token) if given else provider.replace(scheme=token)
    return provider.using(**settings) if settings else provider


def secret_of(vector: Vector) -> Any:
    if "username" in vector:
        return f"{vector['username']}:{vector['password']}"
    if "jwks" in vector:
        jwks = vector["jwks"]
        return json.dumps(jwks if isinstance(jwks, dict) else {"keys": jwks})
    for key in ("secrets", "secret", "keys", "public_key", "tenants", "roots"):
        if key in vector and vector[key] is None:
            return lambda request: None  # not known yet
        if key in vector:
            return vector[key]
    if "published" in vector:
        return None
    raise AssertionError(f"the vector {vector['case']} has no secret")


def fetch_of(vector: Vector) -> Callable[[Request], Response]:
    """Answers as the sender's hosts do: with what the vector says is published at which URL."""
    published = vector.get("published") or {}

    def fetch(request: Request) -> Response:
        answer = published.get(request.url, {"status": 404, "body": ""})
        answer = {"status": 200, "body": answer} if isinstance(answer, str) else answer
        if answer["status"] >= 500:
            raise KeyUnavailable
        return Response(answer["status"], answer["body"])

    return fetch


def receiver_of(name: str, vector: Vector) -> Receiver:
    config = vector.get("config") or {}
    return Receiver(
        provider_of(name, vector),
        secret=secret_of(vector),
        tolerance=vector.get("tolerance"),
        public_url=vector.get("configured_url")
        or vector.get("callback_url")
        or config.get("public_url"),
        clock=lambda: vector["now"],
        fetch=fetch_of(vector),
    )


def request_of(vector: Vector) -> Request:
    sent = vector["request"]
    # Vectors hold text. On the wire it is UTF-8, and servers hand that over read as latin-1.
    headers = [(name, value.encode().decode("latin-1")) for name, value in sent["headers"]]
    return Request(sent["method"], headers, base64.b64decode(sent["body_b64"]), url=sent["url"])
