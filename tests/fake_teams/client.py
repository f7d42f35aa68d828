"""A Teams client for a browser: pages at https://teams.microsoft.com around ours, which the real library cannot tell
from Teams' own, and the service at an https address of its own.

with FakeClient(service_port, mint) as client:
    browser = chromium.launch(args=[*ARGUMENTS, *client.arguments])
    page.goto(client.address(TeamsPerson("ada", "Ada")))

Chromium is told where the two names live; the certificate is made here and is good for nothing else.
"""

import datetime
import ipaddress
import json
import select
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
TEAMS = "teams.microsoft.com"
SERVICE = "mosaic.example.com"
PAGES = {"/client": "client.html", "/demo": "demo.html"}
TITLES = {
    "meeting": "Meeting",
    "tab": "Chat tab",
    "settings": "Add the app",
    "personal": "Personal tab",
    "ready": "Readiness",
}
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
CHUNK = 65536


@dataclass
class TeamsPerson:
    """Somebody with a Teams client. `may_share`: organizers and presenters; `has_agreed`: to being signed in to us."""

    key: str
    name: str
    oid: str = ""
    tid: str = ""
    upn: str = ""
    may_share: bool = False
    has_agreed: bool = True
    is_anonymous: bool = False
    theme: str = "default"
    device: str = "desktop"
    chat: str = "19:meeting_weekly@thread.v2"
    meeting: str = "MCMxOTptZWV0aW5nX3dlZWtseUB0aHJlYWQudjIjMA=="
    silent: list[str] = field(default_factory=list)  # messages that never get an answer

    def for_page(self) -> Mapping[str, Any]:
        known = asdict(self)
        return known | {"mayShare": self.may_share, "isAnonymous": self.is_anonymous}


Mint = Callable[[TeamsPerson], str]


class FakeClient:
    """Serves the client's pages and what they share: tokens, and what tab and stage a meeting has."""

    def __init__(self, service_port: int, mint: Mint) -> None:
        self.people: dict[str, TeamsPerson] = {}
        self.meetings: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()
        self._mint = mint
        self._folder = tempfile.TemporaryDirectory(prefix="fake-teams-")
        context = _certified(Path(self._folder.name))
        self._pages = _Pages(self, context)
        self._front = _Front(context, service_port)

    @property
    def arguments(self) -> list[str]:
        """What Chromium has to be told."""
        pages = self._pages.server_address[1]
        rules = f"MAP {TEAMS}:443 {LOOPBACK}:{pages}, MAP {SERVICE}:443 {LOOPBACK}:{self._front.port}"
        return [f"--host-resolver-rules={rules}", "--ignore-certificate-errors"]

    def address(self, person: TeamsPerson, **options: str) -> str:
        """Where this person's client is. `view`: meeting, tab, settings, personal or ready."""
        self.people[person.key] = person
        return f"https://{TEAMS}/client?{urlencode({'person': person.key} | options)}"

    def __enter__(self) -> "FakeClient":
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()
        threading.Thread(target=self._front.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pages.shutdown()
        self._pages.server_close()
        self._front.close()
        self._folder.cleanup()

    # -- what the pages ask for --

    def person(self, key: str) -> Mapping[str, Any]:
        person = self.people[key]
        names = [each.name for each in self.people.values() if each.chat == person.chat]
        here = {"person": person.for_page(), "people": names, "titles": TITLES}
        return here | {"app": f"https://{SERVICE}"}

    def meeting(self, chat: str) -> dict[str, Any]:
        with self.lock:
            return self.meetings.setdefault(chat, {"tab": None, "stage": None})

    def token(self, key: str, silent: bool) -> Mapping[str, str]:
        """A token, or what the library says where nobody has agreed yet: then a question that is answered with yes."""
        person = self.people[key]
        if not person.has_agreed:
            if silent:
                return {"error": "resourceRequiresConsent"}
            person.has_agreed = True
        return {"token": self._mint(person)}


class _Pages(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, client: FakeClient, context: ssl.SSLContext) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.client = client
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Pages

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        kind, _, name = path.strip("/").partition("/")
        if kind == "people":
            self._answer(self.server.client.person(name))
        elif kind == "meetings":
            self._answer(self.server.client.meeting(name))
        else:
            self._file(PAGES.get(path, path.strip("/")))

    def do_POST(self) -> None:
        wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind, _, name = unquote(self.path).strip("/").partition("/")
        if kind == "token":
            self._answer(self.server.client.token(wish["person"], wish["silent"]))
        else:
            meeting = self.server.client.meeting(name)
            meeting.update(wish)
            self._answer(meeting)

    def _file(self, name: str) -> None:
        path = HERE / name
        if path.parent != HERE or path.suffix not in KINDS:
            self.send_error(404)
        else:
            self._body(path.read_bytes(), f"{KINDS[path.suffix]}; charset=utf-8")

    def _answer(self, content: Any) -> None:
        self._body(json.dumps(content).encode(), "application/json")

    def _body(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class _Front:
    """What stands before a service on the internet: TLS, and nothing else."""

    def __init__(self, context: ssl.SSLContext, service_port: int) -> None:
        self._context = context
        self._service = (LOOPBACK, service_port)
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])

    def serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(plain,), daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _carry(self, plain: socket.socket) -> None:
        with (
            suppress(OSError),
            self._context.wrap_socket(plain, server_side=True) as browser,
            socket.create_connection(self._service) as service,
        ):
            other = {browser: service, service: browser}
            while True:
                for end in [browser] if browser.pending() else select.select(list(other), [], [])[0]:
                    if not (data := end.recv(CHUNK)):
                        return
                    other[end].sendall(data)


def _certified(folder: Path) -> ssl.SSLContext:
    """A certificate for the two names, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "not Teams")])
    names = [x509.DNSName(TEAMS), x509.DNSName(SERVICE), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
