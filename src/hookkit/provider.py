"""`Provider`: all that hookkit knows about a sender, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hookkit.errors import ConfigError
from hookkit.formats import JSON, Format
from hookkit.handshake import Handshake
from hookkit.messages import Response
from hookkit.places import Place, check_place, outside_body
from hookkit.schemes.base import AnyScheme
from hookkit.schemes.timestamps import UNITS
from hookkit.values import field, fields, replace, value

__all__ = ["FIGURES", "Provider"]

FIGURES = ("timeout", "retries", "retry_horizon", "tolerance")
"""Facts that are figures, and may come from other sources than the provider's own pages."""

MIB = 1024 * 1024
NOTHING: Mapping[str, str] = MappingProxyType({})


@value(kw_only=True)
class Provider:
    """A sender: how it signs, where things are in its requests, what it expects of us.

    A service that hookkit does not know is a value of some eight lines::

        acme = Provider(
            name="acme",
            scheme=HMAC(signature=Header("Acme-Signature"), layout="t={timestamp},v1={signature}",
                        signs="{timestamp}.{body}"),
            event_type=Pointer("/kind"),
            event_id=Pointer("/id"),
        )

    Raises:
        ConfigError: the declaration does not hold together.
    """

    name: str
    """Short name, also the default `source` of a receiver."""
    scheme: AnyScheme
    """How a request is authenticated."""
    display: str = ""
    """The name as people write it."""
    docs: str = ""
    """URL of the provider's own page on webhooks."""
    accepts: tuple[Format, ...] = (JSON(),)
    """What a body may be; any other media type is a 415."""
    event_type: Place | None = None
    """Where the event's name is. ``None``: events have the type ``""``, which only ``on("*")`` hears."""
    event_id: Place | None = None
    """Where the id of the event is, the same when it is sent again."""
    delivery_id: Place | None = None
    """Where the provider's id of the request is."""
    event_time: Place | None = None
    """Where the time is at which the event happened."""
    time_unit: str = "s"
    """Of `event_time`: ``s`` or ``ms`` since 1970, or ``rfc3339``."""
    batch: Place | None = None
    """Where the array of events is, where a delivery carries several."""
    separator: str = "."
    """Between the levels of an event's name."""
    handshakes: tuple[Handshake, ...] = ()
    """Questions asked while the endpoint is set up."""
    delivers_by: tuple[str, ...] = ("POST",)
    """Methods of deliveries. One by ``GET`` has no body: its query is read like a form."""
    max_body: int = MIB
    """Bytes that the provider's largest delivery may have."""
    codings: frozenset[str] = frozenset()
    """Content codings to inflate after verification: ``gzip``, ``deflate``. Others are a 415."""
    acknowledgement: Response = field(default_factory=Response)
    """What the provider hears when all went well."""
    refusal: bytes = b"Unauthorized"
    """Body of every 401."""
    events: frozenset[str] = frozenset()
    """First levels of the names it is known to send; empty where that is not known."""
    needs: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """What it needs beyond the secret: setting to what that is. Given with `using`."""
    key_id: Place | None = None
    """Where a request names the key that it is signed with, so that `secret` may map ids to keys; of several
    that it names, a tuple."""
    takes: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """What else `using` takes, and may be left out."""
    configure: Callable[..., Provider] | None = None
    """Makes a provider of this one and the settings of `using`, where they are no fields of the scheme."""
    timeout: float | None = None
    """Seconds that the provider waits for an answer; ``None`` where it does not say."""
    retries: str = ""
    """When and how often it tries again, in words."""
    retry_horizon: float | None = None
    """Seconds after which it no longer sends an event again; ``None`` where it does not say."""
    signed_ids: bool = False
    """Whether the signature covers the ids, so that a captured body cannot be sent again under another."""
    unique_bodies: bool = False
    """Whether no two events have the same body, so that its digest can tell a repeat."""
    shared_ids: bool = False
    """Whether several events may have one `event_id`, as they are about one payment, say: a repeat then
    has the same body, too."""
    changes_each_try: tuple[str, ...] = ()
    """Places in a JSON body (RFC 6901; ``*`` is any name or number) that are not the same when an event is
    sent again, such as the number of the try: a repeat is told by the rest of the body."""
    sure: str = "official"
    """Where these facts come from: ``official`` (the provider's pages or library), or ``third party``."""
    unconfirmed: frozenset[str] = frozenset()
    """Which of `FIGURES` the provider's own pages do not confirm; a tolerance among them is hookkit's."""
    further_gaps: tuple[str, ...] = ()
    """What the signature does not cover beside what the declaration itself tells; see `gaps`."""

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("_", "").replace("-", "").isalnum():
            raise ConfigError(f'Provider(name={self.name!r}): write a short name such as "acme"')
        if isinstance(self.scheme, type) or not hasattr(self.scheme, "covers"):
            raise ConfigError(
                f'{self.name}: scheme= says how they sign: write HMAC(signature=Header("X-Signature")), '
                "or another of hookkit.schemes"
            )
        self._check_form()
        self._check_facts()

    def _check_form(self) -> None:
        """Raises ConfigError where no delivery could be taken as declared."""
        if not self.accepts:
            raise ConfigError(
                f"{self.name}: accepts=() would refuse every delivery; write (JSON(),)"
            )
        if not self.delivers_by:
            raise ConfigError(f'{self.name}: delivers_by=() hears nothing; write ("POST",)')
        if len(self.separator) != 1:
            raise ConfigError(f"{self.name}: separator= is one character")
        if self.max_body < 1:
            raise ConfigError(f"{self.name}: max_body= is a number of bytes, at least 1")

    def _check_facts(self) -> None:
        """Raises ConfigError where a place is none, or a word is not known."""
        for name in ("event_type", "event_id", "delivery_id", "event_time", "key_id", "batch"):
            check_place(name, getattr(self, name))
        if stray := self.unconfirmed - set(FIGURES):
            raise ConfigError(
                f"{self.name}: unconfirmed= names figures, of {', '.join(FIGURES)}; not {sorted(stray)}"
            )
        if self.time_unit not in UNITS:
            raise ConfigError(f"{self.name}: time_unit= is one of {', '.join(UNITS)}")
        unknown = self.codings - {"gzip", "deflate"}
        if unknown:
            raise ConfigError(
                f"{self.name}: codings may be gzip and deflate, not {sorted(unknown)}"
            )

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that it uses, for frameworks that route by method."""
        return tuple(
            sorted({*self.delivers_by, *(handshake.method for handshake in self.handshakes)})
        )

    @property
    def gaps(self) -> tuple[str, ...]:
        """What the signature does not cover, in words: read off the declaration, and `further_gaps`."""
        covers = self.scheme.covers
        found: list[str] = []
        if not covers("body") and covers("field"):
            found.append("most of the body: only some of its fields are signed")
        elif not covers("body") and not covers("fields"):
            found.append(
                "the body: the credential proves who sends, and nothing about what is sent"
            )
        if self._hashes_weakly():
            found.append(
                "a body chosen to have another's hash: MD5 and plain SHA-1 no longer rule that out, and the "
                "sender has no other"
            )
        if not covers("timestamp"):
            found.append("the time: whoever has captured a delivery can send it again")
        unsigned = [
            name
            for name, place in (
                ("the event's name", self.event_type),
                ("the event's id", self.event_id),
                ("the delivery's id", self.delivery_id),
            )
            if place is not None and place not in self._signed_places() and outside_body(place)
        ]
        if unsigned:
            found.append(f"{' and '.join(unsigned)}: they stand in headers beside the signature")
        return (*found, *self.further_gaps)

    def _hashes_weakly(self) -> bool:
        """Whether two bodies of one hash can be made: with a key in front (HMAC) that is of no use."""
        algorithm = getattr(self.scheme, "algorithm", "")
        return algorithm in ("md5", "sha1") and self.scheme.family != "hmac"

    def _signed_places(self) -> tuple[object, ...]:
        return (getattr(self.scheme, "id", None),) if self.scheme.covers("id") else ()

    def replace(self, **changes: object) -> Provider:
        """A copy with these fields changed. Raises ConfigError for a field that there is not."""
        known = {each.name for each in fields(self)}
        if unknown := changes.keys() - known:
            raise ConfigError(
                f"{self.name}: replace() knows no {', '.join(sorted(unknown))}; "
                f"there are {', '.join(sorted(known))}"
            )
        return replace(self, **changes)

    def using(self, **settings: object) -> Provider:
        """A copy with what it needs beyond the secret.

        Raises:
            ConfigError: a setting that neither `needs` nor `takes` names, or that is empty.
        """
        known = [*self.needs, *self.takes]
        if unknown := settings.keys() - set(known):
            takes = f"it takes {', '.join(known)}" if known else "it needs nothing"
            raise ConfigError(
                f"{self.name}: using() knows no {', '.join(sorted(unknown))}; {takes}"
            )
        if self.configure is not None:
            if self.needs.keys() - settings.keys():
                self.check_complete()
            configured = self.configure(self, **settings)
        else:
            configured = self.replace(scheme=replace(self.scheme, **settings))
        for name, given in settings.items():
            # Mostly a variable that is not set; and a check that is left out with it would not be missed.
            if given is None or (isinstance(given, str) and not given.strip()):
                raise ConfigError(
                    f"{self.name}: using({name}=…) is empty: is the environment variable set?"
                )
        left = {name: what for name, what in self.needs.items() if name not in settings}
        return configured.replace(needs=left)

    def check_complete(self) -> None:
        """Raises ConfigError where something that it needs is not set."""
        if not self.needs:
            return
        example = ", ".join(f"{name}=…" for name in self.needs)
        wanted = "; ".join(f"{name}: {what}" for name, what in self.needs.items())
        raise ConfigError(
            f"providers.{self.name} needs more than a secret ({wanted}): "
            f"write providers.{self.name}.using({example})"
        )
