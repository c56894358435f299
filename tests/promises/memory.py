"""Searching another process's whole memory for many byte strings at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

WORD = 8
_CHUNK = 1 << 24
_TABLE_BITS = 22
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def search(pid: int, needles: Mapping[str, Iterable[bytes]]) -> Counter[str]:
    """How often needles of each kind lie in what the process can read; a needle that is found twice counts twice.

    A needle has at least 16 bytes, at any address. Wherever it lies, one of eight neighbouring words of it is aligned;
    those eight that say most are looked for, and then the whole needle is compared.

    Args:
        needles: by kind.
    """
    wanted: dict[int, list[tuple[str, bytes, int]]] = {}
    for kind, of_kind in needles.items():
        for needle in set(of_kind):
            assert len(needle) >= 2 * WORD - 1
            for start in _most_telling(needle):
                word = int.from_bytes(needle[start : start + WORD], "little")
                wanted.setdefault(word, []).append((kind, needle, start))
    words = np.array(sorted(wanted), np.uint64)
    table = np.zeros(1 << _TABLE_BITS, np.bool_)
    table[_slot(words)] = True
    found: Counter[str] = Counter()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for begin, end, path in readable_maps(pid):
            if path in ("[vvar]", "[vsyscall]"):
                continue
            for at in range(begin, end, _CHUNK):
                held = _read(memory.fileno(), at, min(_CHUNK, end - at))
                seen = np.frombuffer(held, np.uint64, len(held) // WORD)
                likely = np.flatnonzero(table[_slot(seen)])
                for position in likely[np.isin(seen[likely], words)].tolist():
                    for kind, needle, start in wanted[int(seen[position])]:
                        first = position * WORD - start
                        if held[max(0, first) : first + len(needle)] == needle[max(0, -first) :]:
                            found[f"{kind} in {path or 'memory'}"] += 1
    return found


def readable_maps(pid: int) -> list[tuple[int, int, str]]:
    """Begin, end and name of every readable part of the process's memory."""
    parts = []
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
        span, rights, _, _, _, *name = line.split(maxsplit=5)
        if rights.startswith("r"):
            begin, end = (int(number, 16) for number in span.split("-"))
            parts.append((begin, end, name[0] if name else ""))
    return parts


def _most_telling(needle: bytes) -> range:
    """The starts of eight neighbouring words of which even the plainest has as many different bytes as possible."""
    different = [len(set(needle[at : at + WORD])) for at in range(len(needle) - WORD + 1)]
    first = max(range(len(different) - WORD + 1), key=lambda at: min(different[at : at + WORD]))
    return range(first, first + WORD)


def _slot(words: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    return (words * _FACTOR) >> np.uint64(64 - _TABLE_BITS)


def _read(descriptor: int, at: int, length: int) -> bytes:
    try:
        return os.pread(descriptor, length, at)
    except OSError:
        return b""
