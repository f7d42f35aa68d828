"""The files for nginx and Caddy are read as they read them, and by themselves where they are there."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plugin.settings import Settings
from plugin.web.live.broadcast import PING_SECONDS
from plugin.web.request.bodies import FORM_BYTES
from tests.test_deploy import HERE, ROLES, SAID, last
from tests.test_run import free_port


@dataclass(frozen=True)
class Directive:
    """`name word word;` or `name word { ... }`."""

    words: tuple[str, ...]
    block: "tuple[Directive, ...]" = ()

    def all(self, *begin: str) -> "list[Directive]":
        here = [each for each in self.block if each.words[: len(begin)] == begin]
        return here + [found for each in self.block for found in each.all(*begin)]

    def one(self, *begin: str) -> "Directive":
        (found,) = self.all(*begin)
        return found


def nginx() -> Directive:
    text = re.sub(r"#.*", "", (HERE / "nginx.conf").read_text(encoding="utf-8"))
    tokens = iter(re.findall(r"\"[^\"]*\"|[{};]|[^\s{};]+", text))

    def block(is_inner: bool) -> tuple[Directive, ...]:
        found, words = [], []
        for token in tokens:
            if token not in "{};":
                words.append(token)
                continue
            if token == "}":
                assert is_inner
                assert not words
                return tuple(found)
            found.append(Directive(tuple(words), block(True) if token == "{" else ()))
            words = []
        assert not is_inner
        assert not words
        return tuple(found)

    return Directive((), block(False))


def caddy() -> Directive:
    text = re.sub(r"^\s*#.*\n", "", (HERE / "Caddyfile").read_text(encoding="utf-8"), flags=re.M)
    lines = iter(text.splitlines())

    def block() -> tuple[Directive, ...]:
        found = []
        for line in lines:
            words = line.split()
            if words == ["}"]:
                break
            is_outer = words[-1] == "{"
            found.append(Directive(tuple(words[:-1] if is_outer else words), block() if is_outer else ()))
        return tuple(found)

    return Directive((), block())


def web_machines() -> set[str]:
    return {f"{name}:{last('EXPOSE')}" for name, each in ROLES.items() if each["command"][-1] == "web"}


def test_proxies_lead_to_the_web_machines_and_never_to_the_operators_address() -> None:
    upstream = nginx().one("upstream", "mosaic")
    assert {each.words[1] for each in upstream.all("server")} == web_machines()
    assert {each.words[1] for each in nginx().all("proxy_pass")} == {"http://mosaic"}
    assert set(caddy().one("reverse_proxy").words[1:]) == web_machines()
    for name in ("nginx.conf", "Caddyfile"):
        assert "8001" not in (HERE / name).read_text(encoding="utf-8")


def largest_request() -> int:
    return Settings.from_environ({"MOSAIC_SECRET_KEY": SAID["MOSAIC_SECRET_KEY"]}).upload_bytes + FORM_BYTES


def test_nginx_lets_streams_through_at_once_and_long_and_photos_of_any_size() -> None:
    server = next(each for each in nginx().all("server") if each.all("client_max_body_size"))
    allowed = int(server.one("client_max_body_size").words[1].removesuffix("m")) * 1024 * 1024
    assert allowed >= largest_request()
    assert float(server.one("proxy_read_timeout").words[1].removesuffix("s")) > 2 * PING_SECONDS
    streams = next(each for each in server.all("location") if each.words[1] == "~")
    assert re.search(streams.words[2], "/api/live")
    assert re.search(streams.words[2], "/mosaic/api/live")
    assert streams.one("proxy_buffering").words[1] == "off"
    assert server.one("http2").words[1] == "on"
    assert server.one("proxy_http_version").words[1] == "1.1"


def test_what_somebody_claims_of_themselves_is_replaced() -> None:
    told = {each.words[1]: each.words[2] for each in nginx().all("proxy_set_header")}
    assert told["X-Forwarded-For"] == "$remote_addr"
    assert told["X-Forwarded-Proto"] == "$scheme"
    assert told["X-Request-Id"] == "$request_id"
    assert not nginx().all("location")[0].all("proxy_set_header"), "one there would forget all others"


def test_caddy_takes_photos_of_any_size_and_ends_streams_of_panels_that_left() -> None:
    allowed = int(caddy().one("max_size").words[1].removesuffix("MiB")) * 1024 * 1024
    assert allowed >= largest_request()
    assert not caddy().all("flush_interval")
    assert caddy().one("health_uri").words[1] == "/healthz"


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    _make_certificate(tmp_path)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {tmp_path / kind};" for kind in kinds)
    text = (HERE / "nginx.conf").read_text(encoding="utf-8")
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr
    if tuple(map(int, re.findall(r"\d+", said)[:3])) < (1, 25, 1):
        text = text.replace("listen 443 ssl;\n        http2 on;", "listen 443 ssl http2;")
    for old, new in {
        "/etc/nginx/certificates": str(tmp_path),
        "/run/nginx.pid": str(tmp_path / "pid"),
        **{each: f"127.0.0.1:{last('EXPOSE')}" for each in web_machines()},
        "listen 80;": f"listen {free_port()};",
        "listen 443": f"listen {free_port()}",
        "access_log off;": f"access_log off; {temporary}",
    }.items():
        text = text.replace(old, new)
    (tmp_path / "nginx.conf").write_text(text)
    command = ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "errors"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _make_certificate(folder: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mosaic.example.org")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "fullchain.pem").write_bytes(pem)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*plain))


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no Caddy here")
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", HERE / "Caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
