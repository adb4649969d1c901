"""WeChat Official Accounts, in plain mode.

Sources: wechatpy (PyPI, third party): utils.py check_signature and WeChatSigner.
"""

from hookkit.formats import XML
from hookkit.handshake import Handshake
from hookkit.messages import Request, Response
from hookkit.places import First, Joined, Pointer, Query
from hookkit.provider import Provider
from hookkit.schemes.digest import Digest
from hookkit.schemes.template import SECRET
from hookkit.values import value


@value
class _Parts:
    """Token, time and nonce, not in order yet: where the token goes depends on what it is."""

    def covers(self, part: str) -> bool:
        return part in ("secret", "timestamp", "id")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        return [SECRET, timestamp, message_id]


@value(kw_only=True)
class _SortedDigest(Digest):
    """A plain hash of the parts in the order of their bytes."""

    def make(self, key: bytes, text: list[bytes]) -> bytes:
        parts = sorted(key if part is SECRET else part for part in text)
        return super().make(key, parts)


wechat = Provider(
    name="wechat",
    display="WeChat Official Account",
    scheme=_SortedDigest(
        signature=Query("signature"),
        algorithm="sha1",
        signs=_Parts(),
        timestamp=First(Query("timestamp")),
        id=First(Query("nonce")),
    ),
    accepts=(XML(),),
    event_type=Joined(Pointer("/MsgType"), Pointer("/Event")),
    event_id=Pointer("/MsgId"),
    event_time=Pointer("/CreateTime"),
    handshakes=(
        Handshake(
            signed=True, asks=((Query("echostr"), None),), echo=Query("echostr"), method="GET"
        ),
    ),
    acknowledgement=Response(200, "success"),
    timeout=5,
    sure="third party",
    further_gaps=(
        "which of the signed parts is which: token, time and nonce are sorted and joined",
        "encrypted mode, which is not supported: set the account to plain mode",
    ),
)
