"""The same service as the tests in Chromium have."""

from tests.browser.conftest import web_server

__all__ = ["web_server"]
