"""Django's settings, out of environment variables."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DATA = Path(os.environ.get("DATA", Path(__file__).resolve().parent / "data")).resolve()
DATA.mkdir(parents=True, exist_ok=True)

PORT = os.environ.get("PORT", "8000")
if not PORT.isdecimal() or not 0 < int(PORT) < 65536:
    raise ImproperlyConfigured(f"PORT={PORT!r}: write a number from 1 to 65535")

DATABASE_URL = os.environ.get("DATABASE_URL", "")
INBOX = DATABASE_URL or f"sqlite:///{DATA}/hooks.db"
if DATABASE_URL:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(DATABASE_URL)
    except ProgrammingError:  # which repeats it, with a password that may be in it
        raise ImproperlyConfigured("DATABASE_URL is no URL of Postgres") from None
    name = given.pop("dbname", "")
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": name, "OPTIONS": given}
else:
    # IMMEDIATE: who will write waits at the start, and so never fails half way because of another.
    options = {"transaction_mode": "IMMEDIATE", "timeout": 30}
    options["init_command"] = "PRAGMA journal_mode = WAL"
    file = DATA / "shop.db"
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options}
DATABASES = {"default": database}

INSTALLED_APPS = ["hookkit.contrib.django", "shop"]
ROOT_URLCONF = "shop.views"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
ALLOWED_HOSTS = os.environ.get("HOSTS", "127.0.0.1,localhost").split(",")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ, TIME_ZONE = True, "UTC"
