"""Veriff.

Sources: https://devdocs.veriff.com/docs/hmac-authentication-and-endpoint-security (opening:
header, body signed with the shared secret).
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

veriff = Provider(
    name="veriff",
    display="Veriff",
    docs="https://devdocs.veriff.com/docs/hmac-authentication-and-endpoint-security",
    scheme=HMAC(signature=Header("x-hmac-signature")),
)
