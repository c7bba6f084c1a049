"""Who may call a public function."""

from typing import Final

from common.domain.users.user import SERVICE_ACCOUNT_ENDING
from common.settings import Environment
from common.web.callers.identity import IdentitySettings

IAP_KEYS_URL: Final = "https://www.gstatic.com/iap/verify/public_key"


def read_identity(env: Environment) -> IdentitySettings:
    return IdentitySettings(
        audience=env.required("IAP_AUDIENCE"),
        keys_url=env.override("IAP_KEYS_URL") or IAP_KEYS_URL,
        hosted_domain=env.required("HOSTED_DOMAIN"),
        admins=env.names("ADMIN_EMAILS"),
        service_accounts=_service_accounts(env),
        debug_caller=env.override("DEBUG_CALLER"),
    )


def _service_accounts(env: Environment) -> frozenset[str]:
    accounts = env.names("SERVICE_ACCOUNTS")
    if others := sorted(account for account in accounts if not account.endswith(SERVICE_ACCOUNT_ENDING)):
        env.refuse("SERVICE_ACCOUNTS", f"must be addresses that end with {SERVICE_ACCOUNT_ENDING}, not {others[0]!r}")
    return accounts


def read_origins(env: Environment) -> frozenset[str]:
    """The service's own origins, such as https://sluice.lab.org.

    A setting, because functions do not see the host: behind API Gateway, Host is the function's own address, and no
    other header holds the caller's (the headers that arrive are listed in GoogleCloudPlatform/esp-v2 issue 140).
    """
    return env.names("PUBLIC_ORIGINS")
