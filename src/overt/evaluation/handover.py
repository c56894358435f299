"""What an outside evaluator gets: everything that the figures were counted from, and nobody's face or name.

A package is a folder or a ZIP archive:

    README.txt      what is in it, and how to count it again
    run.jsonl       alerts with times, scores, verdicts and outcomes as codes, and the counts, one JSON object a line
    tally.csv       the independent tally, where there is one
    minutes.csv     the counts of each camera and minute, where a store has them
    settings.json   what ran: policy, digests, thresholds and where they come from, versions
    figures.json    the figures as they were told
    manifest.json   name, length and SHA-256 of every file

Rules:
  - there is no picture, no template, no name, no reference and no free text in it (`overt.evaluation.handover_codes`);
  - a score that is hidden from people stays null;
  - `figures.json` is counted from the other files of the package, as anybody can do again, and never copied;
  - a package with a file too many, too few or changed is refused before anything is counted.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from overt.domain.decision import Verdict
from overt.domain.errors import Refused
from overt.domain.figures import Counts
from overt.domain.tally import AlertFacts, AlertTally, DeploymentFacts, MinuteFacts, Tally, count
from overt.domain.time import to_text, to_us
from overt.evaluation.intervals import Figure
from overt.evaluation.trial import trial
from overt.evaluation.trial_report import record
from overt.evaluation.trial_run import Prompt, Run, run_of
from overt.evaluation.trial_truth import GROUP, NEEDED, OPTIONAL, Kind, Truth, Walk, seconds, tally_of

VERSION: Final = 1
README, RUN, TALLY, MINUTES, SETTINGS, FIGURES, MANIFEST = NAMES = (
    *("README.txt", "run.jsonl", "tally.csv", "minutes.csv"),
    *("settings.json", "figures.json", "manifest.json"),
)
MOST_BYTES: Final = 512 << 20
#: Counts that a package cannot tell: thresholds that are hidden, and papers that are not in it.
_NOT_COUNTED: Final = ("thresholds_e4", "disclosed", "timed", "officer_min", "timed_right", "leafleted", "leaflets")
_SAYS: Final = """\
What this is
  Everything that the figures of one {what} were counted from. There is no picture, no template, no name and no
  free text in it: people, entries, accounts and cameras have codes that were drawn at random for this package.

What is in it
  run.jsonl      one alert a line, as overt watch --json prints it, with verdicts and outcome; the counts come last
  tally.csv      who really walked, and when, as somebody noted who did not see the machine (where there was one)
  minutes.csv    the counts of each camera and minute (where they were kept)
  settings.json  what ran, and what the thresholds come from
  figures.json   the figures as they were told
  manifest.json  name, length and SHA-256 of every file

How to count it again
  overt evaluate package --check FOLDER      every file, every figure; says what differs
  overt evaluate trial FOLDER/run.jsonl --truth FOLDER/tally.csv

A score that is null was still hidden from the people who decide. Notes are keyed digests, which only the
installation can make again. A label that one person alone had reads "of one person".
"""


class BadPackage(Refused):
    code = "bad-package"


@dataclass(frozen=True, kw_only=True)
class Minute:
    """The counts of one camera in one minute. `minute_us`: its start, microseconds since 1970, UTC."""

    camera: str
    minute_us: int
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Content:
    """What goes into a package; no name is in it any more.

    Attributes:
        settings: what ran, as JSON has it. `kind`, `entries` and `withdrawn` are of the deployment, where there is one.
        tolerance_s, seed: of the trial's figures.
    """

    run: Run
    truth: Truth | None
    minutes: tuple[Minute, ...]
    settings: Mapping[str, object]
    tolerance_s: float
    seed: int


def files_of(content: Content) -> dict[str, bytes]:
    """The files of a package, by name."""
    truth = content.truth
    told = {
        "version": VERSION,
        "tolerance_s": content.tolerance_s,
        "seed": content.seed,
        "tally_has_everybody": truth is not None and truth.everybody,
        **content.settings,
    }
    what = "trial with volunteers" if truth is not None else "deployment"
    files = {
        README: _SAYS.format(what=what).encode(),
        RUN: b"".join(_json_line(line) for line in content.run.lines()),
        SETTINGS: _json(told),
    }
    if truth is not None:
        files[TALLY] = _tally(truth)
    if "kind" in content.settings:
        files[MINUTES] = _minutes(content.minutes)
    files[FIGURES] = _json(counted(files))
    listed = [
        {"name": name, "bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in sorted(files)
    ]
    files[MANIFEST] = _json({"version": VERSION, "files": listed})
    return files


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 of a package's manifest, which stands for all of it; 64 hexadecimal digits."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def counted(files: Mapping[str, bytes]) -> dict[str, object]:
    """The figures, counted from a package's files alone.

    Raises:
        BadPackage, BadRun, BadTally, OtherKind: a file cannot be used.
    """
    settings = _read_json(files, SETTINGS)
    run = run_of(RUN, files[RUN])
    try:
        everybody, tolerance_s = bool(settings["tally_has_everybody"]), float(settings["tolerance_s"])
        seed = int(settings["seed"])
        of_trial = None
        if TALLY in files:
            truth = tally_of(TALLY, files[TALLY], everybody=everybody)
            of_trial = record(trial(run, truth, tolerance_s=tolerance_s, seed=seed))
        deployment = _deployment(run, files, settings) if MINUTES in files else None
    except (KeyError, TypeError, ValueError) as error:
        raise BadPackage(f"A file of the package cannot be used: {error}.", _TODO) from error
    return {"trial": of_trial, "deployment": deployment}


def differences(files: Mapping[str, bytes]) -> list[str]:
    """What of `figures.json` is not what the package gives: "where: there, counted"; none where it agrees."""
    told, again = _flat(_read_json(files, FIGURES)), _flat(json.loads(_json(counted(files))))
    return [
        f"{where}: {told.get(where, 'missing')}, counted {again.get(where, 'missing')}"
        for where in {**told, **again}
        if told.get(where) != again.get(where) or (where in told) != (where in again)
    ]


def require_free(place: Path) -> None:
    """Raises Refused where something is already."""
    if place.exists():
        raise Refused(f"There is something at {place} already.", "Name another place for the package.")


def write(files: Mapping[str, bytes], place: Path) -> None:
    """Writes a package as a ZIP archive where the name ends so, else as a new folder.

    Raises:
        Refused: there is something already, or it cannot be written.
    """
    require_free(place)
    try:
        if place.suffix.lower() == ".zip":
            place.write_bytes(_zipped(files))
            return
        place.mkdir(parents=True)
        for name, data in files.items():
            (place / name).write_bytes(data)
    except OSError as error:
        raise Refused(f"The package cannot be written to {place}: {error.strerror}.", "Name another place.") from error


def read(place: Path) -> dict[str, bytes]:
    """The files of a package, each as long and with the digest that its manifest says.

    Raises:
        BadPackage: it cannot be read, or is not whole; what is wrong with it.
    """
    try:
        files = _unzipped(place) if place.is_file() else _in_folder(place)
    except (OSError, zipfile.BadZipFile, RuntimeError) as error:  # the last of an archive with a password
        raise BadPackage(f"The package {place} cannot be read: {error}.", _TODO) from error
    try:
        listed = {str(one["name"]): str(one["sha256"]) for one in _read_json(files, MANIFEST)["files"]}
    except (KeyError, TypeError) as error:
        raise BadPackage(f"The manifest of {place.name} cannot be read.", _TODO) from error
    missing = sorted({*listed, RUN, SETTINGS, FIGURES} - set(files))
    strange = sorted(set(files) - set(listed) - {MANIFEST})
    changed = sorted(
        name for name, digest in listed.items() if name in files and hashlib.sha256(files[name]).hexdigest() != digest
    )
    for what, names in (("lacks", missing), ("has, and does not list,", strange), ("was changed in", changed)):
        if names:
            raise BadPackage(f"The package {place.name} {what} {', '.join(map(ascii, names))}.", _TODO)
    return files


_TODO: Final = "Ask for the package again, and compare the SHA-256 of its manifest with what its maker has."


def _deployment(run: Run, files: Mapping[str, bytes], settings: Mapping[str, Any]) -> dict[str, object]:
    """The figures of a deployment, as `overt figures` names them."""
    tally = count(
        DeploymentFacts(
            deployment=run.deployment,
            kind=str(settings["kind"]),
            entries=int(settings["entries"]),
            withdrawn=int(settings["withdrawn"]),
            alerts=tuple(map(_facts, run.prompts)),
            minutes=tuple(_minute(row) for row in csv.DictReader(io.StringIO(files[MINUTES].decode("utf-8")))),
        )
    )
    counts: dict[str, object] = {}
    for one in fields(Tally):
        if one.name in _NOT_COUNTED:
            continue
        value = getattr(tally, one.name)
        if isinstance(value, AlertTally):
            value = {each.name: getattr(value, each.name) for each in fields(AlertTally)}
            value = {name: held for name, held in value.items() if name not in _NOT_COUNTED}
        counts[one.name] = value
    listed = tally.listed
    return {
        "counts": counts,
        "far_low": Figure.of(tally.false_low, tally.unlisted).record(),
        "far_high": Figure.of(tally.false_high, tally.unlisted).record(),
        "precision": Figure.of(listed.right, listed.right + listed.wrong_person + listed.wrong_entry).record(),
        "verified": Figure.of(listed.right, listed.alerts).record(),
    }


def _facts(prompt: Prompt) -> AlertFacts:
    said = prompt.said
    return AlertFacts(
        alert=prompt.alert,
        camera=prompt.camera,
        passage=prompt.passage,
        about=prompt.about,
        threshold_e4=0 if prompt.threshold is None else round(prompt.threshold * 10_000),
        latency_ms=prompt.latency_ms,
        verdicts=tuple((who, Verdict(verdict)) for who, verdict in said.verdicts),
        needed=said.needed,
        undecided=said.undecided,
        concluded=said.concluded,
    )


def _minute(row: Mapping[str, str]) -> MinuteFacts:
    return MinuteFacts(
        camera=row["camera"],
        minute_us=to_us(datetime.fromisoformat(row["minute"])),
        frames=int(row["frames"]),
        faces_detected=int(row["faces_detected"]),
        faces_seen=int(row["faces_seen"]),
        lost=int(row["lost"]),
        green_ms=round(float(row["green_s"]) * 1000),
        amber_ms=round(float(row["amber_s"]) * 1000),
        red_ms=round(float(row["red_s"]) * 1000),
    )


def _minutes(minutes: Sequence[Minute]) -> bytes:
    names = [one.name for one in fields(Counts)]
    rows = ((one.camera, to_text(one.minute_us), *(getattr(one.counts, name) for name in names)) for one in minutes)
    return _csv(("camera", "minute", *names), rows)


def _tally(truth: Truth) -> bytes:
    groups = sorted({name for walk in truth.walks for name in walk.groups})
    columns = (*NEEDED, *OPTIONAL, *(f"{GROUP}{name}" for name in groups))
    return _csv(columns, (_row(walk, truth.kind, groups) for walk in truth.walks))


def _row(walk: Walk, kind: Kind, groups: Sequence[str]) -> tuple[object, ...]:
    def time(us: int | None) -> str:
        if us is None:
            return ""
        return to_text(us) if kind is Kind.LIVE else f"{seconds(us):.3f}"

    return (
        *(walk.walk, walk.person, walk.camera, time(walk.begins_us), time(walk.ends_us)),
        *(_word(walk.listed), time(walk.usable_us), _word(walk.seen), walk.picture),
        *(walk.picture_months, walk.notes, _word(kind is Kind.SIMULATED)),
        *(walk.groups.get(name, "") for name in groups),
    )


def _word(holds: bool) -> str:
    return "yes" if holds else "no"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("utf-8")


def _json_line(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _read_json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        content = json.loads(files[name])
    except (KeyError, ValueError, RecursionError) as error:
        raise BadPackage(f"The package has no {name} that can be read.", _TODO) from error
    if not isinstance(content, dict):
        raise BadPackage(f"{name} of the package is no object.", _TODO)
    return content


def _flat(content: object, where: str = "") -> dict[str, object]:
    """Every number and word by its path."""
    if isinstance(content, dict):
        parts = [(f"{where}.{name}" if where else str(name), one) for name, one in content.items()]
    elif isinstance(content, list):
        parts = [(f"{where}[{at}]", one) for at, one in enumerate(content)]
    else:
        return {where: content}
    found: dict[str, object] = {} if parts else {where: "nothing"}
    for name, one in parts:
        found |= _flat(one, name)
    return found


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unzipped(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as archive:
        listed = archive.infolist()
        if sum(one.file_size for one in listed) > MOST_BYTES or len(listed) > len(NAMES):
            raise BadPackage(f"{place.name} is larger than any package.", _TODO)
        return {one.filename: archive.read(one) for one in listed}


def _in_folder(place: Path) -> dict[str, bytes]:
    paths = sorted(place.iterdir())
    if len(paths) > len(NAMES) or sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise BadPackage(f"{place.name} has more in it than any package.", _TODO)
    return {path.name: path.read_bytes() for path in paths}
