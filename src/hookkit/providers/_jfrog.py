"""JFrog Artifactory / Platform.

Sources: jfrog/terraform-provider-artifactory docs: use_secret_for_signing; public receivers found
by header name; https://docs.jfrog.com/integrations/docs/predefined-webhooks.
"""

from hookkit.errors import ConfigError
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC, Token


def _configured(provider: Provider, *, mode: str = "signature") -> Provider:
    if mode == "signature":
        return provider
    if mode == "token":
        return provider.replace(scheme=Token(Header("X-JFrog-Event-Auth")))
    raise ConfigError('jfrog: mode= is "signature" or "token"')


jfrog = Provider(
    name="jfrog",
    display="JFrog Artifactory / Platform",
    docs="https://docs.jfrog.com/integrations/docs/predefined-webhooks",
    scheme=HMAC(signature=Header("X-JFrog-Event-Auth")),
    event_type=Pointer("/event_type"),
    takes={"mode": "token, where JFrog sends the secret itself and signs nothing"},
    configure=_configured,
)
