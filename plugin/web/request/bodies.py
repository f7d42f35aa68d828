"""What any request may carry, looked at in one place: how much, and nothing that a use case would stumble over."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

from plugin.people.refusal import Refusal
from plugin.web.request.parts import FormParser

LARGEST_ID = (1 << 53) - 1  # whole numbers beyond are no longer exact in the browser, nor ours
FORM_BYTES = 64 * 1024
LONGEST_LIST = 1000

View = TypeVar("View", bound=Callable[..., Any])


class Id(IntegerConverter):
    """An id in an address; one that no row can have leads nowhere."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST_ID, **options})


class Body:
    """What comes over the wire. Framing that breaks off or is none is the sender's fault, not ours."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, *size: int) -> bytes:
        return self._asked(self._stream.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._asked(self._stream.readline, *size)

    def readlines(self, *hint: int) -> list[bytes]:
        return list(iter(self.readline, b""))

    def __iter__(self) -> Iterable[bytes]:
        return iter(self.readline, b"")

    @staticmethod
    def _asked(read: Callable[..., bytes], *size: int) -> bytes:
        try:
            return read(*size)
        except (OSError, ValueError, ParseException) as error:
            raise BadRequest("The request broke off.") from error


class Form(Request):
    """A request whose form holds no text that others could not take."""

    form_data_parser_class = FormParser

    def _load_form_data(self) -> None:
        super()._load_form_data()
        for name, value in self.form.items(multi=True):
            if not (is_plain(name) and is_plain(value)):
                raise _odd(name if is_plain(name) else None)


def takes_upload(view: View) -> View:
    """Mark a view whose body may be as large as a photo; all others take little."""
    view.takes_upload = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask, upload_bytes: int) -> None:
    app.request_class = Form
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES
    app.url_map.converters["int"] = Id
    app.before_request(lambda: _look_at(upload_bytes))
    inner = app.wsgi_app

    def with_body(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return inner(environ, start_response)

    app.wsgi_app = with_body  # type: ignore[method-assign]


def _look_at(upload_bytes: int) -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_upload", False) and request.mimetype == "multipart/form-data":
        request.max_content_length = upload_bytes + FORM_BYTES
    for name, value in request.args.items(multi=True):
        if not (is_plain(name) and is_plain(value)):
            raise _odd(None)


def is_plain(text: str) -> bool:
    """Whether a text is one that every database and every encoder takes: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def json_object(*, lists: Iterable[str] = (), objects: Iterable[str] = ()) -> dict[str, Any]:
    """The request's JSON object: texts, numbers, switches and nulls, and lists or objects where they are expected.

    Raises Refusal (422).
    """
    try:
        content = request.get_json(silent=True)
    except RecursionError:
        raise _odd(None) from None
    if not isinstance(content, dict):
        raise _odd(None)
    for name, value in content.items():
        if not (is_plain(name) and _is_expected(value, name in lists, name in objects)):
            raise _odd(name if is_plain(name) else None)
    return content


def _is_expected(value: Any, may_be_list: bool, may_be_object: bool) -> bool:
    if isinstance(value, list):
        return may_be_list and len(value) <= LONGEST_LIST and all(_is_item(each) for each in value)
    if isinstance(value, dict):
        return may_be_object and _is_item(value)
    return _is_single(value)


def _is_item(value: Any) -> bool:
    """What stands in a list: something single, or an object of such."""
    if isinstance(value, dict):
        return all(is_plain(name) and _is_single(each) for name, each in value.items())
    return _is_single(value)


def _is_single(value: Any) -> bool:
    if isinstance(value, str):
        return is_plain(value)
    if isinstance(value, float):
        return abs(value) <= LARGEST_ID  # neither infinite nor NaN
    return value is None or (isinstance(value, int) and abs(value) <= LARGEST_ID)


def _odd(field: str | None) -> Refusal:
    return Refusal(422, "not_json", "Please reload the page and try again.", field)
