"""The single sign-on token of Teams: an access token for our own API, from the person's own tenant. Strictly read.

What is checked, and why each of it: https://learn.microsoft.com/entra/identity-platform/access-tokens. The keys are
common to all tenants and all apps of Microsoft's, so that a good signature alone proves nothing about us.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from integrations.platform import PlatformError

SCOPE = "access_as_user"
# Teams itself: on desktops and phones, and in the browser. No other program of a tenant's asks for tokens of ours.
TEAMS_CLIENTS = frozenset({"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"})
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST = 16_384  # characters; people who are in many groups have long ones
SKEW_SECONDS = 60.0
LONGEST_VALIDITY_SECONDS = 30 * 3600.0  # 60 to 90 minutes are usual, 28 hours the most
ANY_TENANT = "{tenantid}"  # in a key's issuer


@dataclass(frozen=True)
class Member:
    """Somebody whom their tenant vouches for."""

    tenant: str
    user_id: str
    name: str
    address: str  # usually the user principal name; may change, so that it is never a key


def refused() -> PlatformError:
    # One answer for every fault: a forger learns nothing from it.
    return PlatformError(
        "bad_context", "Teams did not vouch for this. Close the app in Teams and open it again."
    )


def expired() -> PlatformError:
    return PlatformError("expired_context", "This took too long. Close the app in Teams and open it again.")


def of_version_1() -> PlatformError:
    """The app's registration still asks for tokens of the first version: a fault of whoever set it up."""
    return PlatformError(
        "old_token",
        "Microsoft sent a token of version 1. In the app's registration, set "
        "api.requestedAccessTokenVersion (once accessTokenAcceptedVersion) to 2.",
    )


def key_id_of(token: str) -> str:
    """Which key the token claims to be signed with; nothing of it is believed yet. Raises PlatformError."""
    if not 0 < len(token) <= LONGEST or token.count(".") != 2:
        raise refused()
    if _part(token, 1).get("ver") == "1.0":
        raise of_version_1()
    key_id = _part(token, 0).get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise refused()
    return key_id


def _part(token: str, number: int) -> Mapping[str, Any]:
    """What the header (0) or the claims (1) say."""
    segment = token.split(".")[number]
    try:
        found = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(found, dict):
        raise refused()
    return found


def member_of(token: str, key: Mapping[str, Any] | None, client_id: str, issuer: str, now: float) -> Member:
    """Whom the token speaks of. Raises PlatformError: bad_context, expired_context.

    `key` is the platform's with the token's key id, `issuer` the address of tenants with {tenantid} in it. Expiry is
    told apart from other faults, as it happens to honest people too; only a token that is for us can be told to be
    expired.
    """
    if key is None:
        raise refused()
    claims = _verified(token, key)
    tenant, user_id = _guid(claims, "tid"), _guid(claims, "oid")
    ours = issuer.replace(ANY_TENANT, tenant)
    if claims.get("iss") != ours or _issuer_of(key, tenant) != ours:
        raise refused()
    scopes = claims.get("scp")
    if claims.get("aud") != client_id or claims.get("ver") != "2.0" or claims.get("idtyp") == "app":
        raise refused()
    if not isinstance(scopes, str) or SCOPE not in scopes.split() or claims.get("azp") not in TEAMS_CLIENTS:
        raise refused()
    _check_times(claims, now)
    return Member(tenant, user_id, _text(claims, "name"), _text(claims, "preferred_username"))


def _verified(token: str, key: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(jwt.decode(token, RSAKey.import_key(dict(key)), algorithms=["RS256"]).claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise refused() from None


def _issuer_of(key: Mapping[str, Any], tenant: str) -> str:
    """For whom the key may sign: for every tenant, or for one of its own only."""
    issuer = key.get("issuer")
    return issuer.replace(ANY_TENANT, tenant) if isinstance(issuer, str) else ""


def _guid(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise refused()
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    begins, ends = _moment(claims, "nbf"), _moment(claims, "exp")
    if begins > now + SKEW_SECONDS or ends > now + LONGEST_VALIDITY_SECONDS:
        raise refused()
    if ends < now - SKEW_SECONDS:
        raise expired()


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused()
    return float(value)
