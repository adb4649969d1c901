"""Contentful.

Sources: @contentful/node-apps-toolkit (npm): src/requests/sign-request.ts, utils.ts, verify-request.ts;
https://www.contentful.com/developers/docs/webhooks/request-verification/.
"""

from hookkit.errors import MalformedCredential
from hookkit.formats import JSON
from hookkit.limits import Limits
from hookkit.messages import Request, is_token
from hookkit.places import BLANKS, Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC
from hookkit.schemes.base import credential, wire_bytes
from hookkit.schemes.mac import Keyed
from hookkit.values import value

LIST = Header("x-contentful-signed-headers")
TIME = Header("x-contentful-timestamp")
LIMITS = Limits()
MOST = 64
"""Names in that list."""


def _signed_headers(request: Request) -> list[str]:
    """The names in the list. Raises Unauthorized where it leaves out the time or itself."""
    names = credential(LIST, request, LIMITS).split(",")
    bare = [name.strip(BLANKS) for name in names]
    if len(bare) > MOST or len(set(bare)) < len(bare) or not {LIST.name, TIME.name} <= set(bare):
        raise MalformedCredential
    if any(name != name.lower() or is_token(name) is None for name in bare):
        raise MalformedCredential
    return sorted(bare)


@value
class _Canonical:
    """Method, address, the headers that the request lists, and the body, line by line."""

    def covers(self, part: str) -> bool:
        return part in ("body", "timestamp", "method", "path", "query")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        headers = [
            wire_bytes(f"{name}:{credential(Header(name), request, LIMITS)}")
            for name in _signed_headers(request)
        ]
        lines = [
            request.method.encode("utf-8", "surrogatepass"),
            _address(request),
            b";".join(headers),
        ]
        return [b"\n".join(lines), b"\n", request.body]

    def in_words(self) -> str:
        return r"{method}\n{path} and {query}\nthe listed headers\n{body}"


def _address(request: Request) -> bytes:
    """Path and query as JavaScript's encodeURI writes them, the query escaped as one value before."""
    from urllib.parse import quote  # 11 ms to import, and only this sender asks

    query = quote(request.query, "-_.!~*'()", errors="surrogatepass")
    address = f"{request.path}?{query}" if query else request.path
    return quote(address, ";,/?:@&=+$-_.!~*'()#", errors="surrogatepass").encode()


@value(kw_only=True)
class _ListedHeaders(HMAC):
    """An HMAC that lists the headers that it covers."""

    def sign(self, request: Request, key: Keyed, now: float, message_id: str) -> Request:
        if LIST.find(request) is None:
            names = sorted({*(name for name, _ in request.headers.items()), LIST.name, TIME.name})
            request = request.with_header(LIST.name, ",".join(names))
        return super().sign(request, key, now, message_id)


contentful = Provider(
    name="contentful",
    display="Contentful",
    docs="https://www.contentful.com/developers/docs/webhooks/request-verification/",
    scheme=_ListedHeaders(
        signature=Header("x-contentful-signature"),
        signs=_Canonical(),
        timestamp=TIME,
        unit="ms",
        tolerance=30,
    ),
    accepts=(JSON(media=("application/vnd.contentful.management.v1+json", "application/json")),),
    event_type=Header("X-Contentful-Topic"),
    delivery_id=Header("X-Contentful-Idempotency-Key"),
    timeout=30,
    retries="twice, after 30 s each, for a 5xx or 429",
)
