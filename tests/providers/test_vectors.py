"""Every provider against its vectors: requests from its documents, its SDKs, and changed ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hookkit import ConfigError, RequestError, Unauthorized, providers
from hookkit.errors import KeyUnavailable
from tests.providers.building import receiver_of, request_of

HERE = Path(__file__).parent

Vector = dict[str, Any]

VECTORS: dict[str, list[Vector]] = {
    path.stem: json.loads(path.read_bytes()) for path in sorted(HERE.glob("*.json"))
}
ALL = [
    pytest.param(name, vector, id=f"{name}-{vector['case']}")
    for name, vectors in VECTORS.items()
    for vector in vectors
]
USABLE = [each for each in ALL if each.values[1].get("secret") != ""]
MISCONFIGURED = [each for each in ALL if each not in USABLE]
QUESTIONS = [
    each
    for each in USABLE
    if "reply_status" in each.values[1]["expect"] and "count" not in each.values[1]["expect"]
]
DELIVERIES = [each for each in USABLE if each not in QUESTIONS]
ACCEPTED = [each for each in DELIVERIES if each.values[1]["expect"]["verified"]]
UNDECIDED = [
    each
    for each in DELIVERIES
    if (each.values[1]["expect"].get("reason") or "").startswith("remote-unavailable")
]
REFUSED = [each for each in DELIVERIES if each not in ACCEPTED and each not in UNDECIDED]

IDENTITY = {"event_type": "type", "event_id": "id", "delivery_id": "delivery_id"}
"""What a vector calls it, to the attribute of an event."""

BODY_IS_NO_PAYLOAD = {("bitbucket_cloud", "valid")}
"""Published for the signature alone: the text Hello World!, with the headers of an event."""


@pytest.mark.parametrize(("name", "vector"), ACCEPTED)
def test_verifies(name: str, vector: Vector) -> None:
    """What the provider signed is verified, and the signed time is found."""
    verdict = receiver_of(name, vector).verifier.verify(request_of(vector))
    signed = vector["expect"].get("timestamp")
    if verdict.timestamp is not None and signed is not None:
        assert verdict.timestamp == pytest.approx(signed, abs=1)  # some have fractions of a second


@pytest.mark.parametrize(("name", "vector"), REFUSED)
def test_refuses(name: str, vector: Vector) -> None:
    """What the provider did not sign is refused, and the receiver gives the common 401."""
    receiver = receiver_of(name, vector)
    with pytest.raises(Unauthorized):
        receiver.verifier.verify(request_of(vector))
    request = request_of(vector)
    answer = receiver.handle(request)
    if request.method in receiver.methods:
        assert (answer.status, answer.body) == (401, receiver.provider.refusal)
    else:
        assert answer.status == 405


@pytest.mark.parametrize(("name", "vector"), UNDECIDED)
def test_asks_to_send_again(name: str, vector: Vector) -> None:
    """What cannot be judged at the moment is neither accepted nor refused."""
    receiver = receiver_of(name, vector)
    with pytest.raises(KeyUnavailable):
        receiver.verifier.verify(request_of(vector))
    assert receiver.handle(request_of(vector)).status == 503


@pytest.mark.parametrize(("name", "vector"), ACCEPTED)
def test_finds_event(name: str, vector: Vector) -> None:
    """Type and ids are found; an authentic request without them gets a 4xx and never a 5xx."""
    request, expect = request_of(vector), vector["expect"]
    receiver = receiver_of(name, vector)
    answer = receiver.handle(request)
    try:
        events = receiver.parser.parse(request, receiver.verifier.verify(request))
    except RequestError:
        assert expect.get("event_type") is None or (name, vector["case"]) in BODY_IS_NO_PAYLOAD
        assert answer.status in (400, 405, 415)
        return
    assert answer.status == expect.get("reply_status", receiver.provider.acknowledgement.status)
    assert answer.body == expect.get("reply_body", answer.body.decode()).encode()
    assert len(events) == expect.get("count", len(events))
    for event in events[:1]:
        found = {
            key: getattr(event, IDENTITY[key]) for key in IDENTITY if expect.get(key) is not None
        }
        assert found == {key: str(expect[key]) for key in found}


@pytest.mark.parametrize(("name", "vector"), QUESTIONS)
def test_answers_handshake(name: str, vector: Vector) -> None:
    """A set-up question hears what the provider wants to hear, and runs no handler."""
    receiver, heard = receiver_of(name, vector), []
    receiver.on("*")(heard.append)
    answer = receiver.handle(request_of(vector))
    assert answer.status == vector["expect"]["reply_status"]
    if "reply_body" in vector["expect"]:
        assert answer.body == vector["expect"]["reply_body"].encode()
    fields = dict(answer.headers)
    wanted = vector["expect"].get("reply_headers", {})
    assert {name: fields.get(name) for name in wanted} == wanted
    # Xero wants a delivery's reply empty, too, so that has a vector as well.
    assert heard == [] or not receiver.provider.handshakes


@pytest.mark.parametrize(("name", "vector"), MISCONFIGURED)
def test_empty_secret_is_refused(name: str, vector: Vector) -> None:
    """An empty secret would verify what anyone sends, so nothing is built with it."""
    with pytest.raises(ConfigError, match="empty"):
        receiver_of(name, vector)


def test_every_provider_has_vectors() -> None:
    """No provider without a file of its own, and no file without a provider."""
    assert sorted(VECTORS) == sorted(providers.names())


@pytest.mark.parametrize("name", providers.names())
def test_vectors_say_enough(name: str) -> None:
    """Right ones, wrong ones of several kinds, and for each where it comes from."""
    vectors = VECTORS[name]
    verdicts = [vector["expect"]["verified"] for vector in vectors]
    assert verdicts.count(True) >= 1
    assert verdicts.count(False) >= 3
    assert all(vector["origin"] for vector in vectors)
    assert len({vector["case"] for vector in vectors}) == len(vectors)
