"""On what the figures were taken."""

import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "hookkit",
    "msgspec",
    "Flask",
    "Werkzeug",
    "Django",
    "falcon",
    "starlette",
    "fastapi",
    "slack_bolt",
    "stripe",
    "standardwebhooks",
    "gidgethub",
    "gunicorn",
    "granian",
    "huey",
    "dramatiq",
    "rq",
    "celery",
    "procrastinate",
    "psycopg",
)
PROGRAMS = {
    "wrk": ("wrk", "--version"),
    "Redis": ("redis-server", "--version"),
    "Postgres": ("psql", "--version"),
}


def describe() -> dict[str, str]:
    return {
        "processor": f"{_processor()}, {os.cpu_count()} logical",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "programs": ", ".join(f"{name} {_version(PROGRAMS[name])}" for name in PROGRAMS),
    }


def moment() -> str:
    """Now, and what else the machine does."""
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load before {loads}"


def _version(command: tuple[str, ...]) -> str:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "absent"
    found = re.search(r"\d+\.\d[\w.]*", ran.stdout + ran.stderr)
    return found[0] if found else "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown")
