"""Mollie (classic webhooks).

The body is the id of what has changed, and nothing else: ask the API what has become of it. That id is not
the event's, as every change of one payment has the same.

Sources: https://docs.mollie.com/reference/webhooks; https://docs.mollie.com/overview/webhooks.
"""

from hookkit.formats import Form
from hookkit.provider import Provider
from hookkit.providers._with_scheme import NEEDS, with_scheme
from hookkit.schemes.nothing import Nothing

mollie = Provider(
    name="mollie",
    display="Mollie (classic)",
    docs="https://docs.mollie.com/reference/webhooks",
    scheme=Nothing(),
    accepts=(Form(),),
    needs=NEEDS,
    configure=with_scheme,
    further_gaps=(
        "what has changed: the body names an object only, so ask Mollie's API for its state",
    ),
)
