"""SonarQube / SonarCloud.

Sources: public receivers and client libraries found by header name; SonarSource/sonarqube:
WebhookCallerImpl.java (2018, before signing: X-SonarQube-Project, Basic from URL userinfo);
https://docs.sonarsource.com/sonarqube-server/project-administration/integrations/webhooks/;
https://docs.sonarsource.com/sonarqube-server/10.8/project-administration/webhooks (10 s).
"""

from hookkit.places import Header
from hookkit.provider import Provider
from hookkit.schemes import HMAC

sonarqube = Provider(
    name="sonarqube",
    display="SonarQube / SonarCloud",
    docs="https://docs.sonarsource.com/sonarqube-server/project-administration/integrations/webhooks/",
    scheme=HMAC(signature=Header("X-Sonar-Webhook-HMAC-SHA256")),
    timeout=10,
    sure="third party",
)
