"""`overt rehearse`: a street scene from portrait photographs, with its truth beside it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.evaluation.rehearse_cast import Cast
    from overt.evaluation.rehearse_truth import Truth

_NAMED = 10


class Density(StrEnum):
    SPARSE = "sparse"
    NORMAL = "normal"
    DENSE = "dense"


class Daylight(StrEnum):
    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="One portrait, or one sub-folder of portraits, for each person.")
]
Out = Annotated[Path, typer.Option(metavar="CLIP.mp4", help="The clip; its truth goes beside it, as CLIP.truth.jsonl.")]
Seconds = Annotated[float, typer.Option(metavar="S", help="How long it lasts.")]
Full = Annotated[Density, typer.Option(help="How full the street is: 15, 50 or 120 passages a minute.")]
Passages = Annotated[
    int | None, typer.Option(metavar="N", help="How many people pass, instead of what the density gives.")
]
People = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="At most so many different people, each with more passages.")
]
HoldBack = Annotated[
    bool, typer.Option("--hold-back", help="Leave out the first picture of everybody with several: it is for the list.")
]
Light = Annotated[Daylight, typer.Option(help="The light, and what a camera makes of it.")]
Background = Annotated[
    Path | None, typer.Option(metavar="PICTURE", help="A photograph of an empty street, instead of a drawn one.")
]
Size = Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Pixels of the picture.")]
Fps = Annotated[int, typer.Option(metavar="N", help="Frames a second.")]
Seed = Annotated[int, typer.Option(metavar="N", help="The same seed and pictures give the same street.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over a clip and truth that are there.")]


def add_to(app: typer.Typer) -> None:
    app.command()(rehearse)


def rehearse(
    folder: Folder,
    out: Out,
    seconds: Seconds = 60.0,
    density: Full = Density.NORMAL,
    passages: Passages = None,
    people: People = None,
    hold_back: HoldBack = False,
    light: Light = Daylight.DAY,
    background: Background = None,
    size: Size = "1920x1080",
    fps: Fps = 25,
    seed: Seed = 1,
    replace: Replace = False,
) -> None:
    """Make a simulated street: people from portraits walk towards a camera, and a file says where each face is.

    It is for trying and testing. Every frame is marked REHEARSED, and no figure from it is one of a deployment.
    """
    from overt.bootstrap import recogniser
    from overt.cli.progress import Counter
    from overt.evaluation.rehearse import Choices, require_empty_street, require_free
    from overt.evaluation.rehearse import rehearse as make
    from overt.evaluation.rehearse_cast import cast_of, people_in
    from overt.faces.picture import read_picture
    from overt.settings import load_settings

    width, height = _size(size)
    choices = Choices(
        seconds=seconds,
        passages=passages,
        density=density.value,
        light=light.value,
        width=width,
        height=height,
        fps=fps,
        seed=seed,
    )
    require_free(out, replace=replace)
    found = people_in(folder, hold_back=hold_back)
    street = None if background is None else read_picture(background)
    reader = recogniser(load_settings())
    if street is not None:
        require_empty_street(street, reader)
    with Counter("Reading portraits") as counter:
        cast = cast_of(
            folder, found, reader, counter, passages=choices.wanted_passages, most_people=people, seed=choices.seed
        )
    for sentence in left_out(cast):
        tell(sentence)
    with Counter("Drawing frames") as counter:
        truth = make(cast, choices, out, counter, background=street)
    for sentence in sentences(truth, out):
        tell(sentence)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text.strip())
    if found is None:
        raise typer.BadParameter("write it as WIDTHxHEIGHT, such as 1920x1080", param_hint="--size")
    return int(found[1]), int(found[2])


def left_out(cast: Cast) -> list[str]:
    """Which pictures nobody walks with, and why."""
    told = [f"Left out: {one.picture}: {one.reason}." for one in cast.left_out[:_NAMED]]
    if len(cast.left_out) > _NAMED:
        told.append(f"Left out, too: {len(cast.left_out) - _NAMED:,} further pictures.")
    return told


def sentences(truth: Truth, out: Path) -> list[str]:
    """What was made, in sentences."""
    from overt.evaluation.rehearse_truth import truth_path

    header = truth.header
    told = [
        f"{header.passages:,} passages of {header.people:,} people in {header.frames / header.fps:,.0f} seconds; "
        f"{len(truth.usable_passages):,} of them come near enough to be recognised.",
        f"Written to {out} and {truth_path(out)}.",
        "This is simulated. Do not add its figures to those of deployments or trials.",
    ]
    if truth.twins:
        told.insert(1, "Some people are in the picture twice at once: give more portraits, or fewer passages.")
    return told
