import pytest

from hookkit import ConfigError, Limits, Provider, Query, Receiver, Request, Token, providers
from hookkit.errors import MissingCredential
from hookkit.schemes.base import Scheme
from hookkit.schemes.nothing import Nothing

NOTHING: Scheme[object] = Nothing()


def test_it_covers_nothing():
    """And says so wherever a scheme is asked."""
    assert NOTHING.family == "none"
    assert NOTHING.header is None
    assert not NOTHING.signs_url
    assert not any(NOTHING.covers(part) for part in ("body", "timestamp", "id", "url"))


@pytest.mark.parametrize("keys", [(), (b"s3cret",)], ids=["no key", "a key"])
def test_it_refuses_whatever_comes(keys):
    """A receiver that was built with it by mistake answers 401 to all."""
    with pytest.raises(MissingCredential):
        NOTHING.verify(Request(headers={"Authorization": "s3cret"}), keys, 0.0, Limits())
    assert "proves nothing" in NOTHING.steps(Request(), keys, Limits())[0].found


def test_no_receiver_is_built_with_it():
    """The error says what to give instead; signing says so as well."""
    with pytest.raises(ConfigError, match="give a scheme"):
        Receiver(Provider(name="acme", scheme=Nothing()), secret="s3cret")
    with pytest.raises(ConfigError, match="give a scheme"):
        NOTHING.sign(Request(), object(), 0.0, "")


SENDERS = [name for name in providers.names() if getattr(providers, name).scheme.family == "none"]


@pytest.mark.parametrize("name", SENDERS)
def test_a_sender_that_proves_nothing_is_not_received_as_it_stands(name):
    """The error says what to do, and what it says is right."""
    provider = getattr(providers, name)
    with pytest.raises(ConfigError, match=r"\.using\(scheme=Token\(Query\(\"token\"\)\)\)"):
        Receiver(provider, secret="s3cret")
    with pytest.raises(ConfigError, match="scheme= is one such as"):
        provider.using(scheme="token")
    receiver = Receiver(provider.using(scheme=Token(Query("token"))), secret="s3cret")
    assert receiver.handle(Request(url="/in?token=s3cret")).status != 401
    assert receiver.handle(Request(url="/in?token=other")).status == 401


def test_there_are_such_senders():
    """Else the test above would test nothing."""
    assert "docker_hub" in SENDERS
