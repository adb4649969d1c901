"""Requests as providers send them, for tests of what comes after."""

from __future__ import annotations

import json

from hookkit import Request, Verifier, providers

__all__ = ["signed_event", "signed_push"]


def signed_push(secret: str, delivery_id: str, **payload: object) -> Request:
    """A push from GitHub."""
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": delivery_id,
    }
    body = json.dumps({"told": delivery_id, **payload}).encode()
    return Verifier(providers.github, secret=secret).sign(Request("POST", headers, body))


def signed_event(secret: str, event_id: str, kind: str = "invoice.paid", **data: object) -> Request:
    """An event from Stripe, signed now."""
    body = json.dumps({"id": event_id, "type": kind, "data": {"object": data}}).encode()
    request = Request("POST", {"Content-Type": "application/json"}, body)
    return Verifier(providers.stripe, secret=secret).sign(request)
