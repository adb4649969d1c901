"""`mount`: several receivers beside an app, each under its path."""

from __future__ import annotations

from collections.abc import Mapping

from hookkit.errors import ConfigError
from hookkit.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["mount"]


def mount(app: WSGIApplication | None, receivers: Mapping[str, WSGIApplication]) -> WSGIApplication:
    """A WSGI application that serves each receiver at its path and below, and `app` elsewhere.

    It is werkzeug's DispatcherMiddleware, which moves the path from PATH_INFO to SCRIPT_NAME.

    Args:
        app: the application beside; ``None`` answers 404.
        receivers: path to receiver (or to any WSGI application).

    Raises:
        ConfigError: a path does not begin with ``/``, or ends with one.
    """
    from werkzeug.exceptions import NotFound  # 94 ms, so not with `import hookkit`
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    for path in receivers:
        if not path.startswith("/") or path.endswith("/"):
            raise ConfigError(f'mount at {path!r}: a path begins with "/" and does not end with it')
    return DispatcherMiddleware(app or NotFound(), dict(receivers))
