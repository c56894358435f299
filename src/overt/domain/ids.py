"""Identifiers: UUID version 7 as text (RFC 9562, section 5.7). Clock and randomness are arguments."""

from __future__ import annotations

import uuid
from collections.abc import Callable

RandomBytes = Callable[[int], bytes]


def new_id(now_us: int, random_bytes: RandomBytes) -> str:
    """A UUIDv7: 48 bits of milliseconds, then 74 random bits.

    Args:
        now_us: microseconds since 1970, UTC.
        random_bytes: gives n random bytes; `os.urandom` in the product.
    """
    milliseconds = now_us // 1000
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError(f"a time of {now_us} microseconds does not fit into a UUIDv7")
    tail = int.from_bytes(random_bytes(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def made_us(text: str) -> int:
    """When a UUIDv7 was made, microseconds since 1970, UTC, to the millisecond.

    Raises:
        ValueError: it is none.
    """
    value = uuid.UUID(text)
    if value.version != 7:
        raise ValueError(f"{text} is no UUIDv7")
    return (value.int >> 80) * 1000
