import warnings

import pytest

from hookkit import Header, Provider, Token, providers
from hookkit.known_events import UnknownEventWarning, warn_of_unknown

STRICT = Provider(
    name="acme",
    scheme=Token(Header("X-Token")),
    events=frozenset({"push", "pull_request", "invoice.paid", "customer.tax.created"}),
)
SLASHED = STRICT.replace(separator="/", events=frozenset({"orders/create"}))
ANYTHING = STRICT.replace(events=frozenset())


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (STRICT, "*"),
        (STRICT, "push"),
        (STRICT, "pull_request.opened"),
        (STRICT, "pull_request.opened.by.me"),
        (STRICT, "pull_request.*"),
        (STRICT, "invoice"),
        (STRICT, "invoice.*"),
        (STRICT, "invoice.paid"),
        (STRICT, "invoice.paid.*"),
        (STRICT, "customer.tax"),
        (STRICT, "customer.tax.*"),
        (SLASHED, "orders"),
        (SLASHED, "orders/*"),
        (SLASHED, "orders/create"),
        (ANYTHING, "whatever"),
        (providers.token, "whatever"),
        (providers.github, "pull_request.opened"),
        (providers.stripe, "invoice.paid"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_no_warning(provider, name):
    """For a name that is known, or above or below one; nor where no names are known."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unknown(provider, (name,))


@pytest.mark.parametrize(
    ("provider", "name", "said"),
    [
        (STRICT, "pusj", r"^acme is not known to send 'pusj'; did you mean 'push'\?$"),
        (STRICT, "Push", r"did you mean 'push'\?$"),
        (
            STRICT,
            "pull_requests.opened",
            r"'pull_requests\.opened'; did you mean 'pull_request'\?$",
        ),
        (STRICT, "invoice.payed", r"did you mean 'invoice\.paid'\?$"),
        (STRICT, "invoices", "not known"),
        (STRICT, "invoices.*", "not known"),
        (STRICT, "inv", "not known"),
        (STRICT, "zzzz", r"^acme is not known to send 'zzzz'$"),
        (STRICT, ".push", "not known"),
        (STRICT, "push/x", "not known"),
        (SLASHED, "orders.create", r"did you mean 'orders/create'\?$"),
        (
            providers.github,
            "pull-request",
            r"^GitHub is not known .* did you mean 'pull_request'\?$",
        ),
        (providers.stripe, "invoice.payed", r"^Stripe .*'invoice\.paid'\?$"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_warning(provider, name, said):
    """Says who does not send the name, and which one is near."""
    with pytest.warns(UnknownEventWarning, match=said):
        warn_of_unknown(provider, (name,))


def test_one_warning_for_each_unknown_name():
    """And none for the known ones between."""
    with pytest.warns(UnknownEventWarning) as seen:
        warn_of_unknown(STRICT, ("one", "push", "two", "*"))
    assert ["'one'" in str(seen[0].message), "'two'" in str(seen[1].message)] == [True, True]
    assert len(seen) == 2


def test_the_warning_points_at_the_users_line():
    """Two frames up by default: past `on` and its decorator."""

    def decorator():
        warn_of_unknown(STRICT, ("one",))

    def user():
        decorator()

    with pytest.warns(UnknownEventWarning) as seen:
        user()
    assert seen[0].filename == __file__
    assert seen[0].lineno == user.__code__.co_firstlineno + 1
