"""What an operator can set. Read once from the environment; a wrong value stops the start and names the variable."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

MINIMUM_SECRET_CHARACTERS = 32
BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
# Our own addresses begin so. Below a path of the same name nobody could tell them apart.
OWN_ADDRESSES = (
    "api",
    "brand",
    "e",
    "healthz",
    "host",
    "me",
    "media",
    "qr",
    "r",
    "readyz",
    "start",
    "static",
    "web",
)


class SettingsError(ValueError):
    """A variable is missing or wrong. The text names it and says what is expected."""


class AdapterSetting(Protocol):
    @property
    def variable(self) -> str: ...

    @property
    def parse(self) -> Callable[[str], Any]: ...

    @property
    def default(self) -> str: ...


class Adapter(Protocol):
    """What the settings want of a platform's adapter: its variables, and what it is made with from their values."""

    @property
    def settings(self) -> Sequence[AdapterSetting]: ...

    @staticmethod
    def options(values: Mapping[str, Any]) -> Mapping[str, Any] | None: ...


def _text(value: str) -> str:
    return value


def _folder(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.strip().isdecimal() or not low <= int(value) <= high:
            raise ValueError(f"expected a whole number from {low} to {high}")
        return int(value)

    return parse


def _processes(value: str) -> int:
    """A number; where none is given, one for each core that we may use. A core alone does not serve two faster."""
    return _whole(1, 64)(value) if value.strip() else min(_cores(), 64)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _switch(value: str) -> bool:
    choices = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return choices[value.strip().lower()]
    except KeyError:
        raise ValueError("expected on or off") from None


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://mosaic.example.org")
    address = value.rstrip("/")
    if not BASE_PATH.fullmatch(urlsplit(address).path):
        raise ValueError("a path may have letters, digits, dots, dashes and underscores between its slashes")
    return address


def _database_address(value: str) -> str:
    address = value.strip()
    if address and not re.match(r"(sqlite:///|postgres(ql)?(\+psycopg)?://)", address):
        raise ValueError("expected an address such as postgresql://name:password@db.example.org/mosaic")
    return address


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip() not in choices:
            raise ValueError(f"expected {' or '.join(choices)}")
        return value.strip()

    return parse


def _host_and_port(value: str) -> str:
    address = value.strip()
    if address and not re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}", address):
        raise ValueError("expected an address with its port, such as 127.0.0.1:8001")
    return address


def _storage_address(value: str) -> str:
    address = value.strip()
    if address and not re.fullmatch(r"file:///.+|s3://[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+)*/?", address):
        raise ValueError("expected an address such as s3://bucket/prefix or file:///srv/photos")
    return address


def _endpoint(value: str) -> str:
    return _web_address(value) if value.strip() else ""


def _mail_server(value: str) -> str:
    """The address of a mail server, with name and password in it where it asks for them."""
    address = value.strip()
    parts = urlsplit(address)
    if parts.port is not None and not parts.port:
        raise ValueError("a port is a number above 0")
    if address and (
        parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname or parts.path.strip("/")
    ):
        raise ValueError("expected an address such as smtps://name:password@mail.example.org")
    return address


def _mail_address(value: str) -> str:
    address = value.strip()
    if address and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
        raise ValueError("expected an address such as mosaic@example.org")
    return address


def _secrets(value: str) -> tuple[str, ...]:
    """One or more secrets, newest first, separated by white space: the first signs, all are accepted."""
    secrets = tuple(value.split())
    if not secrets or any(len(secret) < MINIMUM_SECRET_CHARACTERS for secret in secrets):
        raise ValueError(f"expected at least {MINIMUM_SECRET_CHARACTERS} characters without spaces")
    return secrets


def _setting(variable: str, parse: Callable[[str], Any], default: str | None, about: str) -> Any:
    return field(metadata={"variable": variable, "parse": parse, "default": default, "about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    secret_keys: tuple[str, ...] = _setting(
        "MOSAIC_SECRET_KEY", _secrets, None,
        "Signs panel tokens and encrypts platform tokens. While you rotate: several, newest first, separated by "
        "spaces. `mosaic run` makes one in the data folder when none is given.",
    )  # fmt: skip
    data_folder: Path = _setting(
        "MOSAIC_DATA", _folder, "data", "Where the database, photos and embedded Valkey keep their files."
    )
    database_url: str = _setting(
        "MOSAIC_DATABASE_URL",
        _database_address,
        "",
        "Where the database is, such as postgresql://name:password@db.example.org/mosaic. Empty: SQLite in the data "
        "folder.",
    )
    database_connections: int = _setting(
        "MOSAIC_DATABASE_CONNECTIONS",
        _whole(1, 1000),
        "15",
        "Connections to the database that each process may hold.",
    )
    database_wait_seconds: int = _setting(
        "MOSAIC_DATABASE_WAIT_SECONDS",
        _whole(1, 60),
        "5",
        "How long a request waits for one of them before it is told to come back in a moment.",
    )
    database_overflow: int = _setting(
        "MOSAIC_DATABASE_OVERFLOW",
        _whole(0, 1000),
        "0",
        "Further connections that each process may open while all of those are in use, and closes again.",
    )
    database_statement_seconds: int = _setting(
        "MOSAIC_DATABASE_STATEMENT_SECONDS",
        _whole(1, 3600),
        "30",
        "How long PostgreSQL may work on one statement before it gives up.",
    )
    storage_url: str = _setting(
        "MOSAIC_STORAGE_URL",
        _storage_address,
        "",
        "Where the photos are, such as s3://bucket/prefix or file:///srv/photos. Empty: the data folder.",
    )
    s3_endpoint: str = _setting(
        "MOSAIC_S3_ENDPOINT",
        _endpoint,
        "",
        "Address of a server that speaks as S3 does, such as https://s3.example.org. Empty: Amazon's.",
    )
    s3_region: str = _setting("MOSAIC_S3_REGION", _text, "", "The bucket's region, such as eu-central-1.")
    s3_key_id: str = _setting(
        "MOSAIC_S3_KEY_ID",
        _text,
        "",
        "Who asks the bucket. Empty: what boto3 finds by itself, such as the role of an instance.",
    )
    s3_secret: str = _setting("MOSAIC_S3_SECRET", _text, "", "The secret of MOSAIC_S3_KEY_ID.")
    s3_path_style: bool = _setting(
        "MOSAIC_S3_PATH_STYLE",
        _switch,
        "off",
        "Whether the bucket's name stands in the path and not in the host name, as many servers want it.",
    )
    s3_timeout_seconds: int = _setting(
        "MOSAIC_S3_TIMEOUT_SECONDS", _whole(1, 300), "10", "How long to wait for the bucket at each try."
    )
    s3_tries: int = _setting(
        "MOSAIC_S3_TRIES", _whole(1, 10), "3", "How often to try, before it counts as gone."
    )
    s3_public_url: str = _setting(
        "MOSAIC_S3_PUBLIC_URL",
        _endpoint,
        "",
        "Address of the bucket as browsers reach it, such as https://mosaic.s3.eu-central-1.amazonaws.com or "
        "https://s3.example.org/mosaic. Pictures come from there then, each by an address that works for five minutes. "
        "Empty: they come through the web processes.",
    )
    redis_url: str = _setting(
        "REDIS_URL",
        _text,
        "redis://127.0.0.1:6379/0",
        "Redis or Valkey. `mosaic run` starts one of its own when this is not set.",
    )
    base_url: str = _setting(
        "MOSAIC_BASE_URL",
        _web_address,
        "http://127.0.0.1:8000",
        "The address people use, in join links and QR codes; it may have a path. Phones must be able to reach it.",
    )
    host: str = _setting(
        "MOSAIC_HOST",
        _text,
        "127.0.0.1",
        "The address the web server listens on; 0.0.0.0 for the whole network.",
    )
    port: int = _setting("MOSAIC_PORT", _whole(1, 65535), "8000", "The port the web server listens on.")
    web_processes: int = _setting(
        "MOSAIC_WEB_PROCESSES", _processes, "", "Web processes. Empty: as many as there are cores."
    )
    prepare_workers: int = _setting(
        "MOSAIC_PREPARE_WORKERS", _whole(0, 64), "2", "Workers that clean photos, usually one a core."
    )
    proxies: int = _setting(
        "MOSAIC_PROXIES",
        _whole(0, 5),
        "0",
        "How many proxies in front set X-Forwarded-For and -Proto. 0: those headers are not believed.",
    )
    drain_seconds: int = _setting(
        "MOSAIC_DRAIN_SECONDS",
        _whole(1, 3600),
        "20",
        "How long a web machine that is told to stop may finish uploads and send its streams away. It is gone sooner "
        "where there are few.",
    )
    drain_warning_seconds: int = _setting(
        "MOSAIC_DRAIN_WARNING_SECONDS",
        _whole(0, 600),
        "0",
        "How long before that it still takes everybody in while /healthz and /readyz say 503, for balancers that look "
        "there: a little more than the time between two looks.",
    )
    open_hosting: bool = _setting(
        "MOSAIC_OPEN_HOSTING",
        _switch,
        "on",
        "Whether anybody who reaches the landing page may start a wall.",
    )
    upload_megabytes: int = _setting(
        "MOSAIC_UPLOAD_MEGABYTES", _whole(1, 100), "64", "The largest photo accepted."
    )
    hellos_soon: int = _setting(
        "MOSAIC_HELLOS_SOON", _whole(1, 1000), "6", "New hellos that one person may send in ten minutes."
    )
    hellos_event: int = _setting(
        "MOSAIC_HELLOS_EVENT", _whole(1, 100_000), "20", "New hellos that one person may send in an event."
    )
    guests_an_hour: int = _setting(
        "MOSAIC_GUESTS_AN_HOUR",
        _whole(1, 1_000_000),
        "3000",
        "New guests without a platform's proof who may come to an event from one internet address in an hour. Photos "
        "of more wait for the host's look; while no host is here, one comes to the wall every ten seconds.",
    )
    photos_at_once: int = _setting(
        "MOSAIC_PHOTOS_AT_ONCE",
        _whole(1, 1_000_000),
        "60",
        "How many of those guests may send their photo less than 20 seconds after they joined; one more for each "
        "neighbour who is still choosing. Further ones wait in the same way.",
    )
    retention_days: int = _setting(
        "MOSAIC_RETENTION_DAYS",
        _whole(1, 3650),
        "30",
        "Days after its last sign of life that an event is deleted with all its photos and hellos.",
    )
    log_level: str = _setting("MOSAIC_LOG_LEVEL", _text, "INFO", "DEBUG, INFO, WARNING or ERROR.")
    log_format: str = _setting(
        "MOSAIC_LOG_FORMAT", _one_of("text", "json"), "text", "text for people, or json: an object a line."
    )
    operator_address: str = _setting(
        "MOSAIC_OPERATOR_ADDRESS",
        _host_and_port,
        "127.0.0.1:8001",
        "Where /metrics and the details of /readyz are, for whoever runs the service; nobody else must reach it. "
        "Empty: nowhere.",
    )

    smtp_url: str = _setting(
        "MOSAIC_SMTP_URL",
        _mail_server,
        "",
        "The server that mail goes out by, such as smtps://name:password@mail.example.org, smtp:// for one that turns "
        "to TLS (STARTTLS), or smtp+plain:// for a relay on this machine. Empty: no mail is sent, and no codes by mail "
        "are offered.",
    )
    mail_from: str = _setting(
        "MOSAIC_MAIL_FROM",
        _mail_address,
        "",
        "The address that mail comes from. Needed with MOSAIC_SMTP_URL.",
    )
    contact: str = _setting(
        "MOSAIC_CONTACT",
        _text,
        "",
        "E-mail address of whoever runs this server, shown on the pages about support and privacy.",
    )
    # What each adapter is made with, by name; a platform that is not set up is not in it, and does not exist.
    platform_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], adapters: Mapping[str, Adapter] | None = None) -> Self:
        """Read every setting, those of `adapters` too; `NAME_FILE` may hold the path of a file with the value.

        Raises SettingsError with the variable's name.
        """
        own = {each.name: _read(environ, **each.metadata) for each in fields(cls) if each.metadata}
        settings = cls(**own, platform_options=_options(environ, adapters or {}))
        if settings.base_path.strip("/").partition("/")[0] in (*OWN_ADDRESSES, *(adapters or {})):
            raise SettingsError(
                f"MOSAIC_BASE_URL: {settings.base_path} begins like an address of our own; choose another path"
            )
        if settings.smtp_url and not settings.mail_from:
            raise SettingsError("MOSAIC_MAIL_FROM is missing, for MOSAIC_SMTP_URL is set")
        settings._refuse_public_url()
        return settings

    def _refuse_public_url(self) -> None:
        """Raise SettingsError for an address at which no browser finds the bucket, or shows what it finds."""
        if not self.s3_public_url:
            return
        name = self.bucket.partition("/")[0]
        parts = urlsplit(self.s3_public_url)
        if not name:
            raise SettingsError("MOSAIC_S3_PUBLIC_URL is set, and MOSAIC_STORAGE_URL names no bucket")
        if parts.path != f"/{name}" and (parts.path or not parts.netloc.startswith(f"{name}.")):
            raise SettingsError(
                f"MOSAIC_S3_PUBLIC_URL: expected the bucket's name, {name}, as the beginning of the host name or as "
                "the path"
            )
        if self.base_url.startswith("https:") and parts.scheme != "https":
            raise SettingsError("MOSAIC_S3_PUBLIC_URL: a page of https shows pictures of https only")

    @property
    def has_errands(self) -> bool:
        """Whether there is anybody to go to: a platform beside the plain browser, or a mail server."""
        return len(self.platform_options) > 1 or bool(self.smtp_url)

    @property
    def base_path(self) -> str:
        """The path below which we are served: empty, or such as /mosaic."""
        return urlsplit(self.base_url).path

    @property
    def resolved_storage_url(self) -> str:
        return self.storage_url or f"file://{self.data_folder / 'files'}"

    @property
    def bucket(self) -> str:
        """The name of the bucket, with what stands before every key; empty where a folder keeps the photos."""
        scheme, _, place = self.storage_url.partition("://")
        return place.strip("/") if scheme == "s3" else ""

    @property
    def pictures_origin(self) -> str:
        """Where browsers get pictures, if not from us: empty, or such as https://s3.example.org."""
        parts = urlsplit(self.s3_public_url)
        return f"{parts.scheme}://{parts.netloc}" if self.s3_public_url else ""

    @property
    def upload_bytes(self) -> int:
        return self.upload_megabytes * 1024 * 1024


def _options(environ: Mapping[str, str], adapters: Mapping[str, Adapter]) -> dict[str, Mapping[str, Any]]:
    found = {}
    for name, adapter in adapters.items():
        values = {
            each.variable: _read(environ, each.variable, each.parse, each.default)
            for each in adapter.settings
        }
        try:
            options = adapter.options(values)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        if options is not None:
            found[name] = options
    return found


def _read(
    environ: Mapping[str, str],
    variable: str,
    parse: Callable[[str], Any],
    default: str | None,
    about: str = "",
) -> Any:
    value = given(environ, variable)
    if value is None:
        value = default
    if value is None:
        raise SettingsError(f"{variable} is missing")
    try:
        return parse(value)
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None


def given(environ: Mapping[str, str], variable: str) -> str | None:
    """What the environment says, or the file that it names. Raises SettingsError."""
    if variable in environ or not (path := environ.get(f"{variable}_FILE")):
        return environ.get(variable)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable}_FILE: {error.strerror or 'cannot be read'}") from None
