"""`overt evaluate groups`: is one group of people missed more often, or taken for somebody else more often?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_identify import MostPictures, Seed, Work, beside, seen
from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.packs import PackNamed, pack_at
from overt.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.evaluation.groups import Settings
    from overt.evaluation.groups_labels import Labelled, LabelledSet
    from overt.evaluation.groups_report import SetFound
    from overt.evaluation.provenance import Provenance
    from overt.faces.pack import Pack

_KEYS = ("labels", "scheme", "group", "errata")

Folder = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Pictures; described by the next four options.")]
LabelsFile = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="CSV",
        help="Labels of a folder with one sub-folder for each person: person or picture, then attributes.",
    ),
]
Scheme = Annotated[
    str | None,
    typer.Option("--scheme", metavar="NAME", help="Labels in the names of pictures without identities: utkface."),
]
Group = Annotated[str | None, typer.Option("--group", metavar="NAME", help="The one group of everybody in the folder.")]
Errata = Annotated[
    Path | None,
    typer.Option(
        "--errata", metavar="CSV", help="Corrections of identities (a, b, kind); FOLDER/errata.csv if there is one."
    ),
]
FurtherSets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SET",
        help="A further set, as FOLDER,labels=CSV or FOLDER,scheme=utkface or FOLDER,group=NAME. May be repeated.",
    ),
]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="NAMES", help="Compare by these only, as sex; sex,race crosses. May be repeated."),
]
ListSize = Annotated[int, typer.Option("--list-size", min=1, metavar="N", help="People on the list.")]
WantedFar = Annotated[
    float, typer.Option("--wanted-far", metavar="SHARE", help="False alerts a passage that choose the threshold.")
]
OwnThreshold = Annotated[
    float | None,
    typer.Option("--threshold", min=-1, max=1, metavar="COSINE", help="Use this one, not the calibration's."),
]


def add_to(group: typer.Typer) -> None:
    group.command()(groups)


def groups(
    folder: Folder = None,
    *,
    labels: LabelsFile = None,
    scheme: Scheme = None,
    group: Group = None,
    errata: Errata = None,
    further: FurtherSets = None,
    by: Attributes = None,
    list_size: ListSize = 1000,
    wanted_far: WantedFar = 0.001,
    threshold: OwnThreshold = None,
    most_pictures: MostPictures = 20,
    seed: Seed = 1,
    pack: PackNamed = None,
    work: Work = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Measure differences between labelled groups, both ways: who is missed, and who is taken for somebody else.

    Labels come from a set of pictures or from volunteers and serve to test errors only; Overt itself never infers
    anybody's sex, race or age. A difference is told only where the sample shows it.
    """
    from overt.domain.errors import Refused
    from overt.evaluation.groups_labels import LabelledSet, read_labelled
    from overt.evaluation.groups_report import GroupsFound

    require_places(json_file, html_file)
    asked = [labelled_set(text) for text in further or ()]
    if folder is not None:
        asked.insert(
            0,
            LabelledSet(
                folder=folder, labels=labels, scheme=scheme, group=group, errata=errata or beside(folder, "errata.csv")
            ),
        )
    elif any(each is not None for each in (labels, scheme, group, errata)):
        raise Refused("The options describe a folder that is not named.", "Name the folder, or use --set alone.")
    if not asked:
        raise Refused("No pictures are named.", "Name a FOLDER with its labels, or sets with --set.")
    the_pack = pack_at(pack)
    settings, source = _settings(the_pack, threshold, list_size, wanted_far, seed)
    labelled = [read_labelled(each, by or (), most_pictures) for each in asked]
    rests_on = _provenance(the_pack, asked, labelled, most_pictures, seed)
    found = GroupsFound(
        settings=settings,
        source=source,
        sets=tuple(measured(the_pack, each, settings, work) for each in labelled),
        provenance=rests_on,
    )
    if not to_standard_output(json_file):
        for sentence in (*found.sentences(), rests_on.sentence()):
            say(sentence.lstrip(), "  " if sentence.startswith(" ") else "")
    write(found.record(), found.report, json_file, html_file)


def labelled_set(text: str) -> LabelledSet:
    """A set from FOLDER,key=value,...; a part with a comma in it stands in double quotes."""
    from overt.domain.errors import Refused
    from overt.evaluation.groups_labels import LabelledSet

    folder, *rest = next(csv.reader([text], skipinitialspace=True), []) or [""]
    parts = [part.partition("=")[::2] for part in rest]
    wrong = next((key for key, value in parts if key not in _KEYS or not value), None)
    if not folder or wrong is not None or len(dict(parts)) < len(parts):
        raise Refused(
            f"{text!r} describes no set.",
            f"Write a folder and, after commas, each at most once: {', '.join(f'{key}=...' for key in _KEYS)}.",
        )
    given = dict(parts)
    labels, errata = given.get("labels"), given.get("errata")
    return LabelledSet(
        folder=Path(folder),
        labels=None if labels is None else Path(labels),
        scheme=given.get("scheme"),
        group=given.get("group"),
        errata=beside(Path(folder), "errata.csv") if errata is None else Path(errata),
    )


def _settings(
    pack: Pack, threshold: float | None, list_size: int, wanted_far: float, seed: int
) -> tuple[Settings, str]:
    """How groups are compared, and where the threshold comes from."""
    from overt.domain.errors import Refused
    from overt.evaluation.groups import Settings
    from overt.recognition.threshold import threshold_for

    if not 0 < wanted_far < 1:
        raise Refused(f"A share of {wanted_far} false alerts cannot be wanted.", "Give a share above 0 and below 1.")
    curve = pack.calibration
    if threshold is not None:
        lower = None if curve is None else min(threshold, threshold_for(curve.of_one_comparison(), 1, 0.001).value)
        source = f"The threshold {threshold:.4f} was given with --threshold."
    elif curve is None:
        raise Refused(
            f"The pack {pack.name} was never calibrated, so there is no threshold.",
            "Calibrate it (overt calibrate FOLDER), or give --threshold.",
        )
    else:
        found = threshold_for(curve, list_size, wanted_far)
        lowest = threshold_for(curve.of_one_comparison(), 1, 0.001).value
        threshold, lower = found.value, min(found.value, lowest)
        source = (
            f"The threshold {threshold:.4f} is that of the pack's calibration for a list of {list_size:,} and at most "
            f"{wanted_far:g} false alerts a passage{', extrapolated' if found.extrapolated else ''}; it comes from "
            f"{curve.source}. Where the pictures measured here are among those, the level of false matches is not "
            "independent of them; the ratio between groups says more."
        )
    if lower is not None and lower < threshold:
        source += f" The lower threshold {lower:.4f} lets 1 in 1,000 comparisons of two people match falsely."
    return Settings(
        threshold=threshold,
        lower=lower if lower is not None and lower < threshold else None,
        list_size=list_size,
        seed=seed,
    ), source


def _provenance(
    pack: Pack, asked: Sequence[LabelledSet], labelled: Sequence[Labelled], most_pictures: int, seed: int
) -> Provenance:
    import hashlib

    from overt.engine.clock import SystemClock
    from overt.evaluation.groups_labels import digest
    from overt.evaluation.provenance import provenance

    told = [
        f"{sum(map(len, each.pictures.values())):,} pictures of {len(each.pictures):,} people in a folder named "
        f"{each.name}{', identities corrected' if one.errata else ''}"
        for one, each in zip(asked, labelled, strict=True)
    ]
    digests = [digest(each) for each in labelled]
    return provenance(
        pack,
        source=f"{'; '.join(told)}; at most {most_pictures} of a person",
        digest=digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest(),
        seed=seed,
        now_us=SystemClock().now_us(),
    )


def measured(pack: Pack, labelled: Labelled, settings: Settings, work: Path | None) -> SetFound:
    """Reads the pictures of a set, with progress on standard error, and compares its groups."""
    from overt.evaluation.groups import compare
    from overt.evaluation.groups_report import SetFound

    pictures = sum(map(len, labelled.pictures.values()))
    tell(f"Reading {pictures:,} pictures of {len(labelled.pictures):,} people in {labelled.name}.")
    samples = seen(pack, labelled.pictures, work)
    comparisons, counts = compare(samples, labelled.groups, identities=labelled.identities, settings=settings)
    return SetFound(
        name=labelled.name,
        pictures=pictures,
        people=len(labelled.pictures),
        identities=labelled.identities,
        notes=labelled.notes,
        comparisons=comparisons,
        highest=counts.highest,
    )
