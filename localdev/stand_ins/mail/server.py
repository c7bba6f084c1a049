"""A mail server that sends no mail on: it keeps what it is given in a folder, for the developer to read."""

import hmac
import signal
import ssl
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, LoginPassword

from localdev.stack.layout import HOST
from localdev.stack.secret import Login
from localdev.stand_ins.certificate import make_certificate
from localdev.stand_ins.mail.address import CERTIFICATE


def certificate_in(keys: Path) -> Path:
    """The server's certificate and its key in the folder of keys; made when it is missing."""
    file = keys / CERTIFICATE
    return file if file.exists() else make_certificate(file.parent, HOST)


class MailStandIn:
    """Takes mails on 127.0.0.1:`port` into the Maildir `folder`, after STARTTLS and the login."""

    def __init__(self, port: int, folder: Path, certificate: Path, login: Login) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        self._login = ":".join(login).encode()
        self._controller = Controller(
            Mailbox(folder),
            hostname=HOST,
            port=port,
            server_hostname=HOST,
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=self._check,
        )

    def start(self) -> None:
        """Serve in a new thread."""
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        asked = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: asked.set())
        self.start()
        asked.wait()
        self.stop()

    def _check(self, _server: object, _session: object, _envelope: object, _mechanism: str, sent: object) -> AuthResult:
        known = isinstance(sent, LoginPassword) and hmac.compare_digest(b":".join(sent), self._login)
        return AuthResult(success=known, handled=False)  # it answers itself
