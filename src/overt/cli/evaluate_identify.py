"""`overt evaluate identify`: who is found on a list, and who is taken for somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.packs import PackNamed, pack_at
from overt.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from overt.domain.geometry import FloatArray
    from overt.evaluation.protocol import Kin
    from overt.evaluation.provenance import Provenance
    from overt.evaluation.samples import Samples
    from overt.faces.pack import Pack

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="One sub-folder of pictures for each person.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of every random choice.", metavar="S")]
Errata = Annotated[
    Path | None,
    typer.Option(
        "--errata",
        metavar="CSV",
        help="Corrections of wrong labels (a, b, kind); FOLDER/errata.csv if there is one.",
    ),
]
Kinsfolk = Annotated[
    Path | None,
    typer.Option("--kin", metavar="CSV", help="Relatives and look-alikes (a, b); FOLDER/kin.csv where there is one."),
]
MostPictures = Annotated[
    int, typer.Option("--most-pictures", min=1, metavar="N", help="Use at most so many pictures of each person.")
]
Work = Annotated[
    Path | None,
    typer.Option(
        "--work",
        metavar="FOLDER",
        help="Keep templates there, so that an interrupted run goes on; erase it after.",
    ),
]


def add_to(group: typer.Typer) -> None:
    group.command()(identify)


def identify(
    folder: Folder,
    list_size: Annotated[int, typer.Option("--list-size", min=1, metavar="N", help="People on the list.")] = 1000,
    seed: Seed = 1,
    errata: Errata = None,
    kin: Kinsfolk = None,
    fillers: Annotated[
        Path | None,
        typer.Option(
            "--fillers",
            metavar="FOLDER",
            help="Pictures of other people, who fill the list, so that more of FOLDER are left to measure.",
        ),
    ] = None,
    most_pictures: MostPictures = 10,
    pack: PackNamed = None,
    work: Work = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Measure open-set identification: half of the people choose the threshold, the other half measures.

    Still pictures compare packs and settings. They say little about a street.
    """
    from overt.evaluation.identify import identify as measured

    require_places(json_file, html_file)
    relatives = relatives_in(folder, kin)
    samples, uncorrected, rests_on = read(
        folder, errata=errata, most_pictures=most_pictures, pack=pack, work=work, seed=seed
    )
    found = measured(
        samples,
        list_size=list_size,
        seed=seed,
        provenance=rests_on,
        kin=relatives,
        uncorrected=uncorrected,
        fillers=None if fillers is None else one_each(fillers, pack, work),
        tell=tell,
    )
    if not to_standard_output(json_file):
        for sentence in (*found.sentences(), rests_on.sentence()):
            say(sentence)
    write(found.record(), found.report, json_file, html_file)


def read(
    folder: Path, *, errata: Path | None, most_pictures: int, pack: Path | None, work: Path | None, seed: int
) -> tuple[Samples, Samples | None, Provenance]:
    """The pictures of a folder as a pack sees them, with corrected labels; without, where there are corrections; and
    what it rests on. Progress is on standard error."""
    from overt.engine.clock import SystemClock
    from overt.evaluation.provenance import provenance
    from overt.evaluation.samples import chosen, pictures_by_person, pictures_digest

    the_pack = pack_at(pack)
    errata = errata or beside(folder, "errata.csv")
    plain = pictures_by_person(folder, None, most_pictures)
    corrected = plain if errata is None else pictures_by_person(folder, errata, most_pictures)
    every = {name: list(paths) for name, paths in plain.items()}
    for name, paths in corrected.items():
        every.setdefault(name, []).extend(path for path in paths if path not in every[name])
    tell(f"Labels corrected by {errata}." if errata else "No errata file: every label is taken as it is.")
    tell(f"Reading {sum(map(len, every.values())):,} pictures of {len(every):,} people.")
    samples = seen(the_pack, every, work)
    rests_on = provenance(
        the_pack,
        source=_source(folder, corrected, most_pictures, errata),
        digest=pictures_digest(corrected),
        seed=seed,
        now_us=SystemClock().now_us(),
    )
    return chosen(samples, corrected), None if errata is None else chosen(samples, plain), rests_on


def one_each(folder: Path, pack: Path | None, work: Path | None) -> FloatArray:
    """One template of each person in a folder of portraits; shape (people, length)."""
    from overt.evaluation.rehearse_cast import people_in

    first = {person: pictures[:1] for person, pictures in people_in(folder).items()}
    tell(f"Reading {len(first):,} pictures of people who fill the list.")
    samples = seen(pack_at(pack), first, work)
    return samples.templates[samples.acquired]


def relatives_in(folder: Path, kin: Path | None = None) -> Kin:
    """The relatives that a kin file names; nobody where there is none."""
    from overt.evaluation.protocol import read_kin

    named = kin or beside(folder, "kin.csv")
    return frozenset() if named is None else read_kin(named)


def beside(folder: Path, name: str) -> Path | None:
    """A file that lies in the folder under its usual name."""
    return folder / name if (folder / name).is_file() else None


def _source(folder: Path, pictures: Mapping[str, Sequence[Path]], most_pictures: int, errata: Path | None) -> str:
    count = sum(map(len, pictures.values()))
    corrected = ", label errors corrected" if errata else ""
    return (
        f"{count:,} pictures of {len(pictures):,} people in a folder named {folder.resolve().name}{corrected}, at most "
        f"{most_pictures} of a person"
    )


def seen(pack: Pack, pictures: Mapping[str, Sequence[Path]], work: Path | None) -> Samples:
    """What a pack makes of pictures, with progress on standard error. `work`: a folder that keeps templates."""
    from contextlib import ExitStack

    from overt.bootstrap import recogniser
    from overt.cli.progress import Counter
    from overt.evaluation.kept import KeptTemplates, template_key
    from overt.evaluation.samples import samples_of
    from overt.faces.pack import load
    from overt.settings import load_settings

    settings = load_settings()
    reader = recogniser(settings, load(pack))
    with ExitStack() as stack:
        key = template_key(pack, settings)
        known = None if work is None else stack.enter_context(KeptTemplates(work, key))
        return samples_of(pictures, reader, stack.enter_context(Counter("Reading pictures")), known)
