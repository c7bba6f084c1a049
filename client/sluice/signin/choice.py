"""Which way of signing in a service and its caller need."""

from sluice.settings import Settings
from sluice.signin.laptop import NamedUser
from sluice.signin.person import Person
from sluice.signin.robot import Robot, google_access_token
from sluice.signin.tokens import SystemKeyring, TokenStore
from sluice.state import State
from sluice.transport import SignIn


def sign_in_for(settings: Settings, state: State) -> SignIn:
    """A local stack takes anybody's word; elsewhere a service account or a person signs in."""
    if settings.server.startswith("http://"):
        return NamedUser(settings.user)
    if settings.service_account:
        return Robot(settings.service_account, settings.server, google_access_token)
    return person_for(settings, state)


def person_for(settings: Settings, state: State) -> Person:
    """The person who signs in at the service, or has."""
    return Person(TokenStore(settings.server, state, SystemKeyring()))
