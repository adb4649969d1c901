"""Persona.

Sources: https://docs.withpersona.com/v2022-09-01/docs/best-practices; skills.sh
hookdeck/webhook-skills persona-webhooks (rotation form).
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

persona = Provider(
    name="persona",
    display="Persona",
    docs="https://docs.withpersona.com/v2022-09-01/docs/best-practices",
    scheme=HMAC(
        signature=Header("Persona-Signature"),
        layout="t={timestamp},v1={signature} ...",
        signs="{timestamp}.{body}",
    ),
    event_type=Pointer("/data/attributes/name"),
    event_id=Pointer("/data/id"),
    signed_ids=True,
    unconfirmed=frozenset({"tolerance"}),
)
