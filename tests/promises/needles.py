"""What must not remain of a stranger, as the bytes in which it may lie in a process's memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PossibleMatch
from overt.recognition.rows import split
from tests.promises.rig import Running, Told

LENGTH = 32
_LEAST_VALUES = 4  # among eight bytes


def of_templates(running: Running) -> dict[str, list[bytes]]:
    """Of every template that was made so far: as the network gave it, of unit length, fused; float64, float32, bf16."""
    made = [np.frombuffer(told.content, np.float32) for told in running.told_of("TF")]
    raw = [np.frombuffer(told.content, np.float32) for told in running.told_of("R")]
    return {
        "template": windows(made),
        "template in float64": windows(row.astype(np.float64) for row in made),
        "template in bf16": windows(split(row[None])[0][0] for row in made),
        "raw template": windows(raw),
        "raw template in bf16": windows(bf16(row) for row in raw),
    }


def of_pictures(running: Running) -> dict[str, list[bytes]]:
    """Of rows of every face: in the aligned picture, also as a network may hold it, in the crop, in the zone's, in the
    frame's, in the tile before it was covered."""
    faces = as_bytes(running.told_of("C"))
    planes = [face.reshape(-1, 3)[:, colour].astype(np.float32) for face in faces for colour in range(3)]
    return {
        "aligned face": windows(faces),
        "aligned face in float32": windows(planes),
        "aligned face in bf16": windows(bf16(plane) for plane in planes),
        "crop": windows(as_bytes(running.told_of("K"))),
        "zone picture": windows(as_bytes(running.told_of("Z"))),
        "frame": windows(as_bytes(running.told_of("Y"))),
        "tile": windows(as_bytes(running.told_of("V"))),
    }


def of_match(match: PossibleMatch) -> list[bytes]:
    """Of rows of its pictures, from where the face is."""
    rows = []
    for picture in match.pictures:
        pixels = np.frombuffer(picture.bgr, np.uint8).reshape(picture.height, -1)
        rows += list(pixels[picture.height // 3 : picture.height * 2 // 3 : 8])
    return windows(rows)


def as_bytes(told: Sequence[Told]) -> list[NDArray[np.uint8]]:
    return [np.frombuffer(one.content, np.uint8) for one in told]


def windows(rows: Iterable[NDArray[np.generic]]) -> list[bytes]:
    """Pieces of 32 bytes, leaving out those so plain, in any part, that they might lie anywhere."""
    found = []
    for row in rows:
        content = row.tobytes()
        pieces = [content[at : at + LENGTH] for at in range(0, len(content) - LENGTH + 1, LENGTH)]
        found += [
            piece
            for piece in pieces
            if all(len(set(piece[at : at + 8])) >= _LEAST_VALUES for at in range(0, LENGTH, 8))
        ]
    return found


def bf16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Float32 numbers that bf16 can hold, as bf16."""
    return (np.ascontiguousarray(values).view(np.uint32) >> 16).astype(np.uint16)


def count(needles: dict[str, list[bytes]]) -> dict[str, int]:
    return {kind: len(set(of_kind)) for kind, of_kind in needles.items()}


def together(parts: Sequence[dict[str, list[bytes]]]) -> dict[str, list[bytes]]:
    return {kind: of_kind for part in parts for kind, of_kind in part.items()}
