"""The page of the orders."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.static import serve

from .models import Order, Payment

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SHOWN = 200
"""Of the latest orders, and of payments without one."""


def orders(request: HttpRequest) -> HttpResponse:
    latest = Order.objects.select_related("fulfilment").prefetch_related("payments__facts")
    strays = Payment.objects.exclude(order_id__in=Order.objects.values("number"))
    shown = {
        "orders": latest.order_by("-number")[:SHOWN],
        "strays": strays.prefetch_related("facts").order_by("-pk")[:SHOWN],
    }
    response = render(request, "orders.html", shown)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response


STATIC = Path(__file__).resolve().parent / "static"
urlpatterns = [
    path("", orders),
    path("static/<path:path>", serve, {"document_root": STATIC}),
]
