"""Mail that we send: a template in the reader's language, through the operator's server. Off where none is set."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plugin.languages import read_catalogue

HERE = Path(__file__).parent.parent
# In a wheel the templates are inside the package; in a checkout they are a folder of their own.
TEMPLATES = HERE / "templates" if (HERE / "templates").is_dir() else HERE.parent / "templates"
WAIT_SECONDS = 20.0
SECURE, UPGRADED, PLAIN = "smtps", "smtp", "smtp+plain"
PORTS = {SECURE: 465, UPGRADED: 587, PLAIN: 25}


class PostError(Exception):
    """A mail that was not taken. `permanent`: trying again is useless. The text is for logs and holds no address."""

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.permanent = permanent


@dataclass(frozen=True)
class Post:
    """Where mail goes out. `url`: smtps://, smtp:// (which must offer STARTTLS) or smtp+plain:// for a relay here."""

    url: str = field(repr=False)
    sender: str
    base_url: str = ""

    def send(self, to: str, template: str, language: str, **values: Any) -> None:
        """Raises PostError."""
        message = compose(self.sender, to, template, language, base_url=self.base_url, **values)
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise PostError(f"not taken: {codes}", permanent=all(code >= 500 for code in codes)) from None
        except smtplib.SMTPResponseException as error:
            raise PostError(f"{type(error).__name__} {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
            raise PostError(type(error).__name__) from None

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == SECURE:
            server = smtplib.SMTP_SSL(host, port, timeout=WAIT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=WAIT_SECONDS)
        try:
            if parts.scheme == UPGRADED:
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def compose(sender: str, to: str, template: str, language: str, **values: Any) -> EmailMessage:
    """The mail of a template, whose first line is the subject. Raises ValueError for an address that is none."""
    text = _templates(language).get_template(f"mail/{template}.txt").render(**values)
    subject, _, body = text.partition("\n")
    message = EmailMessage()
    message["From"] = Address("Virtual Mosaic", addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
    message.set_content(f"{body.strip()}\n")
    message["Content-Language"] = language
    return message


@cache
def _templates(language: str) -> Environment:
    environment = Environment(  # noqa: S701 - plain text, in which nothing needs escaping
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue: Any = read_catalogue(language)
    install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
    install(catalogue, newstyle=True)
    return environment
