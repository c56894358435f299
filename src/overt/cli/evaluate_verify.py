"""`overt evaluate verify`: is this the same person, one picture against one?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from overt.cli.evaluate_identify import Errata, Folder, MostPictures, Seed, Work, read
from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.packs import PackNamed
from overt.cli.words import say


def add_to(group: typer.Typer) -> None:
    group.command()(verify)


def verify(
    folder: Folder,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", metavar="FILE", help="Compare only these pairs, in folds (LFW's pairs.txt)."),
    ] = None,
    seed: Seed = 1,
    errata: Errata = None,
    most_pictures: MostPictures = 10,
    pack: PackNamed = None,
    work: Work = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Measure verification: misses and false matches of single comparisons.

    With --pairs every picture of a person is read, and the labels are taken as they are, as the protocol has it.
    """
    from overt.domain.errors import Refused
    from overt.evaluation.verify import verify_pairs, verify_people

    require_places(json_file, html_file)
    text = None
    if pairs is not None:
        try:
            text = pairs.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"The pairs file {pairs} cannot be read: {error}.", "Name a text file in UTF-8.") from error
        most_pictures = 1_000_000
    samples, uncorrected, rests_on = read(
        folder, errata=errata, most_pictures=most_pictures, pack=pack, work=work, seed=seed
    )
    found = (
        verify_people(samples, seed=seed, provenance=rests_on)
        if text is None
        else verify_pairs(uncorrected or samples, text, provenance=rests_on)
    )
    if not to_standard_output(json_file):
        for sentence in (*found.sentences(), rests_on.sentence()):
            say(sentence)
    write(found.record(), found.report, json_file, html_file)
