"""The catalogue as pages: one table of all providers, and a page for each, read off the values.

The table is part of docs/providers/index.md, so that it can be read without a build; a test compares
it with the catalogue. ``python docs/_ext/catalogue_pages.py`` writes it anew. The pages are written
when the documentation is built.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from hookkit import providers
from hookkit.facts import Facts

FOLDER = Path(__file__).resolve().parents[1] / "providers"
ACCOUNT = ("client_id", "client_secret")
"""Settings without which those who ask an API for keys cannot do so."""

INDEX = FOLDER / "index.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
MIB = 1024 * 1024
COLUMNS = (
    "`providers.`",
    "sender",
    "how it signs",
    "body",
    "time",
    "ids",
    "asks",
    "waits",
    "sends again",
    "known from",
)
SHORT = 60
"""Characters of a cell; the page has the rest."""

NAMELESS = 'none; register with `on("*")`'

PAGES = ("```{toctree}", ":hidden:", ":glob:", "", "*", "```", "")


# What both say.


def _text(text: str) -> str:
    """Text that is nothing but text in Markdown."""
    return text.replace("<", "&lt;").replace("*", r"\*")


def _figure(facts: Facts, name: str, shown: str) -> str:
    """A figure, with the mark of those that nobody could confirm."""
    return f"{shown} (unconfirmed)" if shown and name in facts.unconfirmed else shown


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for size, unit in ((24 * 3600, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _waits(facts: Facts) -> str:
    return _figure(facts, "timeout", _seconds(facts.timeout))


# The table.


def table(catalogue: tuple[Facts, ...]) -> str:
    """All providers, one a line."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(_row, catalogue)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(facts: Facts) -> tuple[str, ...]:
    sender = _text(facts.display)
    cells = (
        f"`{facts.name}`",
        f"[{sender}]({facts.docs})" if facts.docs else sender,
        f"`{_cut(facts.scheme)}`",
        "yes" if "body" in facts.covers else "no",
        "yes" if facts.signed_time else "no",
        _ids(facts),
        ", ".join(dict.fromkeys(_asks(facts))) or "-",
        _waits(facts) or "-",
        _figure(facts, "retries", _text(_cut(facts.retries))) or "-",
        facts.sure,
    )
    return tuple(cell.replace("|", r"\|") for cell in cells)


def _cut(text: str) -> str:
    if len(text) <= SHORT:
        return text
    return f"{text[:SHORT].rsplit(' ', 1)[0].rstrip(',;:')} …"


def _ids(facts: Facts) -> str:
    if not facts.event_id and not facts.delivery_id:
        return "none"
    return "yes" if facts.signed_ids else "no"


def _asks(facts: Facts) -> list[str]:
    return [f"{each.method} {_signed(each.signed)}" for each in facts.handshakes]


def _signed(signed: bool) -> str:  # noqa: FBT001
    return "signed" if signed else "unsigned"


# A page.


def page(facts: Facts, sources: str) -> str:
    """One provider."""
    parts = [
        _opening(facts),
        ("Set it up at the provider", _steps(facts)),
        ("A few lines of code", code(facts)),
        ("What is verified", _verified(facts)),
        ("What is not", _bullets(facts.gaps) or "Nothing that hookkit knows of.\n"),
        ("Events", _events(facts)),
        ("Questions at set-up", _questions(facts)),
        ("Waiting and sending again", _sending(facts)),
        ("Sources", _linked(_text(sources)) + "\n"),
    ]
    return "\n".join(
        part if isinstance(part, str) else f"## {part[0]}\n\n{part[1]}" for part in parts
    )


def _opening(facts: Facts) -> str:
    own = f" Its own page is <{facts.docs}>." if facts.docs else ""
    known = {
        "official": "The provider's own pages or library say so.",
        "third party": "Third parties say so; nobody could read it at the provider.",
    }[facts.sure]
    return f"# {_text(facts.display)}\n\n`hookkit.providers.{facts.name}`.{own} {known}\n"


def _steps(facts: Facts) -> str:
    steps = [f"Install it: `pip install 'hookkit[{extra}]'`." for extra in facts.extras]
    verb = " and ".join(facts.methods)
    steps.append(f"Give it the URL of your endpoint, which must take {verb}.")
    if {"url", "path", "query"} & set(facts.covers):
        steps.append(
            "The URL is part of what is signed. Where a proxy changes it, pass the one that you gave as "
            "`public_url=`."
        )
    if facts.key_hosts:
        hosts = ", ".join(f"`{host}`" for host in facts.key_hosts)
        steps.append(f"It needs no secret: its keys are fetched from {hosts}.")
    else:
        steps.append(f"Keep the secret in `{_variable(facts)}`. It is {_secret(facts)}.")
    steps += [f"`{name}` must be set: {_text(what)}." for name, what in facts.needs.items()]
    steps += [f"`using({name}=…)` sets {_text(what)}." for name, what in facts.takes.items()]
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps, 1))


def _secret(facts: Facts) -> str:
    return facts.secret if facts.secret.startswith("the ") else f"read as {facts.secret}"


def _variable(facts: Facts) -> str:
    return f"{facts.name.upper()}_SECRET"


def code(facts: Facts) -> str:
    """A receiver that prints what it hears; `...` is for the reader to fill in."""
    sender = f"providers.{facts.name}"
    settings = [*facts.needs]
    if facts.key_hosts:
        settings += [name for name in facts.takes if name in ACCOUNT]
    if settings:
        sender += f".using({', '.join(f'{name}=...' for name in settings)})"
    secret = "" if facts.key_hosts else f', secret=os.environ["{_variable(facts)}"]'
    imports = "from hookkit import Receiver, providers\n"
    return (
        "```python\n"
        + (imports if facts.key_hosts else f"import os\n\n{imports}")
        + f"\nhooks = Receiver({sender}{secret})\n\n\n"
        + '@hooks.on("*")\ndef heard(event):\n    print(event.type, event.payload)\n```\n'
    )


def _verified(facts: Facts) -> str:
    lines = [
        f"How: `{facts.scheme}`",
        f"Where: `{facts.credential}`",
        f"Signed: {', '.join(facts.covers) or 'nothing, the credential says only who sends'}",
    ]
    if facts.signed_time:
        lines.append(f"Signed time: {_text(facts.signed_time)}; {_tolerance(facts)}")
    return _bullets(lines)


def _tolerance(facts: Facts) -> str:
    if facts.tolerance is None:
        return "its age is not checked"
    past, future = (f"{each:g} s" for each in facts.tolerance)
    return _figure(facts, "tolerance", f"up to {past} old and {future} ahead")


def _events(facts: Facts) -> str:
    lines = [
        f"Name: {_text(facts.event_type) or NAMELESS}",
        f"Id, `event.id`: {_text(facts.event_id) or 'none'}",
        f"Id of the request, `event.delivery_id`: {_text(facts.delivery_id) or 'none'}",
        f"Time, `event.time`: {_text(facts.event_time) or 'none'}",
        f"A repeat: {_repeat(facts)}",
    ]
    if facts.changes_each_try:
        places = ", ".join(f"`{each}`" for each in facts.changes_each_try)
        lines.append(f"Not the same when it is sent again: {places}")
    if facts.batch:
        lines.append(f"Several in one delivery: {_text(facts.batch)}; places look into each item")
    media = ", ".join(f"`{each}`" for each in facts.accepts)
    lines.append(f"Bodies: {media}, of at most {facts.max_body / MIB:g} MiB")
    return _bullets(lines)


def _repeat(facts: Facts) -> str:
    if facts.shared_ids:
        return "several events may have one `event.id`: with the same body it is a repeat"
    if facts.event_id and facts.signed_ids:
        return "`event.id` is the same each time, and signed"
    if facts.event_id:
        return "`event.id` is the same each time, and not known to be signed"
    if facts.unique_bodies:
        return "no id tells it; no two events have the same body, so its digest does"
    return "nothing tells it for certain"


def _questions(facts: Facts) -> str:
    lines = [
        f"{each.method}, {_signed(each.signed)}: {_text(each.asked)}. Answered with {_text(each.answer)}"
        for each in facts.handshakes
    ]
    return _bullets(lines) or "None.\n"


def _sending(facts: Facts) -> str:
    horizon = _seconds(facts.retry_horizon)
    return _bullets(
        [
            f"It waits: {_waits(facts) or 'not known'}",
            f"It tries again: {_figure(facts, 'retries', _text(facts.retries)) or 'not known'}",
            f"It gives up after: {_figure(facts, 'retry_horizon', horizon) or 'not known'}",
        ]
    )


def _bullets(lines: list[str] | tuple[str, ...]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _linked(text: str) -> str:
    return re.sub(r"https://[^\s;]+[^\s;.,)]", lambda match: f"<{match[0]}>", text)


# Files.


def sources_of(name: str) -> str:
    """Where the facts come from, as the provider's module says."""
    said = " ".join((import_module(f"hookkit.providers._{name}").__doc__ or "").split())
    return said.partition("Sources: ")[2] or said


def with_table(index: str, made: str) -> str:
    """The index with this table in the place of what it has."""
    before, _, rest = index.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def write_pages(folder: Path = FOLDER) -> None:
    """A page for each provider, and none of a provider that there is no longer."""
    pages = {facts.name: page(facts, sources_of(facts.name)) for facts in providers.catalogue()}
    for path in folder.glob("*.md"):
        if path.name != INDEX.name and path.stem not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        # Sphinx reads anew what is newer than what it knows.
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def _link_pages(_: Any, docname: str, source: list[str]) -> None:
    """In the built index each name leads to its page; elsewhere there is none to lead to."""
    if docname == "providers/index":
        linked = re.sub(r"^\| `(\w+)` \|", r"| [`\1`](\1.md) |", source[0], flags=re.MULTILINE)
        source[0] = linked + "\n" + "\n".join(PAGES)


def _sortable(app: Any, pagename: str, *_: Any) -> None:
    if pagename == "providers/index":
        app.add_js_file("table.js")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda _: write_pages())
    app.connect("source-read", _link_pages)
    app.connect("html-page-context", _sortable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    INDEX.write_text(with_table(INDEX.read_text(), table(providers.catalogue())))
    print(f"wrote {INDEX}", file=sys.stderr)
