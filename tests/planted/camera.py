"""A camera process, watched from inside, with a planted fault where one is named.

Run as `python -P tests/planted/camera.py IN OUT SPY FAULT`. Through the pipe SPY it tells what the process held, as it
held it: windows of zone pictures, of aligned faces, of crops and of templates. It tells them straight from the arrays
in which they lie and keeps none of them, unless the fault is to keep them.

FAULT names faults, separated by commas: "nothing" (it only tells), "keep a template", "keep a face",
"keep a crop" (its slot is not overwritten), "keep the pictures" (what was sent is not overwritten, and something still
holds it), "send a template", "send a face", "write a file", "open a socket", "no timer", "no limits",
"keep a tile" (as it was before it was covered).
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from overt.domain.alert import PossibleMatch
from overt.domain.face import Faces
from overt.domain.geometry import FloatArray, Region
from overt.engine import camera, wire
from overt.faces.closer import CloserLook, PictureSource, Shot
from overt.faces.crop import Surroundings
from overt.faces.embed import Embedder
from overt.faces.recogniser import Recogniser
from overt.faces.zone import ZoneDetector
from overt.recognition.shots import ShotBoard, TrackShots
from overt.video.frame import Frame
from overt.video.redact import Redactor

HEAD = struct.Struct("<cqI")
ROWS = (30, 45, 60, 75, 90)
WINDOW = 96
SEEN_SCORE = 0.4  # while people watch, less is found, too
PR_GET_DUMPABLE = 3


class Spy:
    def __init__(self, out: int, told: int, faults: Sequence[str]) -> None:
        self.out, self.told, self.faults = out, told, faults
        self.kept: list[object] = []

    def tell(self, kind: bytes, content: memoryview | bytes = b"") -> None:
        """Writes it as it lies there; no copy is made in this process."""
        view = memoryview(content).cast("B")
        os.write(self.told, HEAD.pack(kind, time.clock_gettime_ns(time.CLOCK_BOOTTIME), len(view)))
        while view:
            view = view[os.write(self.told, view) :]

    def watch(self) -> None:
        self._watch_zone()
        self._watch_faces()
        self._watch_templates()
        self._watch_pictures()
        self._watch_tiles()
        self._watch_timer()

    def _watch_zone(self) -> None:
        cut_out, find = ZoneDetector.cut_out, ZoneDetector.find
        frames: list[PictureSource] = []

        def cutting_out(zone: ZoneDetector, frame: PictureSource) -> NDArray[np.uint8]:
            frames.append(frame)
            return cut_out(zone, frame)

        def finding(zone: ZoneDetector, least_score: float) -> Faces:
            faces, frame = find(zone, least_score), frames.pop()
            frames.clear()
            is_one = bool((faces.scores >= SEEN_SCORE).any())
            self.tell(b"S" if is_one else b"E")
            if is_one and isinstance(frame, Frame):
                x, y = (int(v) for v in faces.centres[0])
                for row in range(max(0, y - 20), min(frame.height, y + 20), 10):
                    start = max(0, min(x - WINDOW // 2, frame.width - WINDOW))
                    self.tell(b"Y", frame.y[row, start : start + WINDOW].data)
                scale = zone.picture.shape[0] / frame.height
                for row in range(max(0, y - 20), min(frame.height, y + 20), 10):
                    start = max(0, int((x - 16) * scale))
                    self.tell(b"Z", zone.picture[int(row * scale), start : start + WINDOW // 3].data)
            return faces

        ZoneDetector.cut_out, ZoneDetector.find = cutting_out, finding  # type: ignore[assignment,method-assign]

    def _watch_faces(self) -> None:
        shots = CloserLook.shots

        def watched(
            look: CloserLook,
            source: PictureSource,
            faces: Faces,
            within: Region | None = None,
            may_align: Callable[[FloatArray], bool] = lambda centre: True,
            around: Surroundings | None = None,
        ) -> Iterator[Shot]:
            for shot in shots(look, source, faces, within, may_align, around):
                for row in ROWS:
                    self.tell(b"C", shot.chip[row, 40:72].data)
                height, width = shot.crop.shape[:2]
                for row in range(height // 3, height * 2 // 3, 8):
                    self.tell(b"K", shot.crop[row, width // 4 : width * 3 // 4].data)
                if "keep a face" in self.faults:
                    self.kept.append(shot.chip.copy())
                if "send a face" in self.faults:
                    wire.send(self.out, wire.Kind.TROUBLE, shot.chip.tobytes())
                yield shot

        CloserLook.shots = watched  # type: ignore[assignment,method-assign]

    def _watch_templates(self) -> None:
        embed = Embedder.embed

        def watched(embedder: Embedder, chips: Sequence[NDArray[np.uint8]], out: FloatArray) -> None:
            embed(embedder, chips, out)
            for row in out:
                self.tell(b"T", row.data)
            self.tell(b"R", embedder._answer[0].data)
            if "keep a template" in self.faults:
                self.kept.append(out.copy())
            if "send a template" in self.faults:
                wire.send(self.out, wire.Kind.TROUBLE, out.tobytes())
            if "write a file" in self.faults:
                os.open("planted.bin", os.O_WRONLY | os.O_CREAT, 0o600)
            if "open a socket" in self.faults:
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()

        Embedder.embed = watched  # type: ignore[assignment,method-assign]
        take = ShotBoard.take_templates

        def taken(board: ShotBoard, shots: TrackShots, templates: FloatArray, now_us: int) -> None:
            take(board, shots, templates, now_us)
            self.tell(b"F", board.probes(shots)[0][0].data)

        ShotBoard.take_templates = taken  # type: ignore[assignment,method-assign]

    def _watch_pictures(self) -> None:
        if "keep a crop" in self.faults:
            ShotBoard._forget_crop = lambda *_: None  # type: ignore[method-assign]
        if "keep the pictures" in self.faults:

            def left(match: PossibleMatch) -> None:
                self.kept.append(match)

            PossibleMatch.wipe = left  # type: ignore[assignment,method-assign]

    def _watch_tiles(self) -> None:
        cover = Redactor._cover

        def covering(redactor: Redactor, boxes: FloatArray) -> None:
            for box in boxes[:1] * redactor._to_tile:
                x, y = (int(v) for v in (box[:2] + box[2:]) / 2)
                for row in range(max(0, y - 16), min(len(redactor._tile), y + 16), 8):
                    start = max(0, x - WINDOW // 6)
                    self.tell(b"V", redactor._tile[row, start : start + WINDOW // 3].data)
            if "keep a tile" in self.faults:
                self.kept.append(redactor._tile.copy())
            cover(redactor, boxes)

        Redactor._cover = covering  # type: ignore[assignment,method-assign]

    def _watch_timer(self) -> None:
        blank = Recogniser.blank_if_idle

        def watched(recogniser: Recogniser) -> None:
            if "no timer" not in self.faults:
                blank(recogniser)
            self.tell(b"B", bytes([ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)]))

        Recogniser.blank_if_idle = watched  # type: ignore[assignment,method-assign]


def main() -> None:
    incoming, out, told = (int(number) for number in sys.argv[1:4])
    faults = sys.argv[4].split(",")
    if "no limits" in faults:
        camera.lock_down = lambda: False  # type: ignore[attr-defined]
    Spy(out, told, faults).watch()
    camera.main(incoming, out)


if __name__ == "__main__":
    main()
