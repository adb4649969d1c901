"""Atlassian Connect (Jira, Confluence): webhooks of an app, signed with the tenant's shared secret.

The secret is a mapping from a tenant's client key to its shared secret, or a callable. The calls at
install and uninstall are signed otherwise (RS256), and are not taken by this entry.

Sources: https://developer.atlassian.com/cloud/bitbucket/query-string-hash;
PyPI atlassian-jwt: url_utils.py; npm atlassian-jwt.
"""

from urllib.parse import parse_qsl, quote, urlsplit

from hookkit.errors import ConfigError, MalformedCredential
from hookkit.messages import Request
from hookkit.places import Header, Pointer
from hookkit.provider import Provider
from hookkit.schemes.tokens import JWT, Claim, HashOf, with_claims
from hookkit.values import value

_TOKEN = Header("Authorization")
_MOST_PARAMETERS = 1000


@value
class Canonical:
    """Method, path and query as Atlassian's query string hash has them. The body is no part of it.

    Args:
        base: the path of the app's base URL; what is hashed is relative to that.
    """

    base: str

    def covers(self, part: str) -> bool:
        return part in ("method", "path", "query")

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        text = f"{request.method.upper()}&{self._path(request.path)}&{_query(request.query)}"
        return [text.encode("utf-8", "surrogatepass")]

    def _path(self, path: str) -> str:
        if f"{path}/".startswith(f"{self.base}/"):
            path = path[len(self.base) :]
        return path.rstrip("/").replace("&", "%26") or "/"


def _query(query: str) -> str:
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name != "jwt":
                values.setdefault(_quoted(name), []).append(value)
        # Names are sorted as they are written, values as they read: so Atlassian does.
        written = {name: ",".join(map(_quoted, sorted(values[name]))) for name in sorted(values)}
    except ValueError:
        raise MalformedCredential from None
    return "&".join(f"{name}={value}" for name, value in written.items())


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


def _configured(provider: Provider, *, base_url: str) -> Provider:
    url = urlsplit(base_url)
    if url.scheme not in ("https", "http") or not url.netloc:
        raise ConfigError(
            f"base_url={base_url!r}: write the baseUrl of the app's descriptor, "
            "such as https://app.example.com/addon"
        )
    rule = HashOf("qsh", Canonical(url.path.rstrip("/")))
    return provider.replace(scheme=with_claims(provider.scheme, rule))


atlassian_connect = Provider(
    name="atlassian_connect",
    display="Atlassian Connect (Jira, Confluence) JWT",
    docs="https://developer.atlassian.com/cloud/bitbucket/query-string-hash",
    scheme=JWT(token=_TOKEN, word="JWT", required=("iat", "exp"), lifetime=180),
    event_type=Pointer("/event"),
    needs={"base_url": "the baseUrl of the app's descriptor"},
    configure=_configured,
    key_id=Claim(_TOKEN, "/iss"),
)
