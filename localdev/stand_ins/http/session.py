"""HTTP sessions for the stand-ins."""

import os
from typing import Final

import requests
from requests.utils import get_netrc_auth

from localdev.stack.layout import HOST
from localdev.stack.secret import Login

_ADDRESS: Final = f"http://{HOST}"


def local_session(login: Login | None = None) -> requests.Session:
    """A session without proxies that sends `login`, by default the one in the file that NETRC names, if any."""
    session = requests.Session()
    session.trust_env = False  # local addresses need no proxy, and looking for one is slow
    session.auth = login or (get_netrc_auth(_ADDRESS) if os.environ.get("NETRC") else None)
    return session
