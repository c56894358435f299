"""What is true of a rehearsed clip: who passed, and where every face was in every frame. JSON, one object a line.

Lines, in this order:
  1. one header: `{"rehearsed": true, "says": ..., "version": 1, "seed": ..., "light": ..., "frames": ..., ...}`;
  2. one line a passage, by number from 1;
  3. one line a frame, by number from 0, with the faces whose box reaches into the picture, far ones first.

Rules:
  - the first thing that the file says is that nothing in it happened;
  - the same choices and pictures give the same bytes: pixels have one decimal, shares two, seconds three;
  - a file that breaks any of this is refused with the number of the line.

A face is **usable** in a frame where its box is at least USABLE_PX wide and at least USABLE_SHARE of it is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overt.domain.errors import Refused

SAYS: Final = "simulated: nobody passed a camera, and no figure from this clip is one of a deployment or a trial"
VERSION: Final = 1
USABLE_PX: Final = 40.0
USABLE_SHARE: Final = 0.5
_TODO: Final = "Name a truth file as `overt rehearse` wrote it; make the clip again where it was changed."

Box = tuple[float, float, float, float]


class _BadLineError(ValueError):
    """What is wrong with a line, in words."""


@dataclass(frozen=True, kw_only=True)
class SeenFace:
    """One face in one frame.

    Attributes:
        passage: whose it is.
        box: left, top, right, bottom, pixels; it may reach out of the picture.
        landmarks: five points (x, y), pixels, in the order of `overt.faces.align.REFERENCE`.
        visible: share of the face that lies in the picture and behind nobody, 0 to 1.
    """

    passage: int
    box: Box
    landmarks: tuple[tuple[float, float], ...]
    visible: float

    @property
    def usable(self) -> bool:
        return self.box[2] - self.box[0] >= USABLE_PX and self.visible >= USABLE_SHARE


@dataclass(frozen=True, kw_only=True)
class TruePassage:
    """One person once before the camera.

    Attributes:
        passage: number, from 1.
        person: reference of the person: file stem or sub-folder.
        picture: the photograph they walk with, below the folder.
        first_frame, last_frame: in which the face reaches into the picture.
        first_usable_frame, last_usable_frame: in which it is usable; both None where it never is.
        usable_frames: how many there are between them.
        largest_face_px: width of the widest usable face, pixels; 0 where it never is.
    """

    passage: int
    person: str
    picture: str
    first_frame: int
    last_frame: int
    first_usable_frame: int | None
    last_usable_frame: int | None
    usable_frames: int
    largest_face_px: float


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the whole clip is.

    Attributes:
        seed: that it was drawn with.
        light: "day", "dusk" or "night".
        density: word for how full the street is.
        width, height: pixels.
        fps: frames a second.
        frames: of the clip.
        passages: lines that follow.
        people: who take part.
        pictures: SHA-256 over the names and bytes of their pictures, hexadecimal.
        background: "drawn" or the SHA-256 of the photograph's pixels.
        overt: version of Overt that drew it.
    """

    seed: int
    light: str
    density: str
    width: int
    height: int
    fps: int
    frames: int
    passages: int
    people: int
    pictures: str
    background: str
    overt: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A rehearsed clip's truth. `frames`: the faces of each frame, by its number."""

    header: Header
    passages: tuple[TruePassage, ...]
    frames: tuple[tuple[SeenFace, ...], ...]

    def media_time_s(self, frame: int) -> float:
        """Position of a frame in the clip, seconds."""
        return frame / self.header.fps

    @property
    def twins(self) -> bool:
        """Whether a person is in the picture more than once at a time, as one whose portraits have to last."""
        last: dict[str, int] = {}
        for one in sorted(self.passages, key=lambda one: one.first_frame):
            if one.first_frame <= last.get(one.person, -1):
                return True
            last[one.person] = max(one.last_frame, last.get(one.person, -1))
        return False

    @property
    def usable_passages(self) -> tuple[TruePassage, ...]:
        """Those whose face is usable in a frame at least."""
        return tuple(one for one in self.passages if one.usable_frames)


#: A rehearsed clip and its truth.
Street = tuple[Path, Truth]


def truth_path(clip: Path) -> Path:
    """Where the truth of a clip lies: `street.mp4` has `street.truth.jsonl` beside it."""
    return clip.with_name(f"{clip.stem}.truth.jsonl")


def lines_of(truth: Truth) -> Iterator[str]:
    """The lines of a truth file, each with its line end."""
    yield _line({"rehearsed": True, "says": SAYS, "version": VERSION, **vars(truth.header)})
    for passage in truth.passages:
        times = {
            "first_s": _seconds(truth, passage.first_frame),
            "last_s": _seconds(truth, passage.last_frame),
            "first_usable_s": _seconds(truth, passage.first_usable_frame),
        }
        yield _line({**vars(passage), **times})
    people = {passage.passage: passage.person for passage in truth.passages}
    for number, faces in enumerate(truth.frames):
        shown = [
            {
                "passage": face.passage,
                "person": people[face.passage],
                "box": list(face.box),
                "landmarks": [list(point) for point in face.landmarks],
                "visible": face.visible,
            }
            for face in faces
        ]
        yield _line({"frame": number, "media_time_s": _seconds(truth, number), "faces": shown})


def _line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _seconds(truth: Truth, frame: int | None) -> float | None:
    return None if frame is None else round(truth.media_time_s(frame), 3)


def with_truth(clips: Sequence[Path]) -> list[Street]:
    """Rehearsed clips, each with the truth beside it; raises Refused as `read_truth`."""
    return [(clip, read_truth(truth_path(clip))) for clip in clips]


def read_truth(path: Path) -> Truth:
    """Reads the truth of a rehearsed clip.

    Raises:
        Refused: the file is missing, unreadable, or no truth of a rehearsed clip; the sentence names the line.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as fault:
        raise Refused(f"The truth file {path} cannot be read: {fault.strerror}.", _TODO) from None
    except UnicodeDecodeError:
        raise Refused(f"The truth file {path} is not text in UTF-8.", _TODO) from None
    lines = text.splitlines()
    number = 0
    try:
        header = _header(_record(lines[0] if lines else ""))
        begins = 1 + header.passages
        if len(lines) != begins + header.frames:
            raise _BadLineError(
                f"the header speaks of {header.passages:,} passages and {header.frames:,} frames, and "
                f"{len(lines) - 1:,} lines follow"
            )
        passages: dict[int, TruePassage] = {}
        for number in range(1, begins):
            passages[number] = _passage(_record(lines[number]), number, header)
        frames: dict[int, tuple[SeenFace, ...]] = {}
        for number in range(begins, len(lines)):
            frames[number] = _frame(_record(lines[number]), number - begins, passages)
    except _BadLineError as fault:
        raise Refused(f"Line {number + 1} of the truth file {path} cannot be used: {fault}.", _TODO) from None
    return Truth(header=header, passages=tuple(passages.values()), frames=tuple(frames.values()))


def _record(line: str) -> Mapping[str, object]:
    try:
        record = json.loads(line)
    except ValueError:
        raise _BadLineError("it is not JSON") from None
    if not isinstance(record, dict):
        raise _BadLineError("it is no JSON object")
    return record


def _header(record: Mapping[str, object]) -> Header:
    if record.get("rehearsed") is not True:
        raise _BadLineError('the file does not begin with "rehearsed": true')
    if record.get("version") != VERSION:
        raise _BadLineError(f"it has version {record.get('version')!r}, and this Overt reads version {VERSION}")
    if record.get("says") != SAYS:
        raise _BadLineError('it does not say that it is simulated, in the words of "says"')
    return Header(
        seed=_whole(record, "seed", 0),
        light=_text(record, "light"),
        density=_text(record, "density"),
        width=_whole(record, "width", 2),
        height=_whole(record, "height", 2),
        fps=_whole(record, "fps", 1),
        frames=_whole(record, "frames", 1),
        passages=_whole(record, "passages", 0),
        people=_whole(record, "people", 1),
        pictures=_text(record, "pictures"),
        background=_text(record, "background"),
        overt=_text(record, "overt"),
    )


def _passage(record: Mapping[str, object], number: int, header: Header) -> TruePassage:
    if _whole(record, "passage", 1) != number:
        raise _BadLineError(f"passage {number} was expected here")
    first, last = _whole(record, "first_frame", 0), _whole(record, "last_frame", 0)
    usable = _whole(record, "usable_frames", 0)
    first_usable = _whole(record, "first_usable_frame", 0) if usable else None
    last_usable = _whole(record, "last_usable_frame", 0) if usable else None
    order = [one for one in (first, first_usable, last_usable, last) if one is not None]
    if order != sorted(order) or last >= header.frames:
        raise _BadLineError("its frames are not in order, or lie after the clip's end")
    return TruePassage(
        passage=number,
        person=_text(record, "person"),
        picture=_text(record, "picture"),
        first_frame=first,
        last_frame=last,
        first_usable_frame=first_usable,
        last_usable_frame=last_usable,
        usable_frames=usable,
        largest_face_px=_number(record.get("largest_face_px"), "largest_face_px"),
    )


def _frame(record: Mapping[str, object], number: int, passages: Mapping[int, TruePassage]) -> tuple[SeenFace, ...]:
    if _whole(record, "frame", 0) != number:
        raise _BadLineError(f"frame {number} was expected here")
    faces = record.get("faces")
    if not isinstance(faces, list):
        raise _BadLineError('it has no list "faces"')
    return tuple(_face(face, passages) for face in faces)


def _face(record: object, passages: Mapping[int, TruePassage]) -> SeenFace:
    if not isinstance(record, dict):
        raise _BadLineError("one of its faces is no JSON object")
    passage = _whole(record, "passage", 1)
    if passage not in passages or passages[passage].person != record.get("person"):
        raise _BadLineError(f"a face has a passage and a person that do not belong together: {passage}")
    left, top, right, bottom = _numbers(record.get("box"), "box", 4)
    if not (left < right and top < bottom):
        raise _BadLineError("a box has no area")
    landmarks = record.get("landmarks")
    if not isinstance(landmarks, list) or len(landmarks) != 5:
        raise _BadLineError("a face has not five landmarks")
    points = tuple((x, y) for x, y in (_numbers(point, "landmarks", 2) for point in landmarks))
    share = _number(record.get("visible"), "visible")
    if not 0 <= share <= 1:
        raise _BadLineError('"visible" is not from 0 to 1')
    return SeenFace(passage=passage, box=(left, top, right, bottom), landmarks=points, visible=share)


def _whole(record: Mapping[str, object], key: str, least: int) -> int:
    found = record.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or found < least:
        raise _BadLineError(f'"{key}" is no whole number of at least {least}')
    return found


def _text(record: Mapping[str, object], key: str) -> str:
    found = record.get(key)
    if not isinstance(found, str) or not found:
        raise _BadLineError(f'"{key}" is no text')
    return found


def _number(found: object, key: str) -> float:
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < 1e9:
        raise _BadLineError(f'"{key}" is no number')
    return float(found)


def _numbers(found: object, key: str, count: int) -> tuple[float, ...]:
    if not isinstance(found, list) or len(found) != count:
        raise _BadLineError(f'"{key}" has not {count} numbers')
    return tuple(_number(one, key) for one in found)
