"""The truth of a rehearsed clip as a tally: everybody who walks in it, and where their faces are.

Rules:
  - a street does not know the watch list, so it has to be said who is on it;
  - whoever is on the list walks, whether or not the face is ever usable: a miss stays a miss;
  - of two faces of which one hides the other the hidden one is not there to be found;
  - a walk lasts while the face reaches into the picture, and has the number of its passage for a name.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from overt.evaluation.rehearse_truth import USABLE_SHARE, TruePassage, read_truth
from overt.evaluation.rehearse_truth import Truth as StreetTruth
from overt.evaluation.trial_tracks import Box
from overt.evaluation.trial_truth import Kind, Truth, Walk, read_bytes, truth_of


def read_street(path: Path, listed: Collection[str]) -> tuple[Truth, tuple[tuple[tuple[int, Box], ...], ...]]:
    """The walks of a rehearsed clip, and the faces that can be seen in each frame, by the position of their walk.

    Args:
        path: the truth file that `overt rehearse` wrote.
        listed: references of everybody who is on the list.

    Raises:
        Refused: it cannot be read, or is no such file.
        BadTally: nobody walks in it.
    """
    content = read_bytes(path)
    street = read_truth(path)
    truth = truth_of(
        path.name, Kind.SIMULATED, [_walk(one, street, listed) for one in street.passages], content, everybody=True
    )
    place = {walk.walk: at for at, walk in enumerate(truth.walks)}
    return truth, tuple(
        tuple((place[str(face.passage)], face.box) for face in frame if face.visible >= USABLE_SHARE)
        for frame in street.frames
    )


def _walk(passage: TruePassage, street: StreetTruth, listed: Collection[str]) -> Walk:
    usable = passage.first_usable_frame
    return Walk(
        walk=str(passage.passage),
        person=passage.person,
        listed=passage.person in listed,
        begins_us=_us(street, passage.first_frame),
        ends_us=_us(street, passage.last_frame),
        usable_us=None if usable is None else _us(street, usable),
        seen=usable is not None,
        groups={},
    )


def _us(street: StreetTruth, frame: int) -> int:
    return round(street.media_time_s(frame) * 1000) * 1000
