"""Docker Hub.

It knows one event, a push, and gives it neither name nor id. Call the body's ``callback_url`` only where its
host is Docker's: whoever has seen the token can write another.

Sources: https://docs.docker.com/docker-hub/repos/manage/webhooks/.
"""

from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.providers._with_scheme import NEEDS, with_scheme
from hookkit.schemes.nothing import Nothing

docker_hub = Provider(
    name="docker_hub",
    display="Docker Hub",
    docs="https://docs.docker.com/docker-hub/repos/manage/webhooks/",
    scheme=Nothing(),
    event_time=Pointer("/push_data/pushed_at"),
    needs=NEEDS,
    configure=with_scheme,
)
