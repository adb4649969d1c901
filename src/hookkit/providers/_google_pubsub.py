"""Google Pub/Sub push.

Sources: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions;
https://cloud.google.com/pubsub/docs/push.
"""

from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import Equals, PublishedJWT, with_claims


def _configured(provider: Provider, *, audience: str, email: str) -> Provider:
    # Without the address any Google account could have a token made for this audience.
    named = (Equals("aud", audience), Equals("email", email), Equals("email_verified", True))  # noqa: FBT003  # the claim says true
    return provider.replace(scheme=with_claims(provider.scheme, *named))


google_pubsub = Provider(
    name="google_pubsub",
    display="Google Pub/Sub push",
    docs="https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
    scheme=PublishedJWT(
        token=Header("Authorization"),
        word="Bearer",
        algorithms=("RS256",),
        claims=(Equals("iss", "https://accounts.google.com"),),
        required=("iat", "exp"),
        lifetime=3600,
        keys_at="https://www.googleapis.com/oauth2/v3/certs",
    ),
    event_id=Pointer("/message/messageId"),
    delivery_id=Pointer("/message/messageId"),
    event_time=Pointer("/message/publishTime"),
    time_unit="rfc3339",
    changes_each_try=("/deliveryAttempt",),  # there with a dead-letter topic
    needs={
        "audience": "as set for the subscription; where none is set, the push URL",
        "email": "of the service account that pushes",
    },
    configure=_configured,
    retries="10 to 600 s apart, until acknowledged or the retention ends (7 days)",
    retry_horizon=7 * 24 * 3600.0,
    further_gaps=("the token: it is good for up to an hour, for any body, at this audience",),
)
