"""`overt models add` and `overt models compare`: another embedder, and whether it is better than the chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.evaluate_identify import Seed, Work
from overt.cli.evaluate_out import JsonFile, require_places, to_standard_output, write
from overt.cli.packs import pack_at
from overt.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.evaluation.identify import Identified
    from overt.evaluation.intervals import Figure
    from overt.faces.pack import Pack

LIST_SIZE = 1000
MOST_PICTURES = 20
Size = Annotated[int, typer.Option("--list-size", min=1, metavar="N", help="People on the list, if there are so many.")]

TrainingData = Annotated[
    str, typer.Option("--training-data", metavar="WORDS", help="What it was trained on, as far as known.")
]
Colour = Annotated[str, typer.Option("--colour", metavar="<rgb|bgr>", help="The order in which it wants its colours.")]
Pictures = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        metavar="FOLDER",
        help="One sub-folder of pictures for each person: calibrate the pack with them, and compare it with the "
        "chosen one.",
    ),
]


def add_to(group: typer.Typer) -> None:
    group.command()(add)
    group.command()(compare)


def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="By which the pack is chosen: small letters, digits, - .")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE.onnx", help="A network that makes templates of aligned faces, 112 x 112.")
    ],
    licence: Annotated[str, typer.Option("--licence", metavar="WORDS", help="Who allows its use, and how.")],
    training_data: TrainingData = "",
    colour: Colour = "rgb",
    mean: Annotated[float, typer.Option("--mean", help="Taken off each grey level, 0 to 255, before it.")] = 127.5,
    scale: Annotated[float, typer.Option("--scale", help="What the rest is divided by.")] = 127.5,
    pictures: Pictures = None,
    list_size: Size = LIST_SIZE,
    seed: Seed = 1,
    work: Work = None,
    json_file: JsonFile = None,
) -> None:
    """Add a model pack: a network of the usual kind, with Overt's own detector.

    It is tried on this machine, and copied into the home folder. It does not run before it is calibrated: give
    --pictures, or run overt calibrate. To recognise faces with it, set pack in overt.toml, or OVERT_PACK.
    """
    from overt.domain.errors import Refused
    from overt.faces.recipe import Recipe
    from overt.faces.runtime import installed_runtimes
    from overt.services.adding_packs import add_pack
    from overt.settings import load_settings

    require_places(json_file, None)
    settings = load_settings()
    before = pack_at(None)
    try:
        recipe = Recipe(colour=colour, mean=mean, scale=scale, brightened=True, levelled=True, mirrored=True)
    except ValueError as fault:
        raise Refused(
            f"The network cannot want that of a picture: {fault}.", "Correct colour, mean or scale."
        ) from None
    pack = add_pack(
        settings.make_home(),
        name,
        file,
        licence=licence,
        training_data=training_data,
        recipe=recipe,
        runtimes=installed_runtimes(settings.precision),
    )
    tell(f"Added to {pack.folder}: templates of {pack.length} numbers, SHA-256 {pack.embedder.sha256}.")
    if pictures is None:
        tell(f"It does not run before it is calibrated: overt calibrate FOLDER --pack {name}")
        return
    _calibrate(pack, pictures, work)
    _compare([pack_at(Path(name)), before], pictures, list_size, seed, work, json_file)
    tell(f'To recognise faces with it, set pack = "{name}" in overt.toml, or OVERT_PACK={name}.')


def compare(
    name: Annotated[Path, typer.Argument(metavar="PACK", help="Name or folder of a model pack.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="One sub-folder of pictures for each person.")],
    list_size: Size = LIST_SIZE,
    seed: Seed = 1,
    work: Work = None,
    json_file: JsonFile = None,
) -> None:
    """Compare a model pack with the chosen one, on the same pictures, people and seed.

    Half of the people choose each pack's threshold, the other half measures.
    """
    require_places(json_file, None)
    _compare([pack_at(name), pack_at(None)], folder, list_size, seed, work, json_file)


def _calibrate(pack: Pack, folder: Path, work: Path | None) -> None:
    from overt.cli.calibrate import measure, sentences, source_of
    from overt.cli.evaluate_identify import beside, relatives_in
    from overt.evaluation.samples import pictures_by_person
    from overt.services.packs import keep_calibration

    errata, relatives = beside(folder, "errata.csv"), relatives_in(folder)
    pictures = pictures_by_person(folder, errata, MOST_PICTURES)
    source = source_of(folder, errata, MOST_PICTURES)
    result = measure(pack, pictures, source, errata, MOST_PICTURES, (), (), work, new_centre=True, kin=relatives)
    keep_calibration(pack, result.recipe, result.curve)
    for sentence in sentences(result):
        tell(sentence)


def _compare(
    packs: Sequence[Pack], folder: Path, list_size: int, seed: int, work: Path | None, json_file: Path | None
) -> None:
    from overt.cli.evaluate_identify import read, relatives_in
    from overt.evaluation.identify import identify
    from overt.evaluation.protocol import halves, largest_list

    relatives, found = relatives_in(folder), []
    for pack in packs:
        samples, _, rests_on = read(folder, errata=None, most_pictures=10, pack=pack.folder, work=work, seed=seed)
        size = min(list_size, largest_list(halves(samples, seed=seed, kin=relatives)[1]))
        found.append(identify(samples, list_size=size, seed=seed, provenance=rests_on, kin=relatives))
    if not to_standard_output(json_file):
        _show(found)
    write({"packs": [one.record() for one in found]}, found[0].report, json_file, None)


def _show(found: Sequence[Identified]) -> None:
    from rich.console import Console

    one = found[0].main
    say(
        f"A list of {one.list_size:,}, one picture each; {one.mated:,} searches for listed people and "
        f"{one.impostors:,} of strangers. Other people chose the thresholds."
    )
    Console(width=80, highlight=False).print(_table(found))
    say("A difference means something only where the intervals lie apart, and only on pictures like these.")


def _table(found: Sequence[Identified]) -> Any:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    shown.add_column("Pack")
    for heading in ("Found at 1 in 100", "Found at 1 in 1,000", "3 pictures fused"):
        shown.add_column(heading, justify="right")
    for one in found:
        fused = [each for each in one.fused if each.shots == 3]
        cells = [_share(at.tpir) for at in one.main.at] + [_share(each.at[-1].tpir) for each in fused]
        shown.add_row(one.provenance.pack, *cells)
    return shown


def _share(figure: Figure) -> str:
    return f"{100 * figure.num / figure.den:.1f}% ({100 * figure.low:.1f}-{100 * figure.high:.1f})"
