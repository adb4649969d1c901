"""hookkit receives webhooks: it verifies, parses and routes them, on any WSGI or ASGI server."""

from hookkit import providers as providers
from hookkit.backoff import Backoff as Backoff
from hookkit.errors import ConfigError as ConfigError
from hookkit.errors import Discard as Discard
from hookkit.errors import HookkitError as HookkitError
from hookkit.errors import RequestError as RequestError
from hookkit.errors import RetryLater as RetryLater
from hookkit.errors import Unauthorized as Unauthorized
from hookkit.event import Event as Event
from hookkit.formats import JSON as JSON
from hookkit.formats import Form as Form
from hookkit.formats import Raw as Raw
from hookkit.formats import Text as Text
from hookkit.handshake import Handshake as Handshake
from hookkit.hints import TYPE_CHECKING
from hookkit.limits import Limits as Limits
from hookkit.messages import Headers as Headers
from hookkit.messages import Request as Request
from hookkit.messages import Response as Response
from hookkit.mounting import mount as mount
from hookkit.parser import Parser as Parser
from hookkit.places import Choice as Choice
from hookkit.places import First as First
from hookkit.places import Header as Header
from hookkit.places import Inside as Inside
from hookkit.places import Joined as Joined
from hookkit.places import Number as Number
from hookkit.places import Numbered as Numbered
from hookkit.places import Pointer as Pointer
from hookkit.places import Query as Query
from hookkit.provider import Provider as Provider
from hookkit.receiver import Receiver as Receiver
from hookkit.router import Outcome as Outcome
from hookkit.router import Router as Router
from hookkit.router import on as on
from hookkit.schemes import HMAC as HMAC
from hookkit.schemes import Basic as Basic
from hookkit.schemes import Bearer as Bearer
from hookkit.schemes import Token as Token
from hookkit.schemes import Verdict as Verdict
from hookkit.verifier import Verifier as Verifier

if TYPE_CHECKING:
    from hookkit.inbox.alarms import Alarms as Alarms
    from hookkit.inbox.inbox import Inbox as Inbox
else:
    # A stateless receiver needs none of it.
    _LATER = {"Alarms": "hookkit.inbox.alarms", "Inbox": "hookkit.inbox.inbox"}

    def __getattr__(name: str) -> type:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from importlib import import_module

        globals()[name] = getattr(import_module(_LATER[name]), name)
        return globals()[name]


del TYPE_CHECKING  # none of the names that users import

__version__ = "0.1.0"
