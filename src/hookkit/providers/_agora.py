"""Agora notification center.

Sources: Agora server sample test (NcsControllerTest: header, fields; secret not shown); public
receivers found by header name;
https://docs.agora.io/en/realtime-media/video/build/optimize-and-operate/receive-notifications.
"""

from hookkit.places import Header, Joined, Number, Pointer
from hookkit.provider import Provider
from hookkit.schemes import HMAC

agora = Provider(
    name="agora",
    display="Agora notification center",
    docs="https://docs.agora.io/en/realtime-media/video/build/optimize-and-operate/receive-notifications",
    scheme=HMAC(signature=Header("Agora-Signature-V2")),
    event_type=Joined(Number(Pointer("/productId")), Number(Pointer("/eventType")), by=":"),
    event_id=Pointer("/noticeId"),
    separator=":",
    timeout=10,
    retries="3 more times: at once, then ever more slowly",
    signed_ids=True,
    sure="third party",
)
