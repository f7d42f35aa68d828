"""How every process of ours writes its log, and which request a line belongs to, from the proxy to the last job.

A line holds ids only: no names, addresses, headers or bodies.
"""

import json
import logging
import time
from contextvars import ContextVar

from plugin.settings import Settings

REQUEST: ContextVar[str] = ContextVar("request", default="")


class InWords(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        request = REQUEST.get()
        where = f"{record.levelname} {record.name}" + (f" [{request}]" if request else "")
        return f"{where} {super().format(record)}"


class AsJson(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST.get():
            line["request"] = request
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(settings: Settings) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson() if settings.log_format == "json" else InWords())
    logging.basicConfig(level=settings.log_level, handlers=[handler])
