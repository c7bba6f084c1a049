"""Which way of signing in a service and its caller need."""

from sluice.errors import SignInError
from sluice.settings import Settings
from sluice.signin.laptop import NamedUser
from sluice.state import State
from sluice.transport import SignIn


def sign_in_for(settings: Settings, state: State) -> SignIn:
    """A local stack takes anybody's word; elsewhere a service account or a person signs in. Raises SignInError."""
    del state
    if settings.server.startswith("http://"):
        return NamedUser(settings.user)
    raise SignInError(f"run `sluice login {settings.server}`")
