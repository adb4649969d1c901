"""Checked by mypy and pyright, never run: mistakes that both of them find.

An ignore that is not needed is an error under both, so each line that has one is refused by both.
tests/unit/test_typing.py has mypy say so without the ignores.
"""

# ruff: noqa: B018, F401 -- what is not used is the mistake
from hookkit import (
    HMAC,
    Event,
    Handshake,
    Header,
    Provider,
    Receiver,
    Request,
    Response,
    Token,
    Verifier,
    on,
    providers,
)


def misspelt() -> None:
    from hookkit import Reciever  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    from hookkit.providers import strpe  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


providers.githb  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

Receiver("github", secret="a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, "a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Receiver(providers.github, secert="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Receiver(providers.github, secret=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, secret=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, secret=lambda request: 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, secret="a", max_body="1 MiB")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, secret="a", allow_from=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
Receiver(providers.github, secret="a", tolerance="300")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

verifier = Verifier(providers.github, secret="a")
Verifier(providers.github)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
verifier.verify(b"body")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
verifier.verify(Request()).keys  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

HMAC(Header("X-Signature"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Header("X-A").name = "X-B"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
Header()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
HMAC(signature="X-Signature")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Token("X-Token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Handshake(asks=())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Provider(name="acme")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Provider(name="acme", scheme=HMAC)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Provider(name="acme", scheme=Token(Header("A")), event_type="/kind")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
providers.github.name = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

Request(body="text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Response("200")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Response(200, {"a": 1})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@on(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
def heard(event: Event) -> None: ...


@on("push")
def push(event: Event[str]) -> int:
    return event.payload  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


text: str = push(Event("push", "a", Request(), verifier.verify(Request())))  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
push("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
push(Event("push", 5, Request(), verifier.verify(Request())))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
