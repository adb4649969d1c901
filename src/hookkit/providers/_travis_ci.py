"""Travis CI.

Source: https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests.
"""

from collections.abc import Sequence

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import BadBody, ConfigError, MalformedCredential, WrongCredential
from hookkit.formats import Form
from hookkit.messages import Request
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.schemes.published import KeyPage
from hookkit.schemes.template import Content
from hookkit.values import replace, value

_PAYLOAD = Content("{field:/payload}")
_OWNER, _NAME = Pointer("/repository/owner_name"), Pointer("/repository/name")


@value
class _OfOurs:
    """The form's field with the payload, which is all that a handler gets; of these repositories only."""

    repositories: frozenset[str] = frozenset()

    def covers(self, part: str) -> bool:
        return part == "body"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        rendered = _PAYLOAD.render(request, timestamp, message_id, payload)
        if self._repository(request, rendered[0]) not in self.repositories:
            raise WrongCredential  # Travis signs for everyone's repositories with the same key
        return rendered

    def _repository(self, request: Request, text: bytes) -> str:
        try:
            build = decode_json(text, standard_decoder)
        except BadBody:
            raise MalformedCredential from None
        return f"{_OWNER.find(request, build)}/{_NAME.find(request, build)}"


def _configured(provider: Provider, *, repositories: Sequence[str]) -> Provider:
    if isinstance(repositories, str) or not all(each.count("/") == 1 for each in repositories):
        raise ConfigError('travis_ci: repositories= is a list, such as ["owner/name"]')
    content = _OfOurs(frozenset(repositories))
    return provider.replace(scheme=replace(provider.scheme, signs=content))


travis_ci = Provider(
    name="travis_ci",
    display="Travis CI",
    docs="https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests",
    scheme=RSA(
        signature=Header("Signature"),
        signs=_OfOurs(),
        algorithm="sha1",
        encoding="base64",
        reads=Form(),
        published=KeyPage(
            "https://api.travis-ci.com/config",
            Pointer("/config/notifications/webhook/public_key"),
        ),
    ),
    accepts=(Form(json_field="payload"),),
    event_type=Pointer("/state"),
    # Of the build: one that is started again has the same.
    event_id=Number(Pointer("/id")),
    needs={
        "repositories": "whose builds are told of, as Travis signs everyone's with the same key"
    },
    configure=_configured,
    further_gaps=("SHA-1, as Travis has no other",),
    signed_ids=True,
    shared_ids=True,
)
