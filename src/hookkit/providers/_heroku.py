"""Heroku app webhooks.

Sources: getsentry/sentry: heroku release webhook; public receivers citing
devcenter.heroku.com/articles/app-webhooks#securing-webhook-requests;
https://devcenter.heroku.com/articles/app-webhooks.
"""

from hookkit.places import Header, Joined, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

heroku = Provider(
    name="heroku",
    display="Heroku app webhooks",
    docs="https://devcenter.heroku.com/articles/app-webhooks",
    scheme=HMAC(signature=Header("Heroku-Webhook-Hmac-SHA256"), encoding="base64"),
    event_type=Joined(Pointer("/resource"), Pointer("/action"), by=":"),
    separator=":",
    sure="third party",
)
