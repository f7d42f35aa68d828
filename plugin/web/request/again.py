"""An app that asks a view anew where another transaction was in the way of what it wrote: see plugin.state.db.again."""

from typing import Any

from flask import Flask, request

from plugin.state.db import again


class Persistent(Flask):
    def dispatch_request(self) -> Any:
        return again(self._ask)

    def _ask(self) -> Any:
        for upload in request.__dict__.get("files", {}).values():  # those that a try before has read
            upload.stream.seek(0)
        return super().dispatch_request()
