"""SonarQube / SonarCloud.

Sources: public receivers and client libraries found by header name; SonarSource/sonarqube:
WebhookCallerImpl.java (2018, before signing: X-SonarQube-Project, Basic from URL userinfo).
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sonarqube = Provider(
    name="sonarqube",
    display="SonarQube / SonarCloud",
    scheme=HMAC(signature=Header("X-Sonar-Webhook-HMAC-SHA256")),
    sure="third party",
)
