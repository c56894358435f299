"""`overt evaluate trial`: a run held against an independent tally."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.evaluate_out import HtmlFile, JsonFile, require_places, to_standard_output, write
from overt.cli.words import say

if TYPE_CHECKING:
    from overt.evaluation.report import Report
    from overt.evaluation.trial_run import Run
    from overt.evaluation.trial_tracks import Box, Tracks
    from overt.evaluation.trial_truth import Truth
    from overt.services.installation import Installation
    from overt.services.people import Account

    Faces = tuple[tuple[tuple[int, Box], ...], ...]

STREET = ".jsonl"
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A file with what overt watch --json printed, or a trial deployment's id or name."
    ),
]
ListFolder = Annotated[
    Path | None,
    typer.Option("--list", metavar="FOLDER", help="With a simulated street: its watch list, to know who is on it."),
]
Everybody = Annotated[
    bool, typer.Option("--everybody", help="The tally has everybody who passed, not the listed people alone.")
]
Tolerance = Annotated[
    float, typer.Option("--tolerance", min=0, max=60, metavar="S", help="Seconds a prompt may lie outside its walk.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="Of the bootstrap by person.")]


def add_to(group: typer.Typer) -> None:
    group.command()(trial)


def trial(
    run: RunArgument,
    truth: Annotated[
        Path, typer.Option("--truth", metavar="FILE", help="The tally (CSV), or a simulated street's truth (.jsonl).")
    ],
    list_folder: ListFolder = None,
    everybody: Everybody = False,
    tolerance: Tolerance = 2.0,
    seed: Seed = 1,
    clip: Annotated[
        Path | None,
        typer.Option(
            "--clip", metavar="CLIP", help="With a simulated street: play it, to count passages of each true one."
        ),
    ] = None,
    smallest_face_px: Annotated[
        int, typer.Option("--smallest-face", min=10, max=1000, metavar="PX", help="With --clip, as in the deployment.")
    ] = 40,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Evaluate a trial with volunteers: who was found, who was taken for somebody else, how soon.

    The tally is kept by somebody who does not see the machine; docs/how-to/blue-list-trial.md says how.
    """
    from overt.evaluation.trial import trial as held_against
    from overt.evaluation.trial_report import record, report

    require_places(json_file, html_file)
    tally, faces = read_truth(truth, list_folder, everybody=everybody)
    _require_clip_of_a_street(clip, faces)
    found = held_against(the_run(run), tally, tolerance_s=tolerance, seed=seed)
    tracks = None if clip is None or faces is None else _tracks(clip, faces, tally, smallest_face_px)
    rests_on = _provenance()
    told = report(found, rests_on, tracks)
    if not to_standard_output(json_file):
        show(told)
    content = {**record(found, tracks), "provenance": {label.lower(): text for label, text in rests_on}}
    write(content, lambda: told, json_file, html_file)


def read_truth(path: Path, list_folder: Path | None, *, everybody: bool) -> tuple[Truth, Faces | None]:
    """The tally, and the faces of a simulated street.

    Raises:
        Refused: it cannot be read, or a street comes without its list, or a list without a street.
    """
    from overt.domain.errors import Refused
    from overt.evaluation.trial_street import read_street
    from overt.evaluation.trial_truth import read_tally
    from overt.services.list_folder import listed_files

    if path.suffix.lower() != STREET:
        if list_folder is not None:
            raise Refused(
                "--list goes with the truth of a simulated street.",
                "Leave it out: in a tally the column person, or listed, says who is on the list.",
            )
        return read_tally(path, everybody=everybody), None
    if list_folder is None:
        raise Refused(
            "The truth of a simulated street does not say who is on the list.", "Name the list's folder with --list."
        )
    return read_street(path, frozenset(one.entry for one in listed_files(list_folder)))


def the_run(name: str) -> Run:
    """The run in a file, or that of a trial deployment of this machine's installation."""
    from overt.evaluation.trial_run import read_run
    from overt.services.trials import kept_trial

    if is_file(name):
        return read_run(Path(name))
    with signed_in() as (installation, _):
        return kept_trial(installation, name).run


def is_file(name: str) -> bool:
    """Whether a run is one in a file, and not the name of a deployment."""
    return Path(name).suffix.lower() in (".jsonl", ".json", ".ndjson") or Path(name).is_file()


@contextmanager
def signed_in(*, finish: bool = False) -> Iterator[tuple[Installation, Account]]:
    """The installation, and whoever is signed in and may see figures. `finish`: something is to be recorded."""
    import os

    from overt.bootstrap import open_installation
    from overt.domain.roles import Action, require_allowed
    from overt.services.sessions import current
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings, finish=finish) as installation:
        account = current(installation, settings.home, os.environ)
        require_allowed(account.roles, Action.FIGURES_SEE)
        yield installation, account


def show(told: Report) -> None:
    """Everything but the tables and charts, on standard output."""
    say(told.title)
    for section in told.sections:
        if section.sentences:
            typer.echo("")
            say(section.heading)
            for sentence in (*section.sentences, *([f"Not meant: {section.misuse}"] if section.misuse else [])):
                say(sentence, "  ")


def _require_clip_of_a_street(clip: Path | None, faces: Faces | None) -> None:
    from overt.domain.errors import Refused

    if clip is not None and faces is None:
        raise Refused(
            "--clip goes with the truth of a simulated street, which alone knows where every face is.", "Leave it out."
        )


def _tracks(clip: Path, faces: Faces, tally: Truth, smallest_face_px: int) -> Tracks:
    from overt.bootstrap import recogniser
    from overt.cli.progress import Counter
    from overt.domain.rules import RecognitionRules
    from overt.engine.clock import SystemClock
    from overt.evaluation.trial_tracks import count_tracks, moments_of
    from overt.settings import load_settings

    rules, reader = RecognitionRules(), recogniser(load_settings())
    with Counter("Following faces") as counter:
        moments = moments_of(
            clip,
            reader,
            smallest_face_px=smallest_face_px,
            rules=rules,
            clock=SystemClock(),
            frames=len(faces),
            progress=counter,
        )
        return count_tracks(moments, faces, tally, rules=rules, smallest_face_px=smallest_face_px)


def _provenance() -> tuple[tuple[str, str], ...]:
    import overt
    from overt.domain.time import to_text
    from overt.engine.clock import SystemClock
    from overt.evaluation.provenance import machine

    return (
        ("Machine", machine()),
        ("When", to_text(SystemClock().now_us())),
        ("Overt", overt.__version__),
    )
