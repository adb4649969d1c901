"""A middleware that reads the body before the view can, as one that logs requests does."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def read_body(get_response: Callable[[HttpRequest], HttpResponse]):
    def middleware(request: HttpRequest) -> HttpResponse:
        assert isinstance(request.body, bytes)
        return get_response(request)

    return middleware
