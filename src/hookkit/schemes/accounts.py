"""Credentials for a provider's API, where it is not open to all: `ApiKey`, `ClientCredentials`."""

from __future__ import annotations

from base64 import b64encode
from typing import Protocol

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, KeyUnavailable
from hookkit.messages import Request, Response
from hookkit.places import Pointer
from hookkit.schemes.base import Fetch, read_answer
from hookkit.values import field, value

__all__ = ["Account", "ApiKey", "ClientCredentials"]


class Account(Protocol):
    """Credentials, and how to ask with them."""

    @property
    def hosts(self) -> frozenset[str]:
        """Names of the hosts that it asks for itself."""
        ...

    def ask(self, request: Request, fetch: Fetch) -> Response:
        """The answer, whatever its status says of what was asked for.

        Raises:
            KeyUnavailable: there is none, or the credentials are refused.
        """
        ...


@value
class ApiKey:
    """A fixed key, sent as a bearer token."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        _check(self.text)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset()

    def ask(self, request: Request, fetch: Fetch) -> Response:
        return _accepted(fetch(_bearing(request, self.text)))


@value
class ClientCredentials:
    """An application's id and secret, for which there are tokens (RFC 6749 section 4.4).

    `fetch` remembers the token; one that is refused is replaced once.

    Args:
        url: where tokens are given.
        client_id, client_secret: as the provider shows them.
        scope: that the token is asked for.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    def __post_init__(self) -> None:
        _check(self.client_id)
        _check(self.client_secret)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({self.url.split("/")[2]})

    def ask(self, request: Request, fetch: Fetch) -> Response:
        question = self._question()
        token = read_answer(question, fetch, _token)
        response = fetch(_bearing(request, token))
        if response.status != 401:
            return _accepted(response)
        newer = _token(fetch(question.with_header("Cache-Control", "no-cache")))
        return _accepted(response if newer == token else fetch(_bearing(request, newer)))

    def _question(self) -> Request:
        from urllib.parse import urlencode  # 11 ms, where it is not loaded yet

        fields = {
            "grant_type": "client_credentials",
            **({"scope": self.scope} if self.scope else {}),
        }
        pair = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        return Request("POST", headers, urlencode(fields).encode(), url=self.url)


def _token(response: Response) -> str:
    try:
        answer = decode_json(_accepted(response).body, standard_decoder)
    except BadBody:
        raise KeyUnavailable("its host answered something else than JSON for a token") from None
    token = Pointer("/access_token").find(Request(), answer)
    if response.status >= 400 or not isinstance(token, str) or not _plain(token):
        raise KeyUnavailable("its host gave no token")
    return token


def _bearing(request: Request, token: str) -> Request:
    return request.with_header("Authorization", f"Bearer {token}")


def _accepted(response: Response) -> Response:
    if response.status in (401, 403):
        raise KeyUnavailable("its host refused the credentials; look at what using() was given")
    return response


def _check(text: object) -> None:
    if not isinstance(text, str) or not _plain(text):
        raise ConfigError("credentials for an API are text without blanks; is the variable set?")


def _plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
