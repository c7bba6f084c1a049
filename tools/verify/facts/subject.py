"""What the facts are tried on: a deployment, and the runs that verify starts in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import requests

from tools.verify.deployment import TIMEOUT_S, Deployment
from tools.verify.trial import Trial


@dataclass
class Subject:
    """A deployment and what is known of it so far."""

    deployment: Deployment
    # keys of the facts that do not hold or were not tried for that → the key of the fact that does not hold
    failed: dict[str, str] = field(default_factory=dict)

    @cached_property
    def session(self) -> requests.Session:
        return self.deployment.session()

    @cached_property
    def trial(self) -> Trial:
        return Trial(self.deployment, self.session)

    def get(self, path: str) -> requests.Response:
        """An address of the API, as a member of the domain."""
        return self.session.get(self.deployment.address + path, timeout=TIMEOUT_S, allow_redirects=False)

    def functions_with(self, variable: str) -> Iterator[str]:
        return (name for name in self.deployment.functions if variable in self.deployment.settings(name))
