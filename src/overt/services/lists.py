"""Watch lists: would these pictures make a fit one, and what do they become.

Rules:
  - every picture gets a verdict; a refused one says why, in words and with its figure and the limit;
  - two entries that look alike to the machine are both named, with the score; they stay on the list, since each may
    be wanted, and the prompt will be about either;
  - only usable pictures are enrolled; a list without any is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overt.domain.errors import BadWatchList
from overt.domain.geometry import FloatArray
from overt.domain.progress import Progress
from overt.domain.time import to_text
from overt.faces.picture import read_picture
from overt.services.fitness import ENROLMENT, EnrolmentRules
from overt.services.list_folder import ListedFile, expiry_us, listed_files, read_entries
from overt.services.portraits import Offered, PortraitReader, Row, Verdict, alike_pairs, judge, looked_at

__all__ = [
    "ListReport",
    "LookAlike",
    "PortraitReader",
    "Verdict",
    "WatchList",
    "check_list",
    "enrol",
]

_MOST_WARNINGS = 3


"""Is told how many pictures are done, of how many."""


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
        pictures: the first usable picture of each entry; none where the list was opened from its seal or a draft.
        expires_us: when each entry expires by itself, microseconds since 1970; None: with the list.
        jpegs: of a list from a draft, instead of `pictures`, each entry's picture as JPEG.
        fields: of such a list what is known about each entry, text by column.
        about: of such a list whom each entry stands for: "listed", "volunteer" or "decoy".
    """

    references: tuple[str, ...]
    templates: FloatArray
    row_entry: NDArray[np.int32]
    report: ListReport
    pictures: tuple[Path, ...] = ()
    expires_us: tuple[int | None, ...] = ()
    jpegs: tuple[bytes, ...] = ()
    fields: tuple[Mapping[str, str], ...] = ()
    about: tuple[str, ...] = ()

    def has_look_alike(self, entry: int, score: float) -> bool:
        """Whether another entry looks like this one to the machine: two of their templates have this cosine at least.

        Args:
            entry: position in `references`.
        """
        own = self.row_entry == entry
        alike = self.templates[own] @ self.templates[~own].T
        return bool((alike >= score).any())


def check_list(
    folder: Path,
    recogniser: PortraitReader,
    *,
    look_alike_threshold: float | None = None,
    rules: EnrolmentRules = ENROLMENT,
    progress: Progress | None = None,
    now_us: int | None = None,
) -> ListReport:
    """Judges every picture of a watch-list folder.

    Args:
        folder: the watch list.
        recogniser: finds the faces.
        look_alike_threshold: cosine from which two entries count as look-alikes; None: the recogniser's own.
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
    look_alike_threshold: float | None = None,
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
    first = {row.verdict.entry: row for row in reversed(rows)}
    return WatchList(
        references=references,
        templates=np.stack([row.template for row in rows]).astype(np.float32, copy=False),
        row_entry=np.array([place[row.verdict.entry] for row in rows], np.int32),
        report=report,
        pictures=tuple(first[reference].path for reference in references),
        expires_us=tuple(first[reference].expires_us for reference in references),
    )


def _examine(
    folder: Path,
    recogniser: PortraitReader,
    look_alike_threshold: float | None,
    rules: EnrolmentRules,
    progress: Progress | None,
    *,
    rehearsal: bool,
    now_us: int | None,
) -> tuple[ListReport, list[Row]]:
    files = listed_files(folder)
    table = read_entries(folder, frozenset(file.entry for file in files), rehearsal=rehearsal)
    expiries = {reference: expiry_us(row) for reference, row in table.items()}
    verdicts: list[Verdict] = []
    rows: list[Row] = []
    rows_of: dict[str, list[Row]] = {}
    looked = looked_at(_offered(files, expiries, now_us), recogniser)
    for position, (file, picture) in enumerate(zip(files, looked, strict=True)):
        judged = judge(picture, rules, rows_of.setdefault(file.entry, []))
        verdicts.append(judged.verdict)
        if judged.template is not None:
            row = Row(
                position=position,
                verdict=judged.verdict,
                template=judged.template,
                digest=judged.digest,
                path=file.path,
                expires_us=expiries.get(file.entry),
            )
            rows.append(row)
            rows_of[file.entry].append(row)
        if progress is not None:
            progress(position + 1, len(files))
    pairs = alike_pairs(rows, recogniser.look_alike if look_alike_threshold is None else look_alike_threshold)
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


def _offered(
    files: Sequence[ListedFile[Path]], expiries: Mapping[str, int | None], now_us: int | None
) -> Iterator[Offered]:
    """The pictures of the files, those of expired entries with that as their refusal."""
    for file in files:
        expires = expiries.get(file.entry)
        over = expires is not None and now_us is not None and expires <= now_us
        yield Offered(
            name=file.path.name,
            shown=file.shown,
            entry=file.entry,
            refusal=f"its entry expired at {to_text(expires)}" if over and expires else file.refusal,
            read=partial(read_picture, file.path),
        )
