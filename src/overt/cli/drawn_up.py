"""What is drawn up here and signed elsewhere, as files and digits."""

from __future__ import annotations

from pathlib import Path

from overt.domain.errors import Refused


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.", "Check its name.") from error


def write_new(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.", "Name a new file.") from error


def from_hex(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature.strip())
    except ValueError as error:
        raise Refused(
            "The signature is not in hexadecimal digits.", "Give the digits as they were printed where it was signed."
        ) from error
