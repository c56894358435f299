"""A form with large files, taken as it comes: never as a whole in memory, and never in a file of the web server's.

Rules:
  - a part with a file goes straight to the upload, piece by piece (`overt.services.uploads`); a part without one is a
    field, and short;
  - what is found wrong is told once everything has come, since a browser shows no answer before; what comes after it
    is thrown away;
  - whoever sends nothing for a while, or takes too long altogether, is told so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from overt.domain.errors import OvertError, Refused
from overt.services.uploads import Upload

SILENCE_S: Final = 60.0
ALTOGETHER_S: Final = 3600.0
_MOST_FIELDS: Final = 32
_FIELD_BYTES: Final = 4096


class BadForm(Refused):
    code = "bad-form"


async def received(request: Request, upload: Upload) -> dict[str, str]:
    """The fields of a form; its files are in the upload.

    Raises:
        BadForm: it is no such form, or is not sent in time.
        BadWatchList, StoreUnavailable: the files cannot be taken.
    """
    form = _Form(request.headers.get("content-type", ""), upload)
    try:
        async with asyncio.timeout(ALTOGETHER_S):
            async for piece in _pieces(request):
                await run_in_threadpool(form.take, piece)
    except TimeoutError as error:
        raise BadForm("The pictures did not come in time, so none of them was kept.", "Send them again.") from error
    return form.end()


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        async with asyncio.timeout(SILENCE_S):
            try:
                piece = await anext(stream)
            except StopAsyncIteration:
                return
        if piece:
            yield piece


class _Form:
    """A form that is being read."""

    def __init__(self, content_type: str, upload: Upload) -> None:
        self._fields: dict[str, str] = {}
        self._upload, self._fault, self._ended = upload, _fault_of(content_type), False
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._field, self._is_file, self._text = "", False, bytearray()
        self._parser: MultipartParser | None = None
        if self._fault is None:
            boundary = parse_options_header(content_type)[1][b"boundary"]
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._part,
                    "on_part_end": self._part_ends,
                    "on_end": self._ends,
                },
            )

    def take(self, piece: bytes) -> None:
        """More of the body; after a fault it is thrown away."""
        if self._fault is not None or self._parser is None:
            return
        try:
            self._parser.write(piece)
        except FormParserError:
            self._fault = _unreadable()
        except OvertError as error:
            self._fault = error

    def end(self) -> dict[str, str]:
        """The fields; raises what was wrong."""
        if self._fault is not None:
            raise self._fault
        if not self._ended:
            raise BadForm("The form was cut short, so nothing of it was kept.", "Send it again.")
        return self._fields

    def _part_begins(self) -> None:
        self._disposition, self._field, self._is_file = b"", "", False
        self._text.clear()

    def _header_ends(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        options = parse_options_header(self._disposition.decode("latin-1"))[1]
        if b"name" not in options:
            raise _unreadable()
        self._field = options[b"name"].decode("utf-8", "replace")
        self._is_file = bool(options.get(b"filename"))  # where nothing was chosen, browsers send a file without a name
        if self._is_file:
            self._upload.begin(options[b"filename"].decode("utf-8", "replace"))
        elif len(self._fields) >= _MOST_FIELDS:
            raise _unreadable()

    def _part(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._upload.add(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _FIELD_BYTES:
            raise BadForm(f"{self._field.replace('_', ' ')[:40]} is too long.", "Write less.")

    def _part_ends(self) -> None:
        if self._is_file:
            self._upload.end()
        else:
            self._fields[self._field] = self._text.decode("utf-8", "replace")

    def _ends(self) -> None:
        self._ended = True


def _fault_of(content_type: str) -> OvertError | None:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not 0 < len(options.get(b"boundary", b"")) <= 200:
        return _unreadable()
    return None


def _unreadable() -> BadForm:
    return BadForm("What was sent is not the form of this page.", "Go back to the page, and send it from there.")
