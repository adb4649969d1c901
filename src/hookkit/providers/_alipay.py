"""Alipay (asynchronous notifications, RSA2).

Source: alipay-sdk (npm): src/alipay.ts checkNotifySign, checkNotifySignV2, notifyRSACheck.
"""

from hookkit.errors import MalformedCredential, WrongCredential
from hookkit.formats import Form
from hookkit.messages import Request, Response
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.schemes import RSA
from hookkit.schemes.asymmetric import KeyPair
from hookkit.schemes.either import EitherText
from hookkit.values import replace, value

_APART = ("sign", "sign_type")


def _joined(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()


@value
class _Sorted:
    """The form's fields by name. Two texts: most products leave sign_type out, some sign it as well."""

    app_id: str | None = None

    def covers(self, part: str) -> bool:
        return part == "fields"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        fields = dict(payload) if isinstance(payload, dict) else {}
        # The algorithm is RSA2's, whatever a request says; and where it says another, that is not signed.
        if fields.get("sign_type") != "RSA2":
            raise MalformedCredential
        if self.app_id is not None and fields.get("app_id") != self.app_id:
            raise WrongCredential
        without = {name: fields[name] for name in fields if name not in _APART}
        return [_joined(without), _joined({**without, "sign_type": "RSA2"})]


@value(kw_only=True)
class _RSA2(EitherText[KeyPair], RSA):
    """RSA over either of two texts, which say the same."""


def _configured(provider: Provider, *, app_id: str) -> Provider:
    return provider.replace(scheme=replace(provider.scheme, signs=_Sorted(app_id)))


alipay = Provider(
    name="alipay",
    display="Alipay (asynchronous notifications)",
    scheme=_RSA2(signature=Pointer("/sign"), signs=_Sorted(), encoding="base64", reads=Form()),
    accepts=(Form(),),
    event_type=Pointer("/notify_type"),
    event_id=Pointer("/notify_id"),
    acknowledgement=Response(200, "success"),
    takes={"app_id": "of your application: notifications for any other are refused"},
    configure=_configured,
    further_gaps=(
        "whose order it is: compare app_id, seller_id, out_trade_no and total_amount with your own",
        "other charsets than UTF-8: such a form is refused",
    ),
    signed_ids=True,
)
