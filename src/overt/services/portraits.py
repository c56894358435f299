"""One picture that is offered for a watch list: is it fit, and which two of many look alike?

Rules:
  - a refused picture says why, in words and with its figure and the limit;
  - a picture that adds nothing to its entry is refused as a duplicate;
  - a picture that Overt itself has shown to people is refused: it comes from an alert (`overt.faces.mark`).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture
from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.faces.mark import is_marked
from overt.services.fitness import EnrolmentRules, ReadPortrait, faults

FROM_ALERT = "it comes from an alert of live facial recognition, and no alert may feed a list"
BLOCK_ROWS = 1024
MOST_PAIRS = 2000


class PortraitReader(Protocol):
    """What finds faces in a picture of the list."""

    @property
    def made_by(self) -> str:
        """What its templates depend on, as a digest: only those of one maker can be compared."""
        ...

    @property
    def look_alike(self) -> float:
        """Cosine from which two entries look alike to it."""
        ...

    @property
    def at_once(self) -> int:
        """For how many threads it reads at the same time."""
        ...

    def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ReadPortrait]:
        """The faces of a BGR picture of shape (h, w, 3), largest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found about one picture.

    Attributes:
        picture: its name below the folder.
        entry: the reference of its entry.
        reasons: why it is refused, each in words; none when it is usable.
        warnings: what to think of although it is usable.
        quality: of its largest face; None where there is none.
    """

    picture: str
    entry: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    quality: Quality | None = None

    @property
    def usable(self) -> bool:
        return not self.reasons

    @property
    def word(self) -> str:
        if self.reasons:
            return "refused"
        return "looks alike" if self.warnings else "usable"

    def record(self) -> dict[str, Any]:
        """What is kept of it with its entry; warnings are found anew."""
        quality = None if self.quality is None else [round(float(value), 4) for value in astuple(self.quality)]
        return {"picture": self.picture, "reasons": list(self.reasons), "quality": quality}

    @classmethod
    def of(cls, entry: str, record: Mapping[str, Any]) -> Verdict:
        """From what was kept of it; raises KeyError, TypeError where that is something else."""
        found = record["quality"]
        names = [one.name for one in fields(Quality)]
        quality = None if found is None else Quality(**dict(zip(names, found, strict=True)))
        return cls(picture=record["picture"], entry=entry, reasons=tuple(record["reasons"]), quality=quality)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A picture that is offered for a list.

    Attributes:
        name: of its file, as errors of reading it say it.
        shown: its name below the folder.
        entry: the reference of its entry.
        refusal: why it cannot be a picture of the list, in words; empty when it may be one.
        read: reads it; shape (h, w, 3), uint8, BGR.

    Raises:
        BadPicture: `read` cannot.
    """

    name: str
    shown: str
    entry: str
    refusal: str
    read: Callable[[], NDArray[np.uint8]] = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """A picture that was looked at.

    Attributes:
        template: of its face; None where it is refused, as `digest` and `picture`.
        digest: of its pixels; the same for two pictures that are the same.
        picture: shape (h, w, 3), uint8, BGR.
    """

    verdict: Verdict
    template: FloatArray | None = None
    digest: bytes = b""
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """A usable picture among others; `position` is that of its verdict."""

    position: int
    verdict: Verdict
    template: FloatArray
    digest: bytes
    path: Path = Path()
    expires_us: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Looked:
    """A picture that was read. `refusal`: why it is no picture for the list; then it has no faces."""

    offered: Offered
    refusal: str = ""
    picture: NDArray[np.uint8] | None = None
    faces: Sequence[ReadPortrait] = ()


def looked_at(pictures: Iterable[Offered], reader: PortraitReader) -> Iterator[Looked]:
    """Reads pictures, in their order, some ahead of who takes them: as many at once as the reader can."""
    pool = ThreadPoolExecutor(reader.at_once, "overt-portraits")
    waiting: deque[Future[Looked]] = deque()
    try:
        for offered in pictures:
            waiting.append(pool.submit(_look, offered, reader))
            if len(waiting) > reader.at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _look(offered: Offered, reader: PortraitReader) -> Looked:
    if offered.refusal:
        return Looked(offered=offered, refusal=offered.refusal)
    try:
        picture = offered.read()
    except BadPicture as error:
        reason = error.sentence.replace(f"{offered.name} ", "it ", 1).rstrip(".")
        return Looked(offered=offered, refusal=reason)
    if is_marked(picture):
        return Looked(offered=offered, refusal=FROM_ALERT)
    return Looked(offered=offered, picture=picture, faces=reader.portraits(picture))


def judge(looked: Looked, rules: EnrolmentRules, earlier: Sequence[Row]) -> Judged:
    """Says whether a picture is fit.

    Args:
        earlier: the usable pictures of the same entry so far.
    """
    picture, faces = looked.picture, looked.faces
    verdict = Verdict(picture=looked.offered.shown, entry=looked.offered.entry)
    if picture is None:
        return Judged(verdict=replace(verdict, reasons=(looked.refusal,)))
    if not faces:
        return Judged(verdict=replace(verdict, reasons=("no face was found",)))
    verdict = replace(verdict, reasons=tuple(faults(faces, rules)), quality=faces[0].quality)
    if not verdict.usable:
        return Judged(verdict=verdict)
    digest = hashlib.blake2b(repr(picture.shape).encode() + picture.tobytes(), digest_size=16).digest()
    template = faces[0].template
    same = _duplicate(template, digest, earlier, rules)
    if same is not None:
        return Judged(verdict=replace(verdict, reasons=(f"duplicate: shows the same as {same.verdict.picture}",)))
    return Judged(verdict=verdict, template=template, digest=digest, picture=picture)


def _duplicate(template: FloatArray, digest: bytes, earlier: Sequence[Row], rules: EnrolmentRules) -> Row | None:
    """The earlier picture of the same entry that shows the same."""
    for other in earlier:
        if digest == other.digest or float(template @ other.template) > rules.duplicate_cosine:
            return other
    return None


def alike_pairs(rows: list[Row], threshold: float) -> list[tuple[Row, Row, float]]:
    """The most alike pair of pictures of every two different entries at or above the threshold, most alike first; of
    very many pairs of pictures only the most alike."""
    if len(rows) < 2:
        return []
    templates = np.stack([row.template for row in rows])
    entry = np.unique([row.verdict.entry for row in rows], return_inverse=True)[1]
    scores, first, second = np.zeros(0, np.float32), np.zeros(0, np.intp), np.zeros(0, np.intp)
    for start in range(0, len(rows), BLOCK_ROWS):
        for column in range(start, len(rows), BLOCK_ROWS):
            block = templates[start : start + BLOCK_ROWS] @ templates[column : column + BLOCK_ROWS].T
            i, j = np.nonzero(block >= threshold)
            alike = block[i, j]
            i, j = i + start, j + column
            wanted = (i < j) & (entry[i] != entry[j])
            scores = np.concatenate([scores, alike[wanted]])
            first, second = np.concatenate([first, i[wanted]]), np.concatenate([second, j[wanted]])
            if len(scores) > MOST_PAIRS:
                top = np.argsort(-scores, kind="stable")[:MOST_PAIRS]
                scores, first, second = scores[top], first[top], second[top]
    best: dict[tuple[str, str], tuple[Row, Row, float]] = {}
    for at in np.argsort(-scores, kind="stable"):
        one, other = rows[first[at]], rows[second[at]]
        best.setdefault((one.verdict.entry, other.verdict.entry), (one, other, float(scores[at])))
    return list(best.values())
