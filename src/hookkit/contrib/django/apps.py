"""The app's name in Django."""

from django.apps import AppConfig

__all__ = ["HookkitConfig"]


class HookkitConfig(AppConfig):
    """``python manage.py migrate hookkit`` makes its table."""

    name = "hookkit.contrib.django"
    label = "hookkit"
    verbose_name = "hookkit"
