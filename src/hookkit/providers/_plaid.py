"""Plaid. Its keys are asked for with your API credentials, or given as ``secret={key id: JWK}``.

Sources: https://plaid.com/docs/api/webhooks/webhook-verification/; plaid/plaid-python.
"""

import json
import re
from collections.abc import Mapping, Sequence

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, KeyUnavailable, MalformedCredential
from hookkit.messages import Request, Response
from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes.base import Fetch, read_answer
from hookkit.schemes.tokenkeys import TokenKey, check_installed, key_id_of, read_jwk
from hookkit.schemes.tokens import JWT, Claim, HashOf
from hookkit.values import field, fields, value

_HOSTS = {"production": "production.plaid.com", "sandbox": "sandbox.plaid.com"}

_UNKNOWN = "INVALID_WEBHOOK_VERIFICATION_KEY_ID"
"""Plaid's word for a key id that is none of theirs; any other error is ours, or theirs."""

_is_key_id = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch


@value(kw_only=True)
class AskingJWT(JWT):
    """A token whose key is asked for by its id, with the credentials of Plaid's API."""

    client_id: str = field(repr=False)
    api_secret: str = field(repr=False)
    host: str

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({self.host})

    def keyring(self, fetch: Fetch) -> "Asked":
        return Asked(self, fetch)


class Asked:
    """What asks Plaid for keys. Its repr shows no credentials."""

    __slots__ = ("_fetch", "_scheme")

    def __init__(self, scheme: AskingJWT, fetch: Fetch) -> None:
        check_installed(scheme.algorithms)
        self._scheme = scheme
        self._fetch = fetch

    def candidates(self, header: Mapping[str, object], now: float) -> Sequence[TokenKey]:
        key_id = key_id_of(header)
        if key_id is None or _is_key_id(key_id) is None:
            raise MalformedCredential
        jwk = self._jwk(key_id)
        if jwk is None or _expired(jwk, now):
            return ()
        key = read_jwk(jwk, self._scheme.algorithms)
        return () if key is None or key.header.get("kid") != key_id else (key,)

    def signer(self) -> TokenKey:
        raise ConfigError("signing needs the private key: give it as the secret")

    def _jwk(self, key_id: str) -> Mapping[str, object] | None:
        """The key of this id, or ``None`` where Plaid knows none."""
        asked = {
            "client_id": self._scheme.client_id,
            "secret": self._scheme.api_secret,
            "key_id": key_id,
        }
        url = f"https://{self._scheme.host}/webhook_verification_key/get"
        headers = {"Content-Type": "application/json"}
        question = Request("POST", headers, json.dumps(asked).encode(), url=url)
        return read_answer(question, self._fetch, _read_jwk)


def _read_jwk(answer: Response) -> Mapping[str, object] | None:
    try:
        found = decode_json(answer.body, standard_decoder)
    except BadBody:
        raise KeyUnavailable from None
    said = found if isinstance(found, dict) else {}
    if said.get("error_code") == _UNKNOWN:
        return None
    jwk = said.get("key")
    if answer.status >= 400 or not isinstance(jwk, dict):
        raise KeyUnavailable
    return jwk


def _expired(jwk: Mapping[str, object], now: float) -> bool:
    at = jwk.get("expired_at")
    return isinstance(at, int | float) and now >= at


_TOKEN = JWT(
    token=Header("Plaid-Verification"),
    algorithms=("ES256",),
    claims=(HashOf("request_body_sha256"),),
    required=("iat",),
    tolerance=300,
)


def _configured(
    provider: Provider, *, client_id: str, secret: str, environment: str = "production"
) -> Provider:
    if environment not in _HOSTS:
        raise ConfigError(f"environment={environment!r}: write one of {', '.join(_HOSTS)}")
    declared = {each.name: getattr(_TOKEN, each.name) for each in fields(_TOKEN) if each.init}
    scheme = AskingJWT(**declared, client_id=client_id, api_secret=secret, host=_HOSTS[environment])
    return provider.replace(scheme=scheme)


plaid = Provider(
    name="plaid",
    display="Plaid",
    docs="https://plaid.com/docs/api/webhooks/webhook-verification/",
    scheme=_TOKEN,
    event_type=Joined(Pointer("/webhook_type"), Pointer("/webhook_code")),
    takes={
        "client_id": "of your Plaid account, to ask for keys where no secret is given",
        "secret": "of Plaid's API, beside the client_id",
        "environment": "production (the default) or sandbox",
    },
    configure=_configured,
    key_id=Claim(Header("Plaid-Verification"), "/kid", part="header"),
    timeout=10,
    retries="for up to 24 h: after 30 s, then each wait 4 times as long",
    retry_horizon=24 * 3600.0,
)
