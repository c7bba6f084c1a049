"""Starts the mail server of the stack: python -m localdev.stand_ins.mail --port P --folder DIR --keys DIR."""

import argparse
from pathlib import Path

from localdev.stack.secret import StackSecret
from localdev.stand_ins.mail.address import MAIL_USER
from localdev.stand_ins.mail.server import MailStandIn, certificate_in


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="Maildir of the mails")
    parser.add_argument("--keys", type=Path, required=True, help="folder of the secret and the certificate")
    options = parser.parse_args()
    login = StackSecret(options.keys).login_of(MAIL_USER)
    MailStandIn(options.port, options.folder, certificate_in(options.keys), login).run()


if __name__ == "__main__":
    main()
