"""The settings of examples/django_project, with a middleware that reads the body before the view can."""

from settings import *  # noqa: F403  # Django's way to build upon settings
from settings import MIDDLEWARE as PROJECTS

MIDDLEWARE = ["tests.examples.django_middleware.read_body", *PROJECTS]
