"""CircleCI.

Sources: https://circleci.com/docs/outbound-webhooks.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

circleci = Provider(
    name="circleci",
    display="CircleCI",
    docs="https://circleci.com/docs/outbound-webhooks",
    scheme=HMAC(signature=Header("circleci-signature"), layout="v1={signature},..."),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/happened_at"),
    time_unit="rfc3339",
    separator="-",
    timeout=5,
    retries="yes, schedule not public; timeout 5 s",
    signed_ids=True,
)
