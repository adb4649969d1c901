"""PayU (EMEA, OpenPayU).

Sources: PayU-EMEA/openpayu_php:lib/OpenPayU/Util.php.
"""

from hookkit.errors import ConfigError
from hookkit.places import First, Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.digest import Digest
from hookkit.values import replace

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
"""As the signature's header names them, to ours."""


def _layout(name: str) -> str:
    return f"signature={{signature}};algorithm={name};content=DOCUMENT"


_SCHEME = Digest(
    signature=First(Header("OpenPayu-Signature"), Header("X-OpenPayU-Signature")),
    algorithm="md5",
    layout=_layout("MD5"),
    signs="{body}{secret}",
)


def _configured(provider: Provider, *, algorithm: str) -> Provider:
    if algorithm not in ALGORITHMS:
        raise ConfigError(f"payu: algorithm= is one of {', '.join(ALGORITHMS)}")
    scheme = replace(_SCHEME, algorithm=ALGORITHMS[algorithm], layout=_layout(algorithm))
    return provider.replace(scheme=scheme)


payu = Provider(
    name="payu",
    display="PayU (EMEA, OpenPayU)",
    scheme=_SCHEME,
    event_type=Pointer("/order/status"),
    separator="_",
    takes={"algorithm": "what your shop signs with, where it is not MD5: SHA-256 or SHA-1"},
    configure=_configured,
    unique_bodies=True,  # it says the order and what became of it
)
