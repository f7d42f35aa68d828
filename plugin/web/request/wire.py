"""A request as adapters see it: bytes and headers, no framework."""

from flask import request

from integrations.platform import Request


def wire_request(*, with_body: bool) -> Request:
    return Request(
        request.method,
        request.path,
        query=request.args,
        headers={name.lower(): value for name, value in request.headers},
        body=request.get_data() if with_body else b"",
    )


def no_tenant_key(_tenant: str) -> str | None:
    """For platforms whose tenants have no keys of their own."""
    return None
