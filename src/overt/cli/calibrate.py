"""`overt calibrate`: how often does a model pack take two different people for one?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.evaluate_identify import Work, beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from overt.domain.calibration import ImpostorCurve
    from overt.evaluation.groups_labels import Labelled
    from overt.evaluation.rehearse_truth import Street
    from overt.faces.pack import Pack
    from overt.recognition.threshold import Threshold

WIDTH = 80
WANTED_FAR = 0.001
LIST_SIZES = (10, 100, 1000, 10000)


def add_to(app: typer.Typer) -> None:
    app.command()(calibrate)


def calibrate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="One sub-folder of pictures for each person.")],
    errata: Annotated[
        Path | None,
        typer.Option(
            help="Corrections of wrong labels (CSV: a, b, kind); FOLDER/errata.csv where there is one.", metavar="CSV"
        ),
    ] = None,
    most_pictures: Annotated[
        int, typer.Option("--most-pictures", min=1, help="Use at most so many pictures of each person.", metavar="N")
    ] = 20,
    street: Annotated[
        list[Path] | None,
        typer.Option(
            help="A rehearsed street of other people, with its truth beside it: how a passage compares with one "
            "comparison. May be repeated.",
            metavar="CLIP",
        ),
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option(
            help="Labelled pictures, as FOLDER,labels=CSV or FOLDER,scheme=utkface: the worst group decides the "
            "threshold. May be repeated.",
            metavar="SET",
        ),
    ] = None,
    work: Work = None,
    source: Annotated[
        str | None, typer.Option(help="Say in words where the pictures come from.", metavar="WORDS")
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Folder of the model pack; Overt's own where not given.", metavar="FOLDER")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the calibration into this file, not into the pack.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure how often two different people look alike to a model pack.

    Thresholds of watch lists follow from it. The result is kept in the pack, or in a file with --out. What --street and
    --groups measure stays as the pack has it where they are not given.
    """
    from overt.cli.calibrate_multiples import labelled_sets, strangers
    from overt.evaluation.samples import pictures_by_person
    from overt.faces.pack import default_pack, read_pack

    if source is not None and not source.strip():
        raise typer.BadParameter("--source says in words where the pictures come from; it is blank.")
    the_pack = default_pack() if pack is None else read_pack(pack)
    own_file = the_pack.folder / "pack.toml"
    _require_place(out, own_file)
    errata = errata or beside(folder, "errata.csv")
    pictures = pictures_by_person(folder, errata, most_pictures)
    words = _source(folder, errata, most_pictures) if source is None else source
    streets, sets = strangers(street or (), pictures), labelled_sets(groups or ())
    result = measure(the_pack, pictures, words, errata, most_pictures, streets, sets, work)
    _keep(result, out)
    _tell(result, out or own_file, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a calibration found. `pack`: as it was before."""

    pack: Pack
    curve: ImpostorCurve
    without_face: int
    unreadable: int
    errata: Path | None
    most_pictures: int

    def thresholds(self) -> dict[int, Threshold | str]:
        """For each list size the threshold, or a sentence that says why there is none."""
        from overt.domain.errors import BadModel, Refused
        from overt.recognition.threshold import threshold_for

        found: dict[int, Threshold | str] = {}
        for size in LIST_SIZES:
            try:
                found[size] = threshold_for(self.curve, size, WANTED_FAR)
            except (BadModel, Refused) as error:
                found[size] = error.sentence
        return found


def measure(
    pack: Pack,
    pictures: dict[str, list[Path]],
    source: str,
    errata: Path | None,
    most_pictures: int,
    streets: Sequence[Street],
    groups: Sequence[Labelled],
    work: Path | None,
) -> Calibration:
    """Reads the pictures and compares them, with its progress on standard error."""
    from contextlib import ExitStack

    from overt.bootstrap import recogniser
    from overt.cli.calibrate_multiples import step_to_a_passage, worst_group
    from overt.cli.progress import Counter
    from overt.evaluation.calibrate import impostor_curve
    from overt.evaluation.kept import KeptTemplates, template_key
    from overt.evaluation.samples import NO_FACE, UNREADABLE, samples_of
    from overt.faces.pack import load
    from overt.settings import load_settings

    total = sum(len(paths) for paths in pictures.values())
    _say(f"Labels corrected by {errata}." if errata else "No errata file: every label is taken as it is.")
    _say(f"Reading {total:,} pictures of {len(pictures):,} people, at most {most_pictures} of each.")
    machine = load_settings()
    reader = recogniser(machine, load(pack))
    with ExitStack() as stack:
        known = None if work is None else stack.enter_context(KeptTemplates(work, template_key(pack, machine)))
        found = samples_of(pictures, reader, stack.enter_context(Counter("Reading pictures")), known)
    curve, before = impostor_curve(found, source), pack.calibration
    passage, worst = (None, None) if before is None else (before.passage, before.worst_group)
    if streets:
        passage = step_to_a_passage(streets, found, curve, reader)
    if groups:
        worst = worst_group(groups, pack, curve, work)
    return Calibration(
        pack=pack,
        curve=replace(curve, passage=passage, worst_group=worst),
        without_face=found.count(NO_FACE),
        unreadable=found.count(UNREADABLE),
        errata=errata,
        most_pictures=most_pictures,
    )


def _require_place(out: Path | None, own_file: Path) -> None:
    from overt.domain.errors import Refused
    from overt.services.packs import require_writable

    if out is not None and out.resolve() == own_file.resolve():
        raise Refused(
            f"{out} is the description of the pack itself, and --out writes nothing but the calibration.",
            "Leave --out away to put the calibration into the pack.",
        )
    require_writable(out or own_file)


def _keep(result: Calibration, out: Path | None) -> None:
    from overt.services.packs import keep_calibration, write_whole

    if out is None:
        keep_calibration(result.pack, result.curve)
    else:
        write_whole(out, result.curve.to_toml())


def _source(folder: Path, errata: Path | None, most_pictures: int) -> str:
    corrected = ", label errors corrected" if errata else ""
    return f"pictures in a folder named {folder.resolve().name}{corrected}, at most {most_pictures} of a person"


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _tell(result: Calibration, path: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(as_record(result, path), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(width=min(WIDTH, Console().width), highlight=False)
    for sentence in sentences(result):
        console.print(Text(sentence))
    console.print()
    console.print(Text("Thresholds for at most 1 false alert in 1,000 passages of unlisted people:"))
    console.print(table(result))
    console.print()
    console.print(Text(f"Written to {path}."), soft_wrap=True)


def sentences(result: Calibration) -> list[str]:
    """What was compared, and what it replaces, in sentences."""
    curve, before = result.curve, result.pack.calibration
    told = [
        f"{curve.people:,} people, {curve.pictures:,} pictures, {curve.comparisons:,} comparisons of two different "
        "people.",
        f"Pictures without a usable face: {result.without_face:,}. Files that are no picture: {result.unreadable:,}.",
    ]
    if before is not None:
        told.append(f"The pack {result.pack.name} was calibrated on {before.people:,} people before.")
    told.extend(_of_multiples(curve))
    found = result.thresholds().values()
    told.extend(dict.fromkeys(why for why in found if isinstance(why, str)))
    if any(not isinstance(threshold, str) and threshold.extrapolated for threshold in found):
        told.append(
            "Extrapolated: fewer than 30 comparisons scored so high, so the tail is continued as an exponential."
        )
    return told


def _of_multiples(curve: ImpostorCurve) -> Iterator[str]:
    passage, worst = curve.passage, curve.worst_group
    if passage is None:
        yield "How a passage compares with one comparison was not measured: give a rehearsed street with --street."
    else:
        yield (
            f"A passage ends in a false alert {passage.value:.2f} times as often as one comparison "
            f"({passage.low:.2f} to {passage.high:.2f}, {passage.errors:,} errors at {passage.threshold:.3f}; "
            f"{passage.source})."
        )
    if worst is None:
        yield "No group is known to be mistaken more often than others: measure it with --groups."
    else:
        yield (
            f"Worst group first: people labelled {worst.of} are mistaken {worst.value:.2f} times as often as everybody "
            f"({worst.low:.2f} to {worst.high:.2f}, {worst.errors:,} errors at {worst.threshold:.3f}; "
            f"{worst.source}). The thresholds are theirs; all others bear fewer false alerts than was wanted."
        )


def table(result: Calibration) -> Any:
    """The thresholds by list size."""
    from rich.table import Table

    shown = Table(
        header_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for name in ("List size", "Threshold", "Errors"):
        shown.add_column(name, justify="right")
    shown.add_column("In 1,000 (95 %)")
    shown.add_column("Worst group", justify="right")
    shown.add_column("Rests on")
    for size, threshold in result.thresholds().items():
        if isinstance(threshold, str):
            shown.add_row(f"{size:,}", "none", "", "", "", "too little")
            continue
        low, high = 1000 * threshold.far_low, 1000 * threshold.far_high
        shown.add_row(
            f"{size:,}",
            f"{threshold.value:.4f}",
            f"{threshold.errors:,}",
            f"{1000 * threshold.far_expected:.2f} ({low:.2f} to {high:.2f})",
            f"{1000 * threshold.far_expected * max(1.0, threshold.worst_ratio):.2f}",
            "extrapolated" if threshold.extrapolated else "observed",
        )
    return shown


def as_record(result: Calibration, path: Path) -> dict[str, Any]:
    """The result for `--json`; `fmr` is what was observed at the threshold, `far` what follows for the list."""
    curve = result.curve
    return {
        "pack": result.pack.name,
        "source": curve.source,
        "errata": None if result.errata is None else str(result.errata),
        "most_pictures": result.most_pictures,
        "people": curve.people,
        "pictures": curve.pictures,
        "comparisons": curve.comparisons,
        "without_face": result.without_face,
        "unreadable": result.unreadable,
        "passage": None if curve.passage is None else asdict(curve.passage),
        "worst_group": None if curve.worst_group is None else asdict(curve.worst_group),
        "wanted_far": WANTED_FAR,
        "thresholds": [_row(size, found, curve) for size, found in result.thresholds().items()],
        "written": str(path),
    }


def _row(size: int, found: Threshold | str, curve: ImpostorCurve) -> dict[str, Any]:
    from overt.recognition.threshold import clopper_pearson

    if isinstance(found, str):
        return {"list": size, "threshold": None, "says": found}
    low, high = clopper_pearson(found.errors, curve.comparisons)
    value = found.errors / curve.comparisons
    return {
        "list": size,
        "threshold": found.value,
        "extrapolated": found.extrapolated,
        "fmr": {"value": value, "num": found.errors, "den": curve.comparisons, "low": low, "high": high},
        "far": {"value": found.far_expected, "low": found.far_low, "high": found.far_high},
    }
