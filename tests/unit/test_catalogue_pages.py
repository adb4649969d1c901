"""The table and the pages of the documentation say what the catalogue says, and their code runs."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

from hookkit import Receiver, providers
from hookkit.facts import facts_of
from tests.providers.sampling import configured, sample, secrets_for

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "_ext" / "catalogue_pages.py"
SPEC = importlib.util.spec_from_file_location("catalogue_pages", SCRIPT)
pages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(pages)

CATALOGUE = providers.catalogue()
INDEX = (ROOT / "docs" / "providers" / "index.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("` "): [cell.strip().replace(r"\|", "|") for cell in cells]
    for line in INDEX.splitlines()
    if line.startswith("| `")
    for cells in [re.split(r"(?<!\\)\|", line)[1:-1]]
    if cells[0].strip() != "`providers.`"
}
each = pytest.mark.parametrize("facts", CATALOGUE, ids=lambda facts: facts.name)


def made(facts):
    return pages.page(facts, pages.sources_of(facts.name))


def test_the_table_is_of_this_catalogue():
    """Where it is not: python docs/_ext/catalogue_pages.py"""
    assert pages.with_table(INDEX, pages.table(CATALOGUE)) == INDEX
    assert tuple(ROWS) == providers.names()


@each
def test_a_row_of_the_table(facts):
    """Its cells are the provider's facts, read off the value anew."""
    provider = getattr(providers, facts.name)
    _, sender, scheme, body, time, _, asks, waits, again, known = ROWS[facts.name]
    assert provider.display in sender.replace("&lt;", "<").replace(r"\*", "*")
    assert provider.docs in sender
    assert facts.scheme.startswith(scheme.strip("`").removesuffix(" …"))
    assert (body, time) == tuple(
        "yes" if provider.scheme.covers(part) else "no" for part in ("body", "timestamp")
    )
    assert set(re.findall(r"[A-Z]+", asks)) == {asked.method for asked in provider.handshakes}
    assert (waits == "-") is (provider.timeout is None)
    assert (again == "-") is (provider.retries == "")
    assert ("(unconfirmed)" in waits) is ("timeout" in provider.unconfirmed)
    assert ("(unconfirmed)" in again) is ("retries" in provider.unconfirmed)
    assert known == provider.sure


@each
def test_the_code_of_a_page_runs(facts, monkeypatch):
    """It builds a receiver for that provider, with a secret of the right form where it says."""
    [code] = re.findall(r"```python\n(.*?)```", made(facts), re.DOTALL)
    provider = configured(facts.name)
    monkeypatch.setenv(f"{facts.name.upper()}_SECRET", secrets_for(provider)[0])
    vector = sample(facts.name)
    account = {"client_id": "app", "client_secret": "let-me-in"}
    given = {"scheme": provider.scheme, **account, **vector, **(vector.get("config") or {})}
    settings = {f"given_{name}": given[name] for name in (*facts.needs, *account)}
    namespace = dict(settings)
    exec(re.sub(r"(\w+)=\.\.\.", r"\1=given_\1", code), namespace)  # noqa: S102
    assert isinstance(namespace["hooks"], Receiver)
    assert namespace["hooks"].provider.name == facts.name
    assert len([line for line in code.splitlines() if line]) <= 6
    assert ("os.environ" in code) is bool(not facts.key_hosts)
    assert os.environ[f"{facts.name.upper()}_SECRET"] not in made(facts)


@each
def test_a_page_has_all_that_is_known(facts):
    """Gaps, questions, figures with their marks, where it comes from, what to install and to set."""
    page = made(facts)
    plain = page.replace("&lt;", "<").replace(r"\*", "*")
    for text in (facts.display, facts.docs, facts.scheme, facts.retries, *facts.gaps, *facts.needs):
        assert text in plain
    for question in facts.handshakes:
        assert f"- {question.method}, {'' if question.signed else 'un'}signed: " in page
    assert all(f"hookkit[{extra}]" in page for extra in facts.extras)
    assert all(host in page for host in facts.key_hosts)
    assert page.count("(unconfirmed)") == len(facts.unconfirmed)
    assert page.splitlines()[-1].strip()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (3, "3 s"),
        (0.5, "0.5 s"),
        (90, "90 s"),
        (300, "5 min"),
        (3600, "60 min"),
        (24 * 3600, "24 h"),
        (3 * 24 * 3600, "3 days"),
    ],
)
def test_seconds_are_shown_as_people_say_them(seconds, shown):
    """In the largest unit of which there are at least two."""
    assert pages._seconds(seconds) == shown


def test_settings_published_keys_and_a_signed_url_are_told():
    """What no provider of the catalogue may have at the moment."""
    facts = facts_of(
        providers.square.replace(needs={"topics": "the topics that are theirs"}, sure="third party")
    )
    page = pages.page(facts, "https://example.com/a, and https://example.com/b.")
    assert "Receiver(providers.square.using(topics=...), secret=" in page
    assert "`topics` must be set: the topics that are theirs." in page
    assert "`public_url=`" in page
    assert "<https://example.com/a>, and <https://example.com/b>." in page


def test_pages_are_written_once_and_old_ones_removed(tmp_path):
    """Only what changed is written, so that a second build reads little."""
    (tmp_path / "index.md").write_text("kept")
    (tmp_path / "gone.md").write_text("of a provider that there is no longer")
    pages.write_pages(tmp_path)
    written = {path.stem for path in tmp_path.glob("*.md")}
    assert written == {"index", *providers.names()}
    before = (tmp_path / "stripe.md").stat().st_mtime_ns
    pages.write_pages(tmp_path)
    assert (tmp_path / "stripe.md").stat().st_mtime_ns == before


def test_names_lead_to_pages_where_there_are_pages():
    """In the build; the file that is read without one has no link that leads nowhere."""
    source = [INDEX]
    pages._link_pages(None, "providers/index", source)
    assert "| [`stripe`](stripe.md) |" in source[0]
    assert "toctree" in source[0]
    assert "(stripe.md)" not in INDEX
    other = ["| `stripe` |"]
    pages._link_pages(None, "providers", other)
    assert other == ["| `stripe` |"]
