"""What Microsoft Graph says about a person: https://learn.microsoft.com/graph/api/user-get."""

from collections.abc import Mapping
from typing import Any

from integrations.platform import Identity, Person, PlatformError, Profile

FIELDS = "id,displayName,jobTitle,companyName,userPrincipalName"


def person_of(answer: Mapping[str, Any], tenant: str, picture_url: str) -> Person:
    """The answer of /me, read with a token that the tenant gave. Raises PlatformError."""

    def text(name: str) -> str:
        value = answer.get(name)
        return value.strip()[:200] if isinstance(value, str) else ""

    user_id = text("id").lower()
    if not user_id or not tenant:
        raise PlatformError(
            "bad_answer", "Microsoft did not say who you are. Please try again.", permanent=False
        )
    return Person(
        Identity("teams", tenant, user_id, "proved"),
        Profile(
            name=text("displayName"),
            email=text("userPrincipalName"),
            title=text("jobTitle"),
            company=text("companyName"),
            picture_url=picture_url,
            picture_is_private=True,
        ),
    )
