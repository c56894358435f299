"""`overt calibrate`: how often does a model pack take two different people for one?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.evaluate_identify import Errata, Kinsfolk, MostPictures, Work, beside, relatives_in, seen
from overt.cli.packs import PackNamed, pack_at
from overt.domain.words import many

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from overt.domain.calibration import ImpostorCurve
    from overt.evaluation.groups_labels import Labelled
    from overt.evaluation.protocol import Kin
    from overt.evaluation.rehearse_truth import Street
    from overt.faces.pack import Pack
    from overt.faces.recipe import Recipe
    from overt.recognition.threshold import Threshold

WIDTH = 80
WANTED_FAR = 0.001
LIST_SIZES = (10, 100, 1000, 10000)


Streets = Annotated[
    list[Path] | None,
    typer.Option(
        help="A rehearsed street of other people, with its truth beside it: how a passage compares with one "
        "comparison. May be repeated.",
        metavar="CLIP",
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        help="Labelled pictures, as FOLDER,labels=CSV or FOLDER,scheme=utkface: the worst group decides the "
        "threshold. May be repeated.",
        metavar="SET",
    ),
]
Source = Annotated[str | None, typer.Option(help="Say in words where the pictures come from.", metavar="WORDS")]
Out = Annotated[
    Path | None, typer.Option(help="Write the calibration into this file, not into the pack.", metavar="FILE")
]
Centre = Annotated[
    bool, typer.Option("--centre", help="Take the centre of templates from FOLDER, also where the pack has one.")
]


def add_to(app: typer.Typer) -> None:
    app.command()(calibrate)


def calibrate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="One sub-folder of pictures for each person.")],
    errata: Errata = None,
    kin: Kinsfolk = None,
    most_pictures: MostPictures = 20,
    street: Streets = None,
    groups: Sets = None,
    centre: Centre = False,
    work: Work = None,
    source: Source = None,
    pack: PackNamed = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Measure how often two different people look alike to a model pack.

    Thresholds of watch lists follow from it. The result is kept in the pack, or in a file with --out. What --street and
    --groups measure stays as the pack has it where they are not given, and so does the centre of templates, if it has
    one.
    """
    from overt.cli.calibrate_multiples import labelled_sets, strangers
    from overt.evaluation.samples import pictures_by_person

    if source is not None and not source.strip():
        raise typer.BadParameter("--source says in words where the pictures come from; it is blank.")
    the_pack = pack_at(pack)
    own_file = the_pack.folder / "pack.toml"
    _require_place(out, own_file)
    errata, relatives = errata or beside(folder, "errata.csv"), relatives_in(folder, kin)
    pictures = pictures_by_person(folder, errata, most_pictures)
    words = source_of(folder, errata, most_pictures) if source is None else source
    streets, sets = strangers(street or (), pictures), labelled_sets(groups or ())
    anew = centre or not the_pack.recipe.centre
    result = measure(
        the_pack,
        pictures,
        words,
        errata,
        most_pictures,
        streets,
        sets,
        work,
        new_centre=anew,
        kin=relatives,
    )
    _keep(result, out)
    _tell(result, out or own_file, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a calibration found. `pack`: as it was before. `recipe`: what the templates were made by. `relatives`: pairs
    of people who are not compared."""

    pack: Pack
    recipe: Recipe
    curve: ImpostorCurve
    without_face: int
    unreadable: int
    errata: Path | None
    most_pictures: int
    relatives: int

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
    *,
    new_centre: bool,
    kin: Kin = frozenset(),
) -> Calibration:
    """Reads the pictures and compares them, with its progress on standard error."""
    from overt.bootstrap import recogniser
    from overt.cli.calibrate_multiples import step_to_a_passage, worst_group
    from overt.evaluation.calibrate import impostor_curve
    from overt.evaluation.protocol import numbered
    from overt.evaluation.samples import NO_FACE, UNREADABLE, centre_of, centred
    from overt.faces.pack import load
    from overt.settings import load_settings

    total = sum(len(paths) for paths in pictures.values())
    _say(f"Labels corrected by {errata}." if errata else "No errata file: every label is taken as it is.")
    _say(f"Reading {total:,} pictures of {len(pictures):,} people, at most {most_pictures} of each.")
    plain = replace(pack, recipe=replace(pack.recipe, centre=()))  # so that kept templates serve every centre
    found = seen(plain, pictures, work)
    recipe = replace(pack.recipe, centre=centre_of(found)) if new_centre else pack.recipe
    found, new = centred(found, recipe.centre), replace(pack, recipe=recipe)
    apart = numbered(found.names, kin)
    curve, before = impostor_curve(found, source, apart), pack.calibration
    passage, worst = (None, None) if before is None else (before.passage, before.worst_group)
    if streets:
        passage = step_to_a_passage(streets, found, curve, recogniser(load_settings(), load(new)))
    if groups:
        worst = worst_group(groups, new, curve, work)
    return Calibration(
        pack=pack,
        recipe=recipe,
        curve=replace(curve, passage=passage, worst_group=worst),
        without_face=found.count(NO_FACE),
        unreadable=found.count(UNREADABLE),
        errata=errata,
        most_pictures=most_pictures,
        relatives=len(apart),
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
        keep_calibration(result.pack, result.recipe, result.curve)
    else:
        write_whole(out, f"{result.recipe.to_toml()}\n{result.curve.to_toml()}")


def source_of(folder: Path, errata: Path | None, most_pictures: int) -> str:
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
    if result.relatives:
        told.append(f"Relatives are not compared: {many(result.relatives, 'pair')} of people.")
    if before is not None:
        told.append(f"The pack {result.pack.name} was calibrated on {before.people:,} people before.")
    if result.recipe != result.pack.recipe:
        told.append("The centre of templates is new, so what was measured with the old one is to be measured again:")
        told.append("groups and streets (overt calibrate), and the envelope (overt evaluate envelope).")
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
        "relatives": result.relatives,
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
