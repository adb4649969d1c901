"""HubSpot signature v2.

Sources: https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests;
hubspot-api-client 12.0.0 (PyPI): hubspot/utils/signature.py;
HubSpot/hubspot-api-php:tests/Unit/Utils/SignatureTest.php.
"""

from hookkit.formats import JSON
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Digest

hubspot_v2 = Provider(
    name="hubspot_v2",
    display="HubSpot signature v2",
    docs="https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    scheme=Digest(signature=Header("X-HubSpot-Signature"), signs="{secret}{method}{url}{body}"),
    accepts=(JSON(batch=True),),
    event_type=Pointer("/subscriptionType"),
    # By its pages not guaranteed to be unique.
    event_id=Number(Pointer("/eventId")),
    batch=Pointer(""),
    timeout=5,
    retries=("1 + up to 10 retries spread over 24 h, randomised; /N/attemptNumber counts from 0"),
    signed_ids=True,
    shared_ids=True,
    changes_each_try=("/*/attemptNumber",),
)
