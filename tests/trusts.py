"""What adapters may check proofs with, for tests that have no service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Known:
    """Trust in what a test hands in: tenants' secrets, and signing keys by address."""

    tenants: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def tenant_keys(self, tenant: str) -> Sequence[str]:
        return self.tenants.get(tenant, "").splitlines()

    def signing_keys(self, url: str, wanted: str = "") -> Mapping[str, Mapping[str, Any]]:
        return self.keys.get(url, {})


NOBODY = Known()
