"""Prometheus Alertmanager.

Sources: prometheus/docs:content/docs/alerting/latest/configuration.md;
prometheus/alertmanager:notify/util.go; https://prometheus.io/docs/alerting/latest/configuration/.
"""

from hookkit.places import Pointer
from hookkit.provider import MIB, Provider
from hookkit.schemes import Bearer

alertmanager = Provider(
    name="alertmanager",
    display="Prometheus Alertmanager",
    docs="https://prometheus.io/docs/alerting/latest/configuration/",
    scheme=Bearer(),
    event_type=Pointer("/status"),
    batch=Pointer("/alerts"),
    max_body=8 * MIB,
    retries=(
        "any 5xx is retried with back-off until the group's context ends; 4xx is final (the "
        "generic webhook sets no extra retry codes)"
    ),
)
