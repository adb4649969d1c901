"""The outside world to `Request`, and `Response` to the outside world; one module a protocol.

A face knows nothing of verifying or routing. It reads a request within bounds, hands it to an
`Endpoint`, and passes on what that answers.
"""

from hookkit.faces.endpoint import Endpoint as Endpoint
