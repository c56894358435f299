"""`overt deployment`: from the file to a signed authority, and to its end and review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from overt.cli.counts import count
from overt.cli.deployment_records import record, year
from overt.cli.drawn_up import from_hex, read_file, write_new
from overt.cli.passwords import ask
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.domain.policy import Policy
    from overt.services.case import Case
    from overt.services.installation import Installation
    from overt.services.people import Account
    from overt.store.records import DeploymentRow

File = Annotated[Path, typer.Argument(metavar="FILE", help="The deployment file (TOML).")]
Which = Annotated[
    str,
    typer.Argument(
        metavar="FILE|ID", help="The deployment file, or the deployment's id, as overt deployment new says."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, and nothing else.")]
Key = Annotated[Path | None, typer.Option("--key", metavar="KEYFILE", help="Your signing key, if it lies here.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    for name, command in (
        ("new", new),
        ("show", show),
        ("plan", plan),
        ("authorise", authorise),
        ("sign", sign),
        ("cancel", cancel),
        ("end", end),
        ("review", review),
        ("count", count),
        ("permit", permit),
        ("record", record),
        ("year", year),
    ):
        group.command(name)(command)
    app.add_typer(group, name="deployment", help="Deployments: enter, plan, authorise, cancel, end, review.")

    @group.callback()
    def deployments() -> None:
        """Deployments: enter, plan, authorise, cancel, end, review."""


def new(file: File) -> None:
    """Enter a deployment: its file is checked against its policy, and its list is sealed with a passphrase."""
    from overt.bootstrap import case_at, enter_deployment, signed_in
    from overt.cli.passwords import ask_passphrase
    from overt.cli.progress import Counter
    from overt.settings import load_settings

    settings = load_settings()
    case = case_at(file, settings)
    with signed_in(settings) as (installation, by), Counter("Reading the watch list") as counter:
        row, watch_list = enter_deployment(
            installation, by, case, settings, passphrase=ask_passphrase, progress=counter, tell=tell
        )
    entries = len(watch_list.references)
    tell(f"{row.name} is entered with {entries:,} {'entry' if entries == 1 else 'entries'}; its list is sealed.")
    officer = case.deployment.authority.authorised_by
    tell(f"It waits for {officer} to sign it: overt deployment authorise {file} --key KEYFILE")
    tell("Keep its id; by it the deployment is stopped and reviewed, whatever becomes of its files:")
    typer.echo(row.id)


def show(which: Which, as_json: AsJson = False) -> None:
    """Say how a deployment stands: entered, signed by whom, running, over."""
    from overt.domain.time import to_text

    with of(which) as (installation, _, policy, row):
        store = installation.store
        signed = [one for one in store.read(lambda work: work.authorities.of(row.id)) if one.cancelled_us is None]
        lease = store.read(lambda work: work.leases.get(row.id))
        running = lease is not None and lease.ends_us > installation.clock.now_us()
        names = {one.id: one.name for one in store.read(lambda work: work.accounts.all())}
    record = {
        "deployment": row.id,
        "name": row.name,
        "kind": row.kind,
        "state": str(row.state),
        "opens": to_text(row.opens_us),
        "closes": to_text(row.closes_us),
        "policy": policy.name,
        "digest": row.digest,
        "signed_by": [names.get(one.account, one.account) for one in signed],
        "running": running,
    }
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    typer.echo(f"{row.name}: {row.state}, from {record['opens']} until {record['closes']}.")
    by = ", ".join(names.get(one.account, one.account) for one in signed) or "nobody yet"
    typer.echo(f"  Policy {policy.name}, signed by {by}{', being watched now' if running else ''}.")
    typer.echo(f"  Digest {row.digest}.")
    typer.echo(f"  {row.id}")


def plan(file: File, as_json: AsJson = False) -> None:
    """Say what to expect before signing: false alerts, coverage, what was reused, and what is not yet so."""
    from overt.bootstrap import calibration
    from overt.services.planning import plan_deployment
    from overt.settings import load_settings

    with _at(file) as (installation, by, case, row):
        planned = plan_deployment(installation, by, case, row, calibration(load_settings()))
    if as_json:
        typer.echo(json.dumps(planned.record()))
        return
    for sentence in planned.sentences():
        typer.echo(sentence)


def authorise(
    file: File,
    key: Key = None,
    draw_up: Annotated[
        Path | None,
        typer.Option("--draw-up", metavar="NEW", help="Only write down what is to be signed, to sign it elsewhere."),
    ] = None,
    statement: Annotated[
        Path | None, typer.Option("--statement", metavar="DRAWN-UP", help="What was drawn up and signed elsewhere.")
    ] = None,
    signature: Annotated[
        str, typer.Option("--signature", metavar="HEX", help="The signature under it, as overt deployment sign says.")
    ] = "",
    reasons: Annotated[
        str, typer.Option("--reasons", metavar="TEXT", help="Why a second officer agrees, in their words.")
    ] = "",
) -> None:
    """Sign a deployment: it may then run, in its window, on this machine.

    Your password is asked for again, and then the passphrase of the key, where the key lies here.
    """
    from overt.services.authorise import Signing
    from overt.services.authorise import authorise as service
    from overt.services.authorise import draw_up as drawn_up
    from overt.services.sessions import confirm_password
    from overt.services.signing_keys import read_signing_key
    from overt.services.statement import sign as signed

    ways = [draw_up is not None, key is not None, statement is not None and bool(signature)]
    if sum(ways) != 1:
        raise typer.BadParameter("give --key, or --draw-up, or --statement together with --signature.")
    with _at(file) as (installation, by, case, row):
        if draw_up is not None:
            write_new(draw_up, drawn_up(installation, row, by).to_bytes())
            tell(f"{draw_up} says what is to be signed. Elsewhere: overt deployment sign {draw_up} --key KEYFILE")
            return
        confirm_password(installation, by, ask("Your password again: "))
        if key is not None:
            content = drawn_up(installation, row, by).to_bytes()
            made = signed(read_signing_key(key, ask("Passphrase of the signing key: ")), content)
        else:
            assert statement is not None
            content, made = read_file(statement), from_hex(signature)
        signing = Signing(
            by=by,
            deployment=case.deployment,
            row=row,
            policy=case.policy,
            statement=content,
            signature=made,
            reasons=reasons,
        )
        done = service(installation, signing)
    if done.state == "authorised":
        tell(f"{row.name} is authorised. An operator runs it with: overt watch {file}")
    else:
        tell(f"Your signature is kept; it waits for {case.deployment.authority.second_officer}, with reasons.")


def sign(
    statement: Annotated[Path, typer.Argument(metavar="DRAWN-UP", help="What overt deployment authorise drew up.")],
    key: Annotated[Path, typer.Option("--key", metavar="KEYFILE", help="Your signing key.")],
) -> None:
    """Sign what was drawn up, anywhere: no installation is needed. Prints the signature."""
    from overt.domain.time import to_text
    from overt.services.signing_keys import read_signing_key
    from overt.services.statement import Statement
    from overt.services.statement import sign as signed

    content = read_file(statement)
    said = Statement.from_bytes(content)
    tell(f"Deployment {said.deployment}, from {to_text(said.opens_us)} until {to_text(said.closes_us)}.")
    tell(f"Digest {said.digest}. Compare it with what overt deployment show says.")
    typer.echo(signed(read_signing_key(key, ask("Passphrase of the signing key: ")), content).hex())


def cancel(
    which: Which,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    erase: Annotated[bool, typer.Option("--erase", help="Erase its list and alerts now: it was never lawful.")] = False,
) -> None:
    """Take an authority back. What runs under it stops within a second.

    It may be over where it is to be erased, and its file may have been changed or lost.
    """
    from overt.services.ending import cancel as service

    with of(which) as (installation, by, policy, row):
        service(installation, by, row, reason, policy.retention(), erase=erase)
    tell(f"{row.name} is cancelled{'; its list and its alerts are erased' if erase else ''}.")


def end(which: Which) -> None:
    """End a deployment before its window does, for good. Its list dies when the policy says."""
    from overt.services.ending import end as service

    with of(which) as (installation, by, policy, row):
        service(installation, by, row, policy.retention())
    tell(f"{row.name} has ended. Its review is due within {policy.rules.review_due_days} days.")
    if policy.rules.leaflets_counted:
        tell(f"So is how many leaflets were given out: overt deployment count {row.id} --leaflets NUMBER.")
    if policy.rules.officers_counted:
        tell(f"So is who worked for it: overt deployment count {row.id} --officers NUMBER --hours HOURS.")


def review(which: Which, text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The review.")]) -> None:
    """File the review of a deployment that is over: did it do what it was for?"""
    from overt.services.reviews import file_review

    with of(which) as (installation, by, _, row):
        file_review(installation, by, row, text)
    tell(f"The review of {row.name} is filed.")


def permit(
    which: Which,
    reference: Annotated[str, typer.Option("--reference", metavar="TEXT", help="Which decision, by whom, of when.")],
) -> None:
    """File the outside authorisation that an urgent start could not wait for."""
    from overt.services.reviews import file_outside_authorisation

    with of(which) as (installation, by, _, row):
        file_outside_authorisation(installation, by, row, reference)
    tell(f"The outside authorisation of {row.name} is filed.")


@contextmanager
def _at(file: Path) -> Iterator[tuple[Installation, Account, Case, DeploymentRow]]:
    """The installation, who is signed in, and the deployment of this file as it was entered."""
    from overt.bootstrap import case_at, signed_in
    from overt.services.deployments import entered_row
    from overt.settings import load_settings

    settings = load_settings()
    case = case_at(file, settings)
    with signed_in(settings) as (installation, by):
        yield installation, by, case, entered_row(installation, case.digest())


@contextmanager
def of(which: str) -> Iterator[tuple[Installation, Account, Policy, DeploymentRow]]:
    """The installation, who is signed in, and a deployment with the policy that it was entered under: by its id, since
    it can be stopped and reviewed whatever became of its files, or by its file."""
    from overt.bootstrap import case_at, signed_in
    from overt.services.acting import policy_of
    from overt.services.deployments import entered_row, known_row
    from overt.settings import load_settings

    settings = load_settings()
    case = None if is_id(which) else case_at(Path(which), settings)
    with signed_in(settings) as (installation, by):
        row = known_row(installation, which) if case is None else entered_row(installation, case.digest())
        yield installation, by, installation.store.read(lambda work: policy_of(work, row)), row


def is_id(which: str) -> bool:
    """Whether it is an id rather than a file."""
    try:
        return str(UUID(which)) == which.lower()
    except ValueError:
        return False
