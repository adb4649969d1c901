"""Ways to authenticate a request, one module a family.

A scheme is a frozen value that knows how to `verify` and to `sign`; the secret and the clock are
handed to it.
"""

from hookkit.schemes.asymmetric import ECDSA as ECDSA
from hookkit.schemes.asymmetric import RSA as RSA
from hookkit.schemes.asymmetric import Ed25519 as Ed25519
from hookkit.schemes.base import Scheme as Scheme
from hookkit.schemes.base import Step as Step
from hookkit.schemes.base import Verdict as Verdict
from hookkit.schemes.credentials import Basic as Basic
from hookkit.schemes.credentials import Bearer as Bearer
from hookkit.schemes.credentials import Token as Token
from hookkit.schemes.digest import Digest as Digest
from hookkit.schemes.mac import HMAC as HMAC
