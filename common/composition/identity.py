"""Who may call a public function."""

from typing import Final

from common.settings import Environment
from common.web.callers.identity import IdentitySettings

IAP_KEYS_URL: Final = "https://www.gstatic.com/iap/verify/public_key"


def read_identity(env: Environment) -> IdentitySettings:
    return IdentitySettings(
        audience=env.required("IAP_AUDIENCE"),
        keys_url=env.override("IAP_KEYS_URL") or IAP_KEYS_URL,
        hosted_domain=env.required("HOSTED_DOMAIN"),
        admins=env.names("ADMIN_EMAILS"),
        debug_caller=env.override("DEBUG_CALLER"),
    )


def read_origins(env: Environment) -> frozenset[str]:
    """The service's own origins, such as https://sluice.lab.org.

    A setting, because functions do not see the host: behind API Gateway, Host is the function's own address, and no
    other header holds the caller's (the headers that arrive are listed in GoogleCloudPlatform/esp-v2 issue 140).
    """
    return env.names("PUBLIC_ORIGINS")
