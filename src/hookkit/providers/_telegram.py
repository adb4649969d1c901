"""Telegram Bot API.

Sources: https://core.telegram.org/bots/api#setwebhook;
tdlib/telegram-bot-api:telegram-bot-api/WebhookActor.cpp;
tdlib/telegram-bot-api:telegram-bot-api/WebhookActor.h.
"""

from hookkit.messages import Request
from hookkit.places import Header, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import Token
from hookkit.values import value


@value
class _Kind:
    """The update's kind is the key beside update_id: message, callback_query, ..."""

    def find(self, request: Request, payload: object) -> object:
        keys = payload if isinstance(payload, dict) else ()
        return next((key for key in keys if key != "update_id"), None)

    def in_words(self) -> str:
        return "the key beside update_id in the body"


telegram = Provider(
    name="telegram",
    display="Telegram Bot API",
    docs="https://core.telegram.org/bots/api#setwebhook",
    scheme=Token(Header("X-Telegram-Bot-Api-Secret-Token")),
    event_type=_Kind(),
    event_id=Number(Pointer("/update_id")),
    delivery_id=Number(Pointer("/update_id")),
    separator="_",
    retries=(
        "each update is retried with doubling waits up to 60-120 s until the update expires "
        "(24 h); a Retry-After header is honoured up to 3600 s; 410 for 23 h closes the "
        "webhook"
    ),
)
