"""Checked by mypy and pyright, never run: a provider that nobody has heard of, and changes to one."""

import dataclasses
from typing import Any, assert_type

from hookkit import (
    HMAC,
    JSON,
    Basic,
    Bearer,
    Choice,
    First,
    Form,
    Handshake,
    Header,
    Joined,
    Pointer,
    Provider,
    Query,
    Raw,
    Receiver,
    Response,
    Text,
    Token,
    providers,
)
from hookkit.schemes import Scheme

acme = Provider(
    name="acme",
    docs="https://acme.example/webhooks",
    scheme=HMAC(
        algorithm="sha256",
        signature=Header("Acme-Signature"),
        layout="t={timestamp},v1={signature}",
        signs="{timestamp}.{body}",
    ),
    event_type=Pointer("/kind"),
    event_id=Pointer("/id"),
)

whole = Provider(
    name="whole",
    display="The whole",
    scheme=HMAC(
        signature=First(Header("X-New"), Header("X-Old")),
        layout=("v1,{signature} ...", "{signature}"),
        signs="{id}.{timestamp}.{body}",
        encoding="base64",
        key="whsec",
        timestamp=Header("X-Time"),
        id=Header("X-Id"),
        unit="ms",
        tolerance=(600, 60),
    ),
    accepts=(JSON(batch=True), Form(json_field="payload", optional=True), Text(), Raw(("*/*",))),
    event_type=Choice(
        on=Pointer("/type"), cases={"wrapped": Pointer("/inner/type")}, otherwise=Pointer("/type")
    ),
    event_id=First(Header("X-Id"), Pointer("/id")),
    delivery_id=Joined(Header("X-Id"), Header("X-Try"), by="/"),
    event_time=Pointer("/at"),
    time_unit="rfc3339",
    batch=Pointer("/events"),
    separator="/",
    handshakes=(
        Handshake(signed=True, asks=((Pointer("/type"), "ping"),), echo=Pointer("/challenge")),
        Handshake(signed=False, asks=((Query("challenge"), None),), method="GET"),
        Handshake(
            signed=False,
            asks=((Pointer("/type"), 1),),
            echo=Pointer("/token"),
            computed=lambda challenge, secret: {"hash": challenge + secret.hex()},
        ),
    ),
    max_body=1024,
    codings=frozenset({"gzip"}),
    acknowledgement=Response(204),
    refusal=b"",
    events=frozenset({"push"}),
    needs={"tolerance": "seconds"},
    timeout=10,
    retry_horizon=3600.0,
)

for scheme in (Token(Header("X-Token")), Token(Query("token")), Basic(), Bearer()):
    Provider(name="shared", scheme=scheme)

mine = providers.token.replace(scheme=Token(Header("X-My-Token")), event_type=Pointer("/event"))
assert_type(mine, Provider)
assert_type(whole.using(tolerance=60), Provider)
assert_type(acme.gaps, tuple[str, ...])
assert_type(providers.github, Provider)
assert_type(providers.names(), tuple[str, ...])

Receiver(acme, secret="a")

# To a type checker, and to `dataclasses`, places and schemes are dataclasses.


@dataclasses.dataclass(frozen=True)
class ShopToken(Token):
    shop: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShopHMAC(HMAC):
    shop: str


shops = Provider(name="shops", scheme=ShopToken(Header("X-Token"), shop="17"))
Provider(name="shops", scheme=ShopHMAC(signature=Header("X-Signature"), shop="17"))
assert_type(dataclasses.replace(acme.scheme, tolerance=60), Scheme[Any])
assert_type(dataclasses.replace(Header("X-Old"), name="X-New"), Header)
assert_type(dataclasses.replace(ShopToken(Header("X-Token")), shop="18"), ShopToken)
assert_type(dataclasses.asdict(acme), dict[str, Any])

match acme.event_type:
    case Pointer(path):
        assert_type(path, str)
