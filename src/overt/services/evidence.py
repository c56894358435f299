"""What is sealed: of an alert its pictures and whom it is about, of a list entry its pictures' templates and reference.

The content is one JSON header and the parts that it measures, end to end:

    length of the header (4 bytes, little endian) | header | part | part ...

Rules:
  - the header begins with a version; content of another version is refused, never guessed;
  - a picture is a JPEG, at most 480 pixels wide or high for a list entry.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from overt.domain.errors import Refused
from overt.domain.geometry import FloatArray
from overt.services.portraits import Verdict

VERSION = 1
_LENGTH = struct.Struct("<I")


class BadContent(Refused):
    """Sealed content that was opened and is not what it should be."""

    code = "bad-content"


@dataclass(frozen=True, kw_only=True)
class AlertPicture:
    """One picture of an alert. `quality`: 0 to 1; `captured_us`: microseconds since 1970, UTC."""

    jpeg: bytes
    captured_us: int
    quality: float


@dataclass(frozen=True, kw_only=True)
class AlertEvidence:
    """What an alert seals.

    Attributes:
        listed: the entry's picture, JPEG; None where no picture is kept.
        response: what was planned for whoever is listed, a code of the policy; "" where that is not known.
    """

    reference: str
    pictures: tuple[AlertPicture, ...]
    listed: bytes | None
    response: str = ""

    def to_bytes(self) -> bytes:
        header = {
            "reference": self.reference,
            "pictures": [{"captured_us": one.captured_us, "quality": one.quality} for one in self.pictures],
            "listed": self.listed is not None,
            "response": self.response,
        }
        return packed(header, [one.jpeg for one in self.pictures] + ([] if self.listed is None else [self.listed]))

    @classmethod
    def from_bytes(cls, content: bytes) -> AlertEvidence:
        """Raises BadContent."""
        header, parts = unpacked(content)
        try:
            pictures = tuple(
                AlertPicture(jpeg=part, **one) for one, part in zip(header["pictures"], parts, strict=False)
            )
            listed = parts[len(pictures)] if header["listed"] else None
            response = str(header.get("response", ""))  # 0.1.0 had none
            return cls(reference=header["reference"], pictures=pictures, listed=listed, response=response)
        except (KeyError, IndexError, TypeError) as error:
            raise _bad() from error


@dataclass(frozen=True, kw_only=True, eq=False)
class ListedPerson:
    """What a list entry seals.

    Attributes:
        templates: shape (rows, length), float32, unit rows.
        picture: JPEG.
        fields: the entry's own fields, text by column: category, ground, offence, ...; those that are filled.
        made_by: what the templates depend on; "" where that was not kept.
        looked: of each picture that was offered for the entry what was found (`overt.services.portraits.Verdict`).
    """

    reference: str
    templates: FloatArray
    picture: bytes
    fields: Mapping[str, str] = field(default_factory=dict)
    made_by: str = ""
    looked: tuple[Verdict, ...] = ()

    def to_bytes(self) -> bytes:
        rows, length = self.templates.shape
        header = {
            "reference": self.reference,
            "rows": rows,
            "length": length,
            "fields": dict(self.fields),
            "made_by": self.made_by,
            "looked": [one.record() for one in self.looked],
        }
        return packed(header, [np.ascontiguousarray(self.templates, "<f4").tobytes(), self.picture])

    @classmethod
    def from_bytes(cls, content: bytes) -> ListedPerson:
        """Raises BadContent."""
        header, parts = unpacked(content)
        try:
            templates = np.frombuffer(parts[0], "<f4").reshape(header["rows"], header["length"]).astype(np.float32)
            fields = {str(name): str(text) for name, text in header.get("fields", {}).items()}  # 0.1.0 had none
            return cls(
                reference=header["reference"],
                templates=templates,
                picture=parts[1],
                fields=fields,
                made_by=str(header.get("made_by", "")),
                looked=tuple(Verdict.of(header["reference"], one) for one in header.get("looked", ())),
            )
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise _bad() from error


def packed(header: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    """A header and parts, end to end."""
    written = json.dumps({"version": VERSION, "parts": [len(part) for part in parts], **header}).encode()
    return b"".join([_LENGTH.pack(len(written)), written, *parts])


def unpacked(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What `packed` put together; raises BadContent."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        header = json.loads(content[_LENGTH.size : _LENGTH.size + length])
        if header["version"] != VERSION:
            raise BadContent("This was sealed by a later version of Overt.", "Update Overt.")
        parts, at = [], _LENGTH.size + length
        for size in header["parts"]:
            parts.append(content[at : at + size])
            at += size
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise _bad() from error
    if at != len(content):
        raise _bad()
    return header, parts


def _bad() -> BadContent:
    return BadContent("What was sealed is not in the form that Overt gives it.", "Keep a copy and report the fault.")
