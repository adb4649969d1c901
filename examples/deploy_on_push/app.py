"""GitHub's pushes come in, a worker builds them, a page shows how, and GitHub is told how they ended."""

from __future__ import annotations

import json
import os
import re
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
from builds import DATA, Push, alone, build, log_of, number, setting
from flask import Flask, Response, abort, render_template

from hookkit import Backoff, Event, Inbox, Pointer, Receiver, Request, providers

SHOWN = 30
"""Pushes on the page."""

SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

STATES = {"skipped": "replaced", "dead": "given up"}
"""Of a push that was not built, in words of this application."""

is_branch = re.compile(r"refs/heads/[^\x00-\x20\x7f]{1,200}").fullmatch
# It goes to git: hexadecimal, so it can be no option.
is_commit = re.compile(r"(?!0*$)([0-9a-f]{40}|[0-9a-f]{64})").fullmatch

REPOSITORY = setting("REPOSITORY")
STATUSES = f"{setting('API_URL').rstrip('/')}/repos/{REPOSITORY}/statuses"
API_TOKEN = os.environ.get("API_TOKEN", "")
LEASE = number("LEASE", 1, 86400)

patient = Backoff(attempts=20, first=number("RETRY_SECONDS", 0, 600), factor=2.0, cap=600.0)
store = f"sqlite:///{DATA}/hooks.db"
inbox = Inbox(store, lease=LEASE, backoff=patient)
github = Receiver(providers.github, secret=setting("GITHUB_SECRET"), inbox=inbox)
# How a build ended is an event, too: kept once, and told until GitHub has heard it. None come from outside.
# The inbox is another view of the same file, with workers of its own, so that no report waits for a build.
outbox = Inbox(store, lease=LEASE, backoff=patient)
own = providers.token.replace(event_id=Pointer("/push"))
results = Receiver(own, source="results", secret=secrets.token_hex(), inbox=outbox)


def pushed(event: Event) -> Push | None:
    """What is to be built; ``None`` for a tag, a deleted branch, another repository, or no push at all."""
    match event.payload:
        case {"ref": str(ref), "after": str(commit), "repository": {"full_name": str(name)}}:
            ours = name.casefold() == REPOSITORY.casefold()
            if ours and is_branch(ref) and is_commit(commit):
                return Push(ref.removeprefix("refs/heads/"), commit)
    return None


# One build per branch at a time, in the order of the pushes; one that waits gives way to a newer.
@github.on("push", when=pushed, ordered_by=Pointer("/ref"), stale="latest")
def deploy(event: Event) -> None:
    push, receipt = pushed(event), event.receipt
    assert push is not None and receipt is not None  # noqa: PT018  # both are the case here
    with alone(push.branch) as place:
        if result(receipt) is None:  # or the process ended right after the build
            conclude(receipt, push, build(push, place, receipt))


def conclude(receipt: int, push: Push, state: str) -> None:
    body = json.dumps({"push": str(receipt), "commit": push.commit, "state": state}).encode()
    request = Request("POST", {"Content-Type": "application/json"}, body)
    reply = results.handle(results.verifier.sign(request))
    if reply.status != 200:
        raise RuntimeError(f"the result of push {receipt} is not kept")


def result(receipt: int) -> str | None:
    found = outbox.feed.find(source="results", event_id=str(receipt), most=1)
    return str(found[0].payload["state"]) if found else None


# In order, should two branches have one commit; and what has an order is found as soon as it is accepted.
@results.on("*", ordered_by=Pointer("/commit"))
def report(event: Event) -> None:
    """Tell GitHub. Where that fails, it is tried again, and nothing is built again."""
    if not API_TOKEN:
        return
    state = event.payload["state"]
    status = {
        "state": "success" if state == "passed" else "failure",
        "description": state,
        "context": "deploy_on_push",
    }
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    url = f"{STATUSES}/{event.payload['commit']}"
    httpx.post(url, headers=headers, json=status, timeout=10).raise_for_status()


class Shown(NamedTuple):
    receipt: int
    push: Push
    at: datetime
    state: str
    attempts: int
    error: str


def shown(event: Event) -> Shown | None:
    """A push and what became of it."""
    push = pushed(event)
    kept = inbox.deliveries.show(event.receipt or 0)
    works = kept.events[0].works if kept and kept.events else ()
    if push is None or kept is None or not works:
        return None
    work = works[0]
    waiting = "building" if work.leased else STATES.get(work.state, work.state)
    state = result(kept.receipt) or waiting
    error = work.error if work.state in ("waiting", "dead") else ""
    at = datetime.fromtimestamp(kept.arrival.received_at, UTC)
    return Shown(kept.receipt, push, at, state, work.attempts, error)


app = Flask(__name__)


@app.get("/")
def index() -> str:
    pushes = filter(None, map(shown, inbox.feed.find(source="github", type="push", most=SHOWN)))
    return render_template("index.html", repository=REPOSITORY, pushes=list(pushes))


@app.get("/pushes/<int(max=999999999999):receipt>")
def one(receipt: int) -> str:
    found = next(filter(None, map(shown, inbox.feed.after(receipt - 1, 1))), None)
    if found is None or found.receipt != receipt:
        abort(404)
    return render_template("push.html", each=found, log=log_of(receipt))


@app.after_request
def safe(response: Response) -> Response:
    response.headers.update(SAFE)
    return response


app.wsgi_app = github.wrap(app.wsgi_app, path="/webhooks/github")
