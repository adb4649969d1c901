"""Ways to authenticate a request, one module a family.

A scheme is a frozen value that knows how to `verify` and to `sign`; the secret and the clock are
handed to it. The families that few providers use are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module

from hookkit.hints import TYPE_CHECKING
from hookkit.schemes.base import Scheme as Scheme
from hookkit.schemes.base import Step as Step
from hookkit.schemes.base import Verdict as Verdict
from hookkit.schemes.credentials import Basic as Basic
from hookkit.schemes.credentials import Bearer as Bearer
from hookkit.schemes.credentials import Token as Token
from hookkit.schemes.mac import HMAC as HMAC

if TYPE_CHECKING:
    from hookkit.schemes.asymmetric import ECDSA as ECDSA
    from hookkit.schemes.asymmetric import RSA as RSA
    from hookkit.schemes.asymmetric import Ed25519 as Ed25519
    from hookkit.schemes.digest import Digest as Digest
    from hookkit.schemes.message_signatures import MessageSignature as MessageSignature
    from hookkit.schemes.tokens import JWT as JWT
    from hookkit.schemes.tokens import PublishedJWT as PublishedJWT
else:
    _LATER = {
        "ECDSA": "asymmetric",
        "RSA": "asymmetric",
        "Ed25519": "asymmetric",
        "Digest": "digest",
        "MessageSignature": "message_signatures",
        "JWT": "tokens",
        "PublishedJWT": "tokens",
    }

    def __getattr__(name: str) -> type:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        family = import_module(f"hookkit.schemes.{_LATER[name]}")
        globals()[name] = value = getattr(family, name)
        return value
