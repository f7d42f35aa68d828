"""Keys of stand-ins for platforms: one takes a twentieth of a second to make, and may be the same in every test."""

from functools import cache

from joserfc.jwk import RSAKey


@cache
def signing_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})
