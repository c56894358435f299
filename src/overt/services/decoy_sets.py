"""Sets of decoys: pairs of pictures of people who agreed to be shown, sealed, and erased at their date.

Rules:
  - a list manager or an evaluator who does not decide about alerts, by another role, keeps them;
  - every pair names the consent of everybody whom it shows;
  - a pair is two pictures, each with one face: one stands for the list and one for the passage. One that Overt itself
    has shown to people is refused (`overt.faces.mark`): no passer-by becomes a decoy;
  - a pair's reference is nobody's who was ever on a list here, and no two pairs share one;
  - a set is sealed with a key of its own, dies at a date that is named when it is made, a year at most, and is never
    shown to anybody as a set: what can be said of it is how many pairs it has, and how many are left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from overt.domain.errors import BadPicture, BadWatchList, Refused
from overt.domain.progress import Progress
from overt.domain.retention import DAY_US
from overt.domain.roles import Action, NotAllowed, require_allowed, roles_for
from overt.faces.mark import is_marked
from overt.faces.picture import read_picture, to_jpeg
from overt.ledger.entry import Fact
from overt.services.decoy_alerts import shown_of
from overt.services.decoy_pictures import PairContent, shots_of
from overt.services.erase import begin_erasing, finish_erasures, key_name
from overt.services.fitness import ENROLMENT, EnrolmentRules, faults
from overt.services.installation import Installation
from overt.services.list_folder import PICTURES, printable, table_rows
from overt.services.people import Account, require_actor
from overt.services.portraits import FROM_ALERT, PortraitReader
from overt.services.sealed_lists import PICTURE_PX
from overt.services.terms import nominal
from overt.store.ports import Work
from overt.store.records import DecoyPair, DecoySetRow, State, Subject
from overt.vault.seal import new_key, seal

TABLE: Final = "pairs.csv"
COLUMNS: Final = ("pair", "reference", "same", "consent", "response")
SIDES: Final = ("listed", "probe")
MOST_DAYS: Final = 366
LEAST_LETTERS: Final = 3
BY_HAND: Final = "by-hand"


class BadDecoys(Refused):
    code = "bad-decoys"


@dataclass(frozen=True, kw_only=True)
class LeftOutPair:
    """A pair that was refused. `why`: in words."""

    pair: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import. `decoy_set`: its id; "" where no pair could be used, and so nothing was kept."""

    decoy_set: str
    pairs: int
    same: int
    left_out: tuple[LeftOutPair, ...]


@dataclass(frozen=True, kw_only=True)
class SetSeen:
    """A set, as far as anybody is told of it.

    Attributes:
        left: pairs that were not shown yet; one that is open just now is among them, or this would tell of it.
        same: of all its pairs, those of the same person; 0 once it is erased.
    """

    row: DecoySetRow
    left: int
    same: int


def import_decoys(
    installation: Installation,
    folder: Path,
    reader: PortraitReader,
    *,
    by: Account,
    until_us: int,
    progress: Progress | None = None,
    enrolment: EnrolmentRules = ENROLMENT,
) -> Imported:
    """Makes a set of a folder: one sub-folder a pair with a picture `listed` and a picture `probe`, and `pairs.csv`.

    Raises:
        NotAllowed: this account may not.
        BadDecoys: the table is none, or the date lies behind or further off than a year.
    """
    _require_keeps(by)
    now_us = installation.clock.now_us()
    if not now_us < until_us <= now_us + MOST_DAYS * DAY_US:
        raise BadDecoys(f"A set of decoys ends at a date that lies ahead, {MOST_DAYS} days at most.", "Name another.")
    rows = _rows(folder)
    decoy_set, key = installation.new_id(), new_key(installation.random_bytes)
    drawn = np.random.default_rng(int.from_bytes(installation.random_bytes(16), "big"))
    pairs, left_out, references = list[DecoyPair](), list[LeftOutPair](), set[str]()
    for at, row in enumerate(rows):
        try:
            content = _pair(installation, folder, row, reader, enrolment, drawn, references)
        except (Refused, BadPicture) as error:
            left_out.append(LeftOutPair(pair=row["pair"], why=error.sentence))
        else:
            references.add(content.reference.casefold())
            position = len(pairs)
            sealed = seal(key, bound_to(decoy_set, position), content.to_bytes(), installation.random_bytes)
            pairs.append(DecoyPair(position=position, same=row["same"] == "yes", sealed=sealed))
        if progress is not None:
            progress(at + 1, len(rows))
    same = sum(pair.same for pair in pairs)
    if pairs:
        kept = DecoySetRow(id=decoy_set, made_by=by.id, made_us=now_us, erase_after_us=until_us, pairs=len(pairs))
        _keep(installation, by, kept, pairs, key)
    return Imported(decoy_set=decoy_set if pairs else "", pairs=len(pairs), same=same, left_out=tuple(left_out))


def decoy_sets(installation: Installation, by: Account) -> list[SetSeen]:
    """Every set, oldest first.

    Raises:
        NotAllowed: this account may not know of them.
    """
    _require_keeps(by)

    def look(work: Work) -> list[SetSeen]:
        return [_seen(work, row) for row in work.decoys.sets()]

    return installation.store.read(look)


def _seen(work: Work, row: DecoySetRow) -> SetSeen:
    pairs = work.decoys.pairs(row.id)
    over = shown_of(work, row.id) - {one.position for one in work.decoys.open() if one.decoy_set == row.id}
    left = sum(pair.position not in over for pair in pairs)
    return SetSeen(row=row, left=left, same=sum(pair.same for pair in pairs))


def erase_set(installation: Installation, by: Account, decoy_set: str) -> None:
    """Destroys the key of a set before its date, and with it every pair.

    Raises:
        NotAllowed: this account may not.
        BadDecoys: there is no such set, or it is erased.
    """

    def change(work: Work) -> None:
        _require_keeps(require_actor(work, by, Action.DECOY_KEEP))
        if begin_erasing(installation, work, Subject.DECOYS, decoy_set, BY_HAND) is None:
            raise BadDecoys("There is no such set of decoys, or it is erased.", "See overt decoy show.")

    installation.store.write(change)
    finish_erasures(installation)


def may_keep(by: Account) -> bool:
    """Whether an account may keep decoys: nobody keeps those that test them."""
    return bool(roles_for(by.roles, Action.DECOY_KEEP)) and not roles_for(by.roles, Action.ALERT_DECIDE)


def _require_keeps(by: Account) -> None:
    """Raises NotAllowed where an account has nothing to do with decoys, or may be tested with them."""
    require_allowed(by.roles, Action.DECOY_KEEP)
    if not may_keep(by):
        raise NotAllowed(
            "Your account may decide about alerts, and nobody keeps the decoys that test them (decoy.keep).",
            "Ask a list manager or an evaluator who does not decide.",
        )


def bound_to(decoy_set: str, position: int) -> str:
    """What a pair is sealed as."""
    return f"decoys:{decoy_set}/{position}"


def usable_sets(work: Work) -> list[DecoySetRow]:
    """Those that are kept; in a change they are locked until its end."""
    return [row for row in work.decoys.sets() if row.state is State.KEPT]


def _keep(installation: Installation, by: Account, row: DecoySetRow, pairs: list[DecoyPair], key: bytes) -> None:
    def change(work: Work) -> None:
        _require_keeps(require_actor(work, by, Action.DECOY_KEEP))
        work.decoys.add_set(row, pairs)
        facts: dict[str, Fact] = {
            "set": row.id,
            "pairs": row.pairs,
            "same": sum(pair.same for pair in pairs),
            "erase_after_us": row.erase_after_us,
        }
        work.record("decoys.imported", actor=by.id, facts=facts)

    with installation.keyring.creating():
        installation.keyring.put(key_name(Subject.DECOYS, row.id), key)
        installation.store.write(change)


def _rows(folder: Path) -> list[dict[str, str]]:
    try:
        content = (folder / TABLE).read_bytes()
    except OSError as error:
        raise BadDecoys(
            f"{printable(folder.name)} has no {TABLE} that can be read: {error.strerror}.",
            f"Write one, with the columns {', '.join(COLUMNS)}.",
        ) from error
    try:
        rows = [row for _, row in table_rows(content, COLUMNS)]
    except BadWatchList as error:
        raise BadDecoys(f"{TABLE} of the decoys cannot be used: {error.sentence}", error.todo) from error
    names = [row["pair"] for row in rows]
    if not rows or len(set(names)) < len(names):
        raise BadDecoys(f"{TABLE} names no pair, or one twice.", "Write one line for each pair.")
    return rows


def _pair(
    installation: Installation,
    folder: Path,
    row: Mapping[str, str],
    reader: PortraitReader,
    enrolment: EnrolmentRules,
    drawn: np.random.Generator,
    references: set[str],
) -> PairContent:
    """Raises BadDecoys, BadPicture, saying why the pair is left out."""
    name, reference = row["pair"], row["reference"]
    checks: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: Path(name).name == name and name not in ("", ".", ".."), "its folder has no plain name"),
        (lambda: row["same"] in ("yes", "no"), "the column same says neither yes nor no"),
        (lambda: sum(map(str.isalpha, row["consent"])) >= LEAST_LETTERS, "it names no consent of those it shows"),
        (lambda: bool(reference) and reference.casefold() not in references, "its reference is missing or another's"),
        (lambda: not _was_listed(installation, reference), "its reference is that of somebody who was on a list"),
    )
    for holds, why in checks:
        if not holds():
            raise BadDecoys(f"{printable(name) or 'A pair'} is left out: {why}.")
    listed, probe = (_face(folder / name, side, reader, enrolment) for side in SIDES)
    return PairContent(
        reference=reference,
        response=row["response"],
        consent=row["consent"],
        templates=np.stack([listed[2], probe[2]]),
        listed=to_jpeg(listed[0], PICTURE_PX),
        shots=shots_of(probe[0], probe[1], drawn),
    )


def _face(
    folder: Path, side: str, reader: PortraitReader, enrolment: EnrolmentRules
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture, box and template of a side's face."""
    found = sorted(path for path in folder.glob(f"{side}.*") if path.suffix.lower() in PICTURES)
    if len(found) != 1:
        raise BadDecoys(f"{printable(folder.name)} is left out: it has {len(found)} pictures named {side}, not one.")
    picture = read_picture(found[0])
    shown = f"{printable(folder.name)}/{printable(found[0].name)}"
    if is_marked(picture):
        raise BadDecoys(f"{shown} is refused: {FROM_ALERT.replace('list', 'set of decoys')}.")
    faces = reader.portraits(picture)
    reasons = list(faults(faces, enrolment)) if faces else ["no face was found"]
    if reasons:
        raise BadDecoys(f"{shown} is refused: {', '.join(reasons)}.")
    return picture, faces[0].box, faces[0].template


def _was_listed(installation: Installation, reference: str) -> bool:
    return bool(installation.store.read(lambda work: work.nominals.listed(nominal(installation, reference))))
