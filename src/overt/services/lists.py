"""Watch lists: would these pictures make a fit one, and what do they become.

Rules:
  - every picture gets a verdict; a refused one says why, in words and with its figure and the limit;
  - a picture that adds nothing to its entry is refused as a duplicate;
  - two entries that look alike to the machine are both named, with the score; they stay on the list, since each may
    be wanted, and the prompt will be about either;
  - only usable pictures are enrolled; a list without any is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadPicture, BadWatchList
from overt.domain.face import Quality
from overt.domain.geometry import FloatArray
from overt.domain.time import to_text
from overt.faces.picture import read_picture
from overt.services.list_folder import ListedFile, expiry_us, listed_files, read_entries

LOOK_ALIKE = 0.5  # cosine
_BLOCK_ROWS = 1024
_MOST_PAIRS = 2000
_MOST_WARNINGS = 3


class ReadPortrait(Protocol):
    """A face found in a picture, as `overt.faces.recogniser.Portrait` has it."""

    @property
    def box(self) -> FloatArray: ...

    @property
    def quality(self) -> Quality: ...

    @property
    def template(self) -> FloatArray: ...


class PortraitReader(Protocol):
    """What finds faces in a picture of the list."""

    def portraits(self, picture: NDArray[np.uint8]) -> Sequence[ReadPortrait]:
        """The faces of a BGR picture of shape (h, w, 3), largest first."""
        ...


Progress = Callable[[int, int], None]
"""Is told how many pictures are done, of how many."""


@dataclass(frozen=True, kw_only=True)
class EnrolmentRules:
    """When a picture is fit for the list; the figures are those of `overt.domain.face.Quality`.

    Where the limits come from: pictures of 160 people were made smaller, blurred, darker, brighter and flatter step by
    step and compared with another picture of the same person; this is the share still found at a score of 0.46, of
    which one person is 0.006. As they are 0.94; eyes 16 px apart 0.93, 12 px 0.90; grey level 34 0.94, 22 0.93,
    11 0.77; a tenth of the face burnt out 0.93, a third 0.76; contrast 13 0.88, 8 0.49; sharpness 0.008 0.93, 0.004
    0.80 (its limit stands higher, because a person compares the faces too). Turned less than 0.75 to the side 1,984 of
    2,070 were found, beyond it 50 of 54, which tells no difference: the limit of the turn is caution. A least light of
    25 refused none of 1,249 pictures of faces of all groups; 40 refused 15.

    Attributes:
        eyes_least_px: distance between the eyes, pixels.
        yaw_most: turn to the side, 0 (frontal) to 1.
        light_least, light_most: mean grey level, 0 to 255.
        burnt_most: share of pixels that are burnt out, 0 to 1.
        sharpness_least: as in `Quality`; below it a face is blurred.
        contrast_least: standard deviation of the grey levels.
        second_face_share: a further face at least this share of the largest one's width makes a picture ambiguous.
        duplicate_cosine: two pictures of one entry above this say the same.
    """

    eyes_least_px: float = 16.0
    yaw_most: float = 0.6
    light_least: float = 25.0
    light_most: float = 220.0
    burnt_most: float = 0.25
    sharpness_least: float = 0.012
    contrast_least: float = 10.0
    second_face_share: float = 1 / 3
    duplicate_cosine: float = 0.98


ENROLMENT = EnrolmentRules()


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


@dataclass(frozen=True, kw_only=True)
class LookAlike:
    """Two entries that the machine can confuse, by their two most alike pictures; `score` is a cosine."""

    first: Verdict
    second: Verdict
    score: float
    same_picture: bool

    def __str__(self) -> str:
        pair = f"{self.first.entry} ({self.first.picture}) and {self.second.entry} ({self.second.picture})"
        if self.same_picture:
            return f"{pair} are the same picture under two references."
        return f"{pair} look alike to the machine: score {self.score:.2f}."


@dataclass(frozen=True, kw_only=True)
class ListReport:
    """The verdicts about a folder, in the order of its files."""

    folder: Path
    verdicts: tuple[Verdict, ...]
    look_alikes: tuple[LookAlike, ...]

    @property
    def refused(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.usable)

    @property
    def entries(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(verdict.entry for verdict in self.verdicts))

    @property
    def usable_entries(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(verdict.entry for verdict in self.verdicts if verdict.usable))

    @property
    def clean(self) -> bool:
        """No picture is refused and no two entries look alike."""
        return not self.refused and not self.look_alikes

    def warnings(self) -> Iterator[str]:
        """A sentence for each refused picture and each pair of look-alikes."""
        for verdict in self.refused:
            yield f"{verdict.picture} is left out: {'; '.join(verdict.reasons)}."
        yield from map(str, self.look_alikes)


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchList:
    """A list that faces can be compared with.

    Attributes:
        references: the entries' names.
        templates: shape (rows, 128), float32, unit length, one row per usable picture.
        row_entry: shape (rows,), int32: position in `references` of each row's entry.
        report: how the pictures were judged.
    """

    references: tuple[str, ...]
    templates: FloatArray
    row_entry: NDArray[np.int32]
    report: ListReport


@dataclass(frozen=True, kw_only=True, eq=False)
class _Row:
    position: int  # of its verdict
    verdict: Verdict
    template: FloatArray
    digest: bytes


def check_list(
    folder: Path,
    recogniser: PortraitReader,
    *,
    look_alike_threshold: float = LOOK_ALIKE,
    rules: EnrolmentRules = ENROLMENT,
    progress: Progress | None = None,
    now_us: int | None = None,
) -> ListReport:
    """Judges every picture of a watch-list folder.

    Args:
        folder: the watch list.
        recogniser: finds the faces.
        look_alike_threshold: cosine from which two entries count as look-alikes.
        rules: limits of quality.
        progress: is told after every picture.
        now_us: entries that have expired by then are left out, microseconds since 1970; None: nobody has.

    Raises:
        BadWatchList: the folder is missing, unreadable or empty, or its `entries.csv` is wrong.
    """
    return _examine(folder, recogniser, look_alike_threshold, rules, progress, rehearsal=False, now_us=now_us)[0]


def enrol(
    folder: Path,
    recogniser: PortraitReader,
    *,
    rehearsal: bool,
    look_alike_threshold: float = LOOK_ALIKE,
    rules: EnrolmentRules = ENROLMENT,
    progress: Progress | None = None,
    now_us: int | None = None,
) -> WatchList:
    """Makes a watch list of the usable pictures; what was left out stands in its report.

    Args:
        rehearsal: refuse a list that gives anyone a category or a ground.

    Raises:
        BadWatchList: as `check_list`; or no picture is usable.
    """
    report, rows = _examine(
        folder, recogniser, look_alike_threshold, rules, progress, rehearsal=rehearsal, now_us=now_us
    )
    if not rows:
        raise BadWatchList(
            f"The watch list {folder} is empty: none of its {len(report.verdicts)} pictures can be used.",
            f"See why with: overt list check {folder}",
        )
    references = report.usable_entries
    place = {reference: position for position, reference in enumerate(references)}
    return WatchList(
        references=references,
        templates=np.stack([row.template for row in rows]).astype(np.float32, copy=False),
        row_entry=np.array([place[row.verdict.entry] for row in rows], np.int32),
        report=report,
    )


def _examine(
    folder: Path,
    recogniser: PortraitReader,
    look_alike_threshold: float,
    rules: EnrolmentRules,
    progress: Progress | None,
    *,
    rehearsal: bool,
    now_us: int | None,
) -> tuple[ListReport, list[_Row]]:
    files = listed_files(folder)
    table = read_entries(folder, frozenset(file.entry for file in files), rehearsal=rehearsal)
    expiries = {reference: expiry_us(row) for reference, row in table.items()}
    verdicts: list[Verdict] = []
    rows: list[_Row] = []
    rows_of: dict[str, list[_Row]] = {}
    for position, file in enumerate(_unexpired(files, expiries, now_us)):
        verdict, row = _judge(file, position, recogniser, rules)
        if row is not None and (same := _duplicate(row, rows_of.setdefault(file.entry, []), rules)):
            verdict, row = replace(verdict, reasons=(f"duplicate: shows the same as {same.verdict.picture}",)), None
        verdicts.append(verdict)
        if row is not None:
            rows.append(row)
            rows_of[file.entry].append(row)
        if progress is not None:
            progress(position + 1, len(files))
    pairs = _look_alikes(rows, look_alike_threshold)
    for one, other, score in pairs:
        for here, there in ((one, other), (other, one)):
            verdict = verdicts[here.position]
            if len(verdict.warnings) == _MOST_WARNINGS:
                verdicts[here.position] = replace(verdict, warnings=(*verdict.warnings, "and like others"))
            if len(verdict.warnings) >= _MOST_WARNINGS:
                continue
            warning = f"looks like {there.verdict.entry} ({there.verdict.picture}), score {score:.2f}"
            if here.digest == there.digest:
                warning = f"the same picture as {there.verdict.picture}, of another entry"
            verdicts[here.position] = replace(verdict, warnings=(*verdict.warnings, warning))
    look_alikes = tuple(
        LookAlike(first=one.verdict, second=other.verdict, score=score, same_picture=one.digest == other.digest)
        for one, other, score in pairs
    )
    return ListReport(folder=folder, verdicts=tuple(verdicts), look_alikes=look_alikes), rows


def _unexpired(
    files: Sequence[ListedFile], expiries: Mapping[str, int | None], now_us: int | None
) -> Iterator[ListedFile]:
    """The files, those of expired entries with that as their refusal."""
    for file in files:
        expires = expiries.get(file.entry)
        over = expires is not None and now_us is not None and expires <= now_us
        yield replace(file, refusal=f"its entry expired at {to_text(expires)}") if over and expires else file


def _judge(
    file: ListedFile, position: int, recogniser: PortraitReader, rules: EnrolmentRules
) -> tuple[Verdict, _Row | None]:
    if file.refusal:
        return Verdict(picture=file.shown, entry=file.entry, reasons=(file.refusal,)), None
    try:
        picture = read_picture(file.path)
    except BadPicture as error:
        reason = error.sentence.replace(f"{file.path.name} ", "it ", 1).rstrip(".")
        return Verdict(picture=file.shown, entry=file.entry, reasons=(reason,)), None
    faces = recogniser.portraits(picture)
    if not faces:
        return Verdict(picture=file.shown, entry=file.entry, reasons=("no face was found",)), None
    verdict = Verdict(
        picture=file.shown, entry=file.entry, reasons=tuple(_faults(faces, rules)), quality=faces[0].quality
    )
    if not verdict.usable:
        return verdict, None
    digest = hashlib.blake2b(repr(picture.shape).encode() + picture.tobytes(), digest_size=16).digest()
    return verdict, _Row(position=position, verdict=verdict, template=faces[0].template, digest=digest)


def _faults(faces: Sequence[ReadPortrait], rules: EnrolmentRules) -> Iterator[str]:
    quality = faces[0].quality
    widths = [float(face.box[2] - face.box[0]) for face in faces]
    several = sum(width >= rules.second_face_share * widths[0] for width in widths)
    if several > 1:
        yield f"several faces ({several}); a picture shows one person"
    if quality.eyes_px < rules.eyes_least_px:
        yield f"too small: the eyes are {quality.eyes_px:.1f} px apart, {rules.eyes_least_px:.0f} px are needed"
    if abs(quality.yaw) > rules.yaw_most:
        yield f"turned away: {abs(quality.yaw):.2f} to the side, {rules.yaw_most:.2f} is the limit"
    if quality.light < rules.light_least:
        yield f"too dark: grey level {quality.light:.0f}, {rules.light_least:.0f} is the least"
    if quality.light > rules.light_most:
        yield f"burnt out: grey level {quality.light:.0f}, {rules.light_most:.0f} is the most"
    elif quality.burnt > rules.burnt_most:
        yield f"burnt out: {quality.burnt:.0%} of the face is white, {rules.burnt_most:.0%} is the most"
    if quality.contrast < rules.contrast_least:
        yield f"too flat: contrast {quality.contrast:.0f}, {rules.contrast_least:.0f} is the least"
    if quality.sharpness < rules.sharpness_least:
        yield f"blurred: sharpness {quality.sharpness:.3f}, {rules.sharpness_least:.3f} is the least"


def _duplicate(row: _Row, earlier: list[_Row], rules: EnrolmentRules) -> _Row | None:
    """The earlier picture of the same entry that shows the same."""
    for other in earlier:
        if row.digest == other.digest or float(row.template @ other.template) > rules.duplicate_cosine:
            return other
    return None


def _look_alikes(rows: list[_Row], threshold: float) -> list[tuple[_Row, _Row, float]]:
    """The most alike pair of pictures of every two different entries at or above the threshold, most alike first; of
    very many pairs of pictures only the most alike."""
    if len(rows) < 2:
        return []
    templates = np.stack([row.template for row in rows])
    entry = np.unique([row.verdict.entry for row in rows], return_inverse=True)[1]
    scores, first, second = np.zeros(0, np.float32), np.zeros(0, np.intp), np.zeros(0, np.intp)
    for start in range(0, len(rows), _BLOCK_ROWS):
        for column in range(start, len(rows), _BLOCK_ROWS):
            block = templates[start : start + _BLOCK_ROWS] @ templates[column : column + _BLOCK_ROWS].T
            i, j = np.nonzero(block >= threshold)
            alike = block[i, j]
            i, j = i + start, j + column
            wanted = (i < j) & (entry[i] != entry[j])
            scores = np.concatenate([scores, alike[wanted]])
            first, second = np.concatenate([first, i[wanted]]), np.concatenate([second, j[wanted]])
            if len(scores) > _MOST_PAIRS:
                top = np.argsort(-scores, kind="stable")[:_MOST_PAIRS]
                scores, first, second = scores[top], first[top], second[top]
    best: dict[tuple[str, str], tuple[_Row, _Row, float]] = {}
    for at in np.argsort(-scores, kind="stable"):
        one, other = rows[first[at]], rows[second[at]]
        best.setdefault((one.verdict.entry, other.verdict.entry), (one, other, float(scores[at])))
    return list(best.values())
