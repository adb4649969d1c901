"""What the senders share that prove nothing: no receiver is built for them before one says how they shall."""

from collections.abc import Mapping
from types import MappingProxyType

from hookkit.errors import ConfigError
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme

__all__ = ["NEEDS", "with_scheme"]

NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "scheme": "it sends nothing that proves who it is, so put a token into the URL that you give it: "
        '.using(scheme=Token(Query("token")))'
    }
)


def with_scheme(provider: Provider, *, scheme: AnyScheme) -> Provider:
    """The provider with a scheme. Raises ConfigError where it is none."""
    if not hasattr(scheme, "verify"):
        raise ConfigError(f'{provider.name}: scheme= is one such as Token(Query("token"))')
    return provider.replace(scheme=scheme)
