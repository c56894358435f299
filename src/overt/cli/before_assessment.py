"""`overt before assessment`: drafts of impact assessments with what this system measured of itself."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.settings import Settings


class Which(StrEnum):
    DPIA = "dpia"
    EQUALITY = "equality"


def add_to(group: typer.Typer) -> None:
    """Adds the command to the group `overt before`."""
    group.command("assessment")(assessment)


def assessment(
    which: Annotated[Which, typer.Argument(metavar="dpia|equality", help="Of data protection, or of equality.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file: .html or .md.")],
    deployment: Annotated[
        Path | None, typer.Option("--deployment", metavar="FILE", help="A deployment file; what it says is filled in.")
    ] = None,
    figures: Annotated[
        list[Path] | None,
        typer.Option("--figures", metavar="JSON", help="What overt evaluate wrote of this pack; once for each file."),
    ] = None,
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME", help="Where no deployment is given: the policy.")
    ] = "uk-police",
) -> None:
    """Write the draft of an impact assessment, with this system's own figures and the questions left for people.

    Needs no installation. Where one is here, it is said of each figure whether it is filed.
    """
    from overt import __version__
    from overt.bootstrap import case_at, chosen_pack
    from overt.cli.drawn_up import read_file, write_new
    from overt.domain.errors import Refused
    from overt.engine.clock import SystemClock
    from overt.notices.assessment import to_html, to_markdown
    from overt.services.assessment_figures import measured
    from overt.services.assessments import Facts, draft
    from overt.services.policies import load_policy
    from overt.settings import load_settings

    if out.suffix not in (".html", ".md"):
        raise Refused(f"{out} ends neither in .html nor in .md.", "Name such a file.")
    settings, now_us = load_settings(), SystemClock().now_us()
    case = None if deployment is None else case_at(deployment, settings)
    pack, filed = chosen_pack(settings), _filed(settings)
    facts = Facts(
        pack=pack,
        policy=load_policy(policy) if case is None else case.policy,
        deployment=None if case is None else case.deployment,
        measured=tuple(measured(pack, read_file(file), filed, now_us) for file in figures or ()),
        now_us=now_us,
        version=__version__,
    )
    told = draft(which.value, facts)
    text = to_html(told) if out.suffix == ".html" else to_markdown(told)
    write_new(out, text.encode())
    tell(f"{out} is a draft: {told.open_questions} questions in it are for people to answer.")


def _filed(settings: Settings) -> frozenset[str] | None:
    """Digests of the measurements that are filed here; None: there is no installation here."""
    from overt.bootstrap import signed_in
    from overt.services.evaluations import evaluations_filed
    from overt.services.prepare import has_installation

    if not has_installation(settings.home):
        return None
    with signed_in(settings) as (installation, _):
        return frozenset(one.evaluation.sha256 for one in installation.store.read(evaluations_filed))
