"""Checked by mypy and pyright, never run: what the users of a Receiver write."""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any, TypedDict, assert_type

from hookkit import Event, Limits, Receiver, Request, Response, Router, Verdict, on, providers


class Invoice(TypedDict):
    id: str
    total: int


# A Receiver, with all that it takes.

github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])
rotated = Receiver(providers.stripe, secret=["new", b"old"])


def tenant(request: Request) -> str | None:
    return request.headers.get("X-Tenant")


def tenants(request: Request) -> list[str] | None:
    return None


by_tenant = Receiver(providers.slack, secret=tenant)
by_tenants = Receiver(providers.slack, secret=tenants)
by_lambda = Receiver(providers.slack, secret=lambda request: request.body[:5])


@contextmanager
def plain() -> Iterator[None]:
    yield


@contextmanager
def with_event(event: Event) -> Iterator[int]:
    yield len(event.type)


class Scope(AbstractContextManager[None]):
    def __exit__(self, *details: object) -> None: ...


whole = Receiver(
    providers.standardwebhooks,
    secret=("a", "b"),
    handlers=[],
    source="hooks",
    tolerance=(600, 60),
    public_url="https://hooks.example.com",
    allow_from=["192.0.2.0/24"],
    max_body=1024,
    limits=Limits(candidates=4),
    decoder=lambda body: body.decode(),
    around=plain,
    clock=lambda: 0.0,
)
around_event = Receiver(providers.token, secret="a", around=with_event)
around_class = Receiver(providers.token, secret="a", around=Scope)
assert_type(whole.methods, tuple[str, ...])
assert_type(whole.source, str)
assert_type(whole.max_body, int)


# `on` gives back the very function that it decorates.


@github.on("push")
def pushed(event: Event) -> None:
    assert_type(event, Event[Any])
    assert_type(event.type, str)
    assert_type(event.id, str | None)
    assert_type(event.delivery_id, str | None)
    assert_type(event.time, float | None)
    assert_type(event.request, Request)
    assert_type(event.request.body, bytes)
    assert_type(event.verdict, Verdict)
    assert_type(event.verdict.age, float | None)
    assert_type(event.payload, Any)


@github.on("pull_request.*", "issues", when=lambda event: event.payload["a"], name="both")
def counted(event: Event, times: int = 1) -> int:
    return times


@rotated.on("invoice.paid")
async def paid(event: Event[Invoice]) -> dict[str, str]:
    assert_type(event.payload, Invoice)
    assert_type(event.payload["total"], int)
    return {"id": event.payload["id"]}


@on("invoice.paid", "invoice.voided")
def marked(event: Event[Invoice]) -> Response:
    return Response(200, event.payload["id"])


@github.on("*")
def text(event: Event[str]) -> str:
    return event.payload.upper()


class Billing:
    @on("invoice.paid")
    def paid(self, event: Event[Invoice]) -> str:
        return event.payload["id"]

    @on("invoice.voided")
    @staticmethod
    def voided(event: Event[Invoice]) -> None: ...


router = Router()


@router.on("push")
def routed(event: Event) -> bytes:
    return event.request.body


def called_as_plain_functions(event: Event, invoice: Event[Invoice]) -> None:
    assert_type(counted(event, times=2), int)
    assert_type(marked(invoice), Response)
    assert_type(text(event), str)
    assert_type(Billing().paid(invoice), str)
    assert_type(routed(event), bytes)
    github.on("ping")(print)


async def called_as_a_coroutine(invoice: Event[Invoice]) -> None:
    assert_type(await paid(invoice), dict[str, str])


# Handlers come from functions, modules, objects and Routers.


def collected(module: ModuleType, more: Iterable[object]) -> None:
    Receiver(providers.stripe, secret="a", handlers=[marked, module, Billing(), router])
    Receiver(providers.stripe, secret="a", handlers=more)
    rotated.include(marked, module)
    router.include(marked)


# What it gives.


def handled(request: Request) -> None:
    assert_type(github.handle(request), Response)
    assert_type(github.handle(request).headers, tuple[tuple[str, str], ...])
    assert_type(str(github.explain(request, others=[rotated])), str)


async def handled_async(request: Request) -> None:
    assert_type(await github.handle_async(request), Response)


def events_of_a_test(request: Request) -> None:
    event = Event("invoice.paid", Invoice(id="in_1", total=5), request, Verdict(0))
    assert_type(event, Event[Invoice])
    marked(event)
