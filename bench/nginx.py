"""nginx, from Debian's package: before the machines, as operators are told to have it, and before a bucket."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import HOST, ROOT, free_port
from plugin.operate.run import wait_for

SHIPPED = ROOT / "docs" / "operate" / "nginx.conf"
KEPT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")  # what it writes down by itself, each in a folder
WEB_MACHINE = re.compile(r"server web-\d:\d+ (.*)")
AS_USER = "user root;" if os.geteuid() == 0 else ""  # or its workers could not write into a folder of ours
TLS = re.compile(r"\n +(ssl_|http2 ).*")


@dataclass
class Nginx:
    """One nginx that listens on `port`, by the configuration that lies in its folder."""

    folder: Path
    port: int
    text: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "nginx.conf").write_text(self.text, encoding="utf-8")
        where = (
            "-p",
            str(self.folder),
            "-c",
            str(self.folder / "nginx.conf"),
            "-e",
            str(self.folder / "errors"),
        )
        self.process = subprocess.Popen(["nginx", *where, "-g", f"daemon off; {AS_USER}"])
        wait_for((self.folder / "pid").exists)

    def stop(self) -> None:
        """At once: whoever is connected is cut off."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None


def before_machines(folder: Path, ports: Sequence[int]) -> Nginx:
    """What stands in docs/operate, without TLS, before the machines at these ports."""
    port = free_port()
    text = TLS.sub("", SHIPPED.read_text(encoding="utf-8"))
    shipped = list(WEB_MACHINE.finditer(text))
    machines = " ".join(f"server {HOST}:{each} {shipped[0][1]}" for each in ports)
    text = text[: shipped[0].start()] + machines + text[shipped[-1].end() :]
    text = text.replace("listen 80;", f"listen {HOST}:{free_port()};")
    text = text.replace("listen 443 ssl;", f"listen {HOST}:{port};")
    return Nginx(folder, port, _in_its_folder(text, folder))


def before_bucket(folder: Path, bucket_port: int) -> Nginx:
    """Leads to a bucket for as long as it runs: stop it, and the bucket is gone."""
    port = free_port()
    text = f"""
pid /run/nginx.pid;
events {{}}
http {{
    access_log off;
    server {{
        listen {HOST}:{port};
        client_max_body_size 0;
        location / {{
            proxy_pass http://{HOST}:{bucket_port};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;  # it is part of what is signed
        }}
    }}
}}
"""
    return Nginx(folder, port, _in_its_folder(text, folder))


def _in_its_folder(text: str, folder: Path) -> str:
    kept = " ".join(f"{kind}_temp_path {folder / kind};" for kind in KEPT)
    text = text.replace("access_log off;", f"access_log off; {kept}")
    return text.replace("/run/nginx.pid", str(folder / "pid"))
