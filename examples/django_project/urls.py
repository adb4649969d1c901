from django.urls import path
from hooks import github, stripe
from views import view_of

urlpatterns = [
    path("webhooks/github", view_of(github)),
    path("webhooks/stripe", view_of(stripe)),
]
