"""The adapter: all that Django needs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from hookkit import Receiver
from hookkit.faces import wsgi


def view_of(receiver: Receiver) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        # request.read() gives the body even after a middleware has used request.body. But under WSGI it
        # gives none whose length is not announced (chunked): the server's own stream does.
        meta = request.META
        stream = request if meta.get("CONTENT_LENGTH") else meta.get("wsgi.input", request)
        environ = {"wsgi.input_terminated": stream is request, **meta, "wsgi.input": stream}
        reply = wsgi.answer(receiver, environ)
        return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))

    return view
