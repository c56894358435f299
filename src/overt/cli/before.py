"""`overt before`: what a policy wants done before the start is filed here, and what is missing is said."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from overt.cli.words import say, tell

FINDING = 1
Deployment = Annotated[str, typer.Argument(metavar="ID", help="The deployment, as overt deployment new said its id.")]
Json = Annotated[Path, typer.Argument(metavar="JSON", help="The file that overt evaluate wrote with --json, as it is.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    from overt.cli import before_assessment

    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for name, command in (("show", show), ("notice", notice), ("evaluation", evaluation), ("trial", trial)):
        group.command(name)(command)
    before_assessment.add_to(group)
    app.add_typer(group, name="before", help="Before the start: notice, measurements, trial, assessments.")

    @group.callback()
    def before() -> None:
        """Before the start: notice, measurements, trial, assessments."""


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The deployment file.")],
) -> None:
    """Say what the policy still wants before this deployment may be signed or started. Ends with 1 where it does."""
    from overt.bootstrap import case_at, signed_in
    from overt.services.checks import checks_of, checks_of_draft
    from overt.services.deployments import find_deployment
    from overt.settings import load_settings

    settings = load_settings()
    case = case_at(file, settings)
    with signed_in(settings) as (installation, _):
        row, _sealed = find_deployment(installation, case.digest())
        if row is None:
            checks = checks_of_draft(installation, case.deployment, case.policy)
        else:
            checks = checks_of(installation, case.deployment, row, case.policy)
    missing = [fault for one in checks for fault in one.broken]
    for fault in missing:
        say(f"{fault.sentence} {fault.todo} ({fault.rule})")
    if missing:
        raise typer.Exit(FINDING)
    say("Nothing is missing, as far as it is known yet.")


def notice(
    deployment: Deployment,
    where: Annotated[str, typer.Option("--where", metavar="TEXT", help="Its address, or where it hangs.")],
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="When it was published; now, when left out.")
    ] = "",
) -> None:
    """Say where the public notice can be read, and since when."""
    from overt.bootstrap import signed_in
    from overt.domain.time import to_text, to_us
    from overt.services.before_start import file_notice
    from overt.services.deployments import known_row
    from overt.settings import load_settings

    try:
        at_us = to_us(datetime.fromisoformat(since)) if since else None
    except ValueError as error:
        raise typer.BadParameter("a time is written as 2026-11-22T09:00:00Z") from error
    with signed_in(load_settings()) as (installation, by):
        row = known_row(installation, deployment)
        told = file_notice(installation, by, row, where, installation.clock.now_us() if at_us is None else at_us)
    tell(f"The notice is published since {to_text(told.at_us)}: {told.where}")


def evaluation(file: Json) -> None:
    """File a measurement of a model pack: overt evaluate identify, groups or envelope."""
    from overt.bootstrap import signed_in
    from overt.services.evaluations import file_evaluation
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        filed = file_evaluation(installation, by, _content(file))
    one = filed.evaluation
    tell(f"Filed: {one.kind} of the pack {filed.pack}, from the threshold {one.threshold:.4f} up. SHA-256 of the file:")
    typer.echo(one.sha256)


def trial(deployment: Deployment, file: Json) -> None:
    """File the report of a trial that is over: overt evaluate trial."""
    from overt.bootstrap import signed_in
    from overt.services.deployments import known_row
    from overt.services.evaluations import file_trial_report
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, by):
        filed = file_trial_report(installation, by, known_row(installation, deployment), _content(file))
    tell(f"Filed: the trial {filed.name}, {filed.walks:,} walks of listed volunteers. SHA-256 of the file:")
    typer.echo(filed.trial.sha256)


def _content(file: Path) -> bytes:
    """Of a file, and one byte more than is taken where it is too large."""
    from overt.domain.errors import Refused
    from overt.services.evaluations import MOST_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.", "Check the name of the file.") from error
