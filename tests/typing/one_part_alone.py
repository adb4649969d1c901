"""Checked by mypy and pyright, never run: a Verifier, a Parser or a Router without the rest."""

from typing import Any, assert_type

from hookkit import (
    Event,
    Headers,
    HookkitError,
    Parser,
    Request,
    Response,
    Router,
    Unauthorized,
    Verdict,
    Verifier,
    providers,
)

request = Request("POST", {"X-Hub-Signature-256": "sha256=0"}, b"{}", url="https://h.example/")
pairs = Request(headers=[("A", "1"), ("A", "2")], url=lambda: "/", client=None)
assert_type(request.headers, Headers)
assert_type(request.headers.get("A"), str | None)
assert_type(request.path, str)
assert_type(request.with_header("A", "1"), Request)

verifier = Verifier(providers.github, secret="a")
try:
    verdict = verifier.verify(request)
except Unauthorized as refusal:
    assert_type(refusal.reason, str)
    assert_type(refusal.status, int)
except HookkitError:
    raise
else:
    assert_type(verdict, Verdict)
    assert_type(verdict.key, int)

assert_type(verifier.sign(request), Request)
assert_type(verifier.sign(request, message_id="msg_1"), Request)
explanation = verifier.explain(request, others=[verifier])
assert_type(explanation.accepted, bool)
assert_type(explanation.headline, str)

events = Parser(providers.github).parse(request)
assert_type(events, list[Event[Any]])

router = Router(separator=".")
outcome = router.run(events[0])
assert_type(outcome.result, object)
for handler in router.match(events[0]):
    assert_type(handler.name, str)

Response(200, "text", {"A": "1"}, content_type="text/plain")
Response(200, b"bytes", [("A", "1"), ("A", "2")])
