"""The parts of a form. Which of them are files is ours to say: some apps send a photo without a file name."""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import IO, Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

FILES = frozenset({"photo", "target"})
READ_AT_ONCE = 64 * 1024


class FormParser(FormDataParser):
    """Werkzeug's, but for the parts in FILES, which are files whatever their headers say."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        boundary = (options or {}).get("boundary", "")
        if mimetype != "multipart/form-data" or not boundary.isascii() or not boundary:
            return super().parse(stream, mimetype, content_length, options)
        try:
            fields, files = self._parts(stream, boundary.encode(), content_length)
        except ValueError:  # the framing is none
            return stream, self.cls(), self.cls()
        return stream, fields, files

    def _parts(self, stream: IO[bytes], boundary: bytes, content_length: int | None) -> tuple[Any, Any]:
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        part: Field | File | None = None
        body: IO[bytes] = BytesIO()
        for event in self._events(stream, boundary):
            if isinstance(event, Field | File):
                part = _as_file(event)
                body = self._body_of(part, content_length)
            elif isinstance(event, Data) and part is not None:
                body.write(event.data)
                if isinstance(part, Field) and body.tell() > (self.max_form_memory_size or body.tell()):
                    raise RequestEntityTooLarge
                if event.more_data:
                    continue
                body.seek(0)
                if isinstance(part, File):
                    files.append(
                        (part.name, FileStorage(body, part.filename, part.name, headers=part.headers))
                    )
                else:
                    fields.append((part.name, body.read().decode("utf-8", "replace")))
        return self.cls(fields), self.cls(files)

    def _events(self, stream: IO[bytes], boundary: bytes) -> Iterator[Event]:
        decoder = MultipartDecoder(boundary, self.max_form_memory_size, max_parts=self.max_form_parts)
        for data in iter(partial(stream.read, READ_AT_ONCE), b""):
            decoder.receive_data(data)
            yield from _ready(decoder)
        decoder.receive_data(None)
        yield from _ready(decoder)

    def _body_of(self, part: Field | File, content_length: int | None) -> IO[bytes]:
        if isinstance(part, Field):
            return BytesIO()
        return self.stream_factory(
            total_content_length=content_length,
            filename=part.filename,
            content_type=part.headers.get("content-type"),
        )


def _ready(decoder: MultipartDecoder) -> Iterator[Event]:
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        yield event


def _as_file(part: Field | File) -> Field | File:
    if isinstance(part, Field) and part.name in FILES:
        return File(name=part.name, filename="", headers=part.headers)
    return part
