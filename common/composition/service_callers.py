"""Who may call a private function."""

from typing import Final

from common.settings import Environment
from common.web.callers.service_accounts import ServiceCallerSettings

OIDC_CERTS_URL: Final = "https://www.googleapis.com/oauth2/v1/certs"


def read_service_callers(env: Environment) -> ServiceCallerSettings:
    callers = env.names("SERVICE_CALLERS")
    if not callers:
        env.required("SERVICE_CALLERS")
    return ServiceCallerSettings(
        audience=env.required("SERVICE_AUDIENCE"),
        certs_url=env.override("OIDC_CERTS_URL") or OIDC_CERTS_URL,
        callers=callers,
    )
