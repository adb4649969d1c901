"""A real SMTP server, and the mails that it got."""

from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller


class Mailbox:
    """Keeps what an SMTP server receives."""

    def __init__(self):
        self.mails = []
        self.recipients = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


class FreePort(Controller):
    """aiosmtpd on a port that the system chooses."""

    def _trigger_server(self):
        # It connects once to see that it is up, and so must know the port.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
