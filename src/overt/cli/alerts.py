"""`overt alert`: who is shown an alert, what they decide, what came of it, and who was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.alert_words import line_of, record_of, said_of, sentence_of, told_of_decoy
from overt.cli.passwords import seconded
from overt.cli.words import tell
from overt.domain.decision import Followed, Means, Purpose, Recipient, Result, Verdict
from overt.domain.errors import Refused
from overt.domain.time import to_text
from overt.domain.words import many, spaced

if TYPE_CHECKING:
    from overt.domain.geometry import FloatArray
    from overt.domain.policy import Policy
    from overt.domain.roles import Action
    from overt.services.disclosing import Case
    from overt.services.installation import Installation
    from overt.services.people import Account
    from overt.services.side_by_side import ByteArray, FindFace

Alert = Annotated[str, typer.Argument(metavar="ALERT", help="The alert's id; overt alert list has it.")]
Because = Annotated[
    str | None, typer.Option("--because", metavar="WORDS", help="Why; asked for where left out.", show_default=False)
]
WHY = "By which request, order or duty? Give its reference, and no names: "
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(show_all)
    for command in (show, decide, outcome, disclose, hold, lift):
        group.command()(command)
    app.add_typer(group, name="alert", help="Alerts: look, decide, say what came of it.")

    @group.callback()
    def alerts() -> None:
        """Alerts: look, decide, say what came of it."""


def show_all(
    erased: Annotated[bool, typer.Option("--all", help="With those whose pictures are gone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which alerts there are: those that wait first, with the time that is left."""
    from overt.bootstrap import signed_in
    from overt.services.at_alerts import alerts
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, account):
        found = alerts(installation, account, erased=erased)
    for one in found:
        typer.echo(json.dumps(line_of(one), ensure_ascii=False) if as_json else sentence_of(one))
    if not found and not as_json:
        typer.echo("There are no alerts.")


def show(
    alert: Alert,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE.jpg", help="Write both faces side by side into a new file: this begins your look."
        ),
    ] = None,
    purpose: Annotated[
        Purpose, typer.Option("--purpose", help="Why you open the pictures; it is recorded.")
    ] = Purpose.DECIDE,
    as_json: AsJson = False,
) -> None:
    """Say what you may know of an alert; with --to, open its pictures, which is recorded each time."""
    from overt.domain.roles import Action
    from overt.services import adjudicate

    with _at(alert, Action.ALERT_SEE) as at:
        if to is not None:
            _show_in(to, at, purpose)
        facts = adjudicate.facts_of(at.installation, alert, account=at.account.id, rules=at.policy.rules)
        now_us = at.installation.clock.now_us()
    typer.echo(json.dumps(record_of(facts), ensure_ascii=False) if as_json else "\n".join(said_of(facts)))
    if to is not None:
        least = at.policy.rules.look_at_least_s
        tell(f"Both faces are in {to}. Look for at least {least:g} seconds; the look began {to_text(now_us)}.")
        tell("Overt does not erase that file. Remove it as soon as you have decided.")


def decide(
    alert: Alert,
    verdict: Annotated[Verdict, typer.Argument(help="What you saw.", show_default=False)],
    because: Because = None,
) -> None:
    """Say what you saw, once you have looked, and why."""
    from overt.domain.roles import Action
    from overt.services import adjudicate

    words = _because(because, "What did you see? ")  # however long that takes, who may decide is looked at after it
    with _at(alert, Action.ALERT_DECIDE) as at:
        rules = at.policy.rules
        adjudicate.decide(
            at.installation,
            alert,
            verdict,
            words=words,
            account=at.account.id,
            rules=rules,
            retention=at.policy.retention(),
        )
        facts = adjudicate.facts_of(at.installation, alert, account=at.account.id, rules=rules)
    tell(f"Recorded: {spaced(verdict)}. The alert stands at: {spaced(facts.standing)}.")
    for sentence in told_of_decoy(facts):
        tell(sentence)


def outcome(
    alert: Alert,
    means: Annotated[Means, typer.Option("--means", help="How the person was identified.", show_default=False)],
    result: Annotated[Result, typer.Option("--result", help="Whether the prompt was right.", show_default=False)],
    served_aim: Annotated[
        bool, typer.Option("--served-aim/--no-served-aim", help="Did it serve the aim?", show_default=False)
    ],
    followed: Annotated[Followed, typer.Option("--followed", help="What was done then.")] = Followed.NOTHING,
    held_min: Annotated[
        int | None,
        typer.Option(
            "--held-min", metavar="MINUTES", help="How long the person was held up, where they were spoken to."
        ),
    ] = None,
    welfare_only: Annotated[
        bool, typer.Option("--welfare-only", help="The entry's only response is the person's welfare.")
    ] = False,
) -> None:
    """Say what came of an alert. Nothing can have, before "worth a look" stands."""
    from overt.domain.roles import Action
    from overt.services.outcomes import conclude

    with _at(alert, Action.ALERT_CONCLUDE) as at:
        conclude(
            at.installation,
            alert,
            means=means,
            result=result,
            held_min=held_min,
            followed=followed,
            served_aim=served_aim,
            account=at.account.id,
            rules=at.policy.rules,
            welfare_only=welfare_only,
        )
    tell(f"Recorded: {spaced(result)}, by {spaced(means)}.")


def disclose(
    alert: Alert,
    to: Annotated[Recipient, typer.Option("--to", help="Who is told.", show_default=False)],
    because: Because = None,
    sealed_for: Annotated[
        str | None,
        typer.Option(
            "--sealed-for", metavar="KEY", help="Hand over its pictures, too: the recipient's public key, x25519:..."
        ),
    ] = None,
    case: Annotated[str, typer.Option("--case", metavar="REFERENCE", help="With pictures: the case.")] = "",
    second: Annotated[str, typer.Option("--second", metavar="NAME", help="With pictures: the second person.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="With pictures: the new file, sealed.")
    ] = None,
    paper: Annotated[
        Path | None,
        typer.Option("--paper", metavar="FILE", help="Write the record in plain words into a new .html or .pdf file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the record of an alert for somebody who has a right to it, and record that. It has no third party in it.

    With --sealed-for its pictures leave, too: sealed, for a case, and with a second person who types their own
    password.
    """
    from overt.domain.roles import Action
    from overt.services import disclosing, outcomes

    if sealed_for is not None and out is not None:
        handing = disclosing.Case(to=to, why=_because(because, WHY), case=case, key=sealed_for)
        _hand_over(alert, handing, second, out)
        return
    if sealed_for is not None or out is not None:
        raise Refused("Pictures leave sealed for somebody, into a file.", "Give both --sealed-for and --out.")
    _require_paper(paper)
    why = _because(because, WHY)
    with _at(alert, Action.ALERT_DISCLOSE) as at:
        record = outcomes.disclose(at.installation, alert, to=to, why=why, account=at.account.id, rules=at.policy.rules)
        public_key = at.installation.public_key
    if paper is not None:
        _write_paper(paper, record, public_key)
        return
    typer.echo(json.dumps(record, ensure_ascii=False) if as_json else outcomes.as_text(record))


def _require_paper(paper: Path | None) -> None:
    """Whether it can be written, before anything is recorded."""
    from overt.notices.paper import NoPdf, can_make_pdf

    if paper is None:
        return
    if paper.suffix not in (".html", ".pdf") or paper.exists():
        raise Refused(f"{paper} is no new .html or .pdf file.", "Name one.")
    if paper.suffix == ".pdf" and (why := can_make_pdf()):
        raise NoPdf(why, "Name an .html file.")


def _write_paper(paper: Path, record: dict[str, Any], public_key: str) -> None:
    from overt.cli.evidence import write_new_file
    from overt.notices.account import account_html
    from overt.notices.paper import to_pdf
    from overt.settings import load_settings

    text = account_html(record, complaints=load_settings().complaints, public_key=public_key)
    write_new_file(paper, to_pdf(text).content if paper.suffix == ".pdf" else text.encode())
    tell(f"The account of the alert is in {paper}. That it was disclosed is recorded and counted.")


def _hand_over(alert: str, case: Case, second: str, out: Path) -> None:
    from overt.cli.evidence import write_new_file
    from overt.domain.roles import Action
    from overt.services import disclosing

    if out.exists():
        raise Refused(f"{out} is there already.", "Give the file another name.")
    with _at(alert, Action.ALERT_DISCLOSE) as at, _seconded(at, second, Action.EVIDENCE_SECOND) as seconding:
        handed = disclosing.hand_over(
            at.installation,
            alert,
            case,
            account=at.account.id,
            seconded_by=seconding.id,
            rules=at.policy.rules,
        )
    write_new_file(out, handed.sealed)
    tell(f"{many(handed.pictures, 'picture')} with the record left, sealed, in {out}. It is recorded and counted.")


@contextmanager
def _seconded(at: _At, name: str, action: Action) -> Iterator[Account]:
    """A second person, who may do this with the alert."""
    from overt.services.at_alerts import allowed

    with seconded(at.installation, name) as other:
        allowed(at.installation, other, action, at.alert)
        yield other


def hold(
    alert: Alert,
    case: Annotated[str, typer.Option("--case", metavar="REFERENCE", help="Of the case it is evidence in.")],
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, help="For how many days; the policy has a limit.")],
    second: Annotated[str, typer.Option("--second", metavar="NAME", help="The account of who seconds it.")],
) -> None:
    """Keep the pictures of one alert as evidence. The second person types their own password."""
    from overt.domain.retention import DAY_US
    from overt.domain.roles import Action
    from overt.services import adjudicate

    with _at(alert, Action.HOLD_PLACE) as at, _seconded(at, second, Action.HOLD_SECOND) as seconding:
        row = adjudicate.hold(
            at.installation,
            alert,
            case=case,
            until_us=at.installation.clock.now_us() + days * DAY_US,
            placed_by=at.account.id,
            seconded_by=seconding.id,
            rules=at.policy.rules,
        )
    tell(f"The alert is held until {to_text(row.expires_us)}, by hold {row.id}.")


def lift(
    alert: Alert,
    held: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id; overt alert show has it.")],
) -> None:
    """End a hold before its time. The pictures then die when they are due."""
    from overt.domain.roles import Action
    from overt.services import adjudicate

    with _at(alert, Action.HOLD_LIFT) as at:
        lifted = adjudicate.lift(at.installation, alert, held, account=at.account.id)
    if not lifted:
        raise Refused("There is no such hold on this alert, or it is over.", "Look it up in the alert's record.")
    tell("The hold is lifted.")


@dataclass(frozen=True, kw_only=True)
class _At:
    """Somebody who may do something to an alert."""

    installation: Installation
    account: Account
    policy: Policy
    alert: str


@contextmanager
def _at(alert: str, action: Action) -> Iterator[_At]:
    from overt.bootstrap import signed_in
    from overt.services.at_alerts import allowed
    from overt.settings import load_settings

    with signed_in(load_settings()) as (installation, account):
        policy = allowed(installation, account, action, alert)
        yield _At(installation=installation, account=account, policy=policy, alert=alert)


def _because(given: str | None, prompt: str) -> str:
    """Read as a line, so that a reason need not stand in a shell's history."""
    import sys

    if given is not None:
        return given
    if sys.stdin.isatty():
        sys.stderr.write(prompt)
        sys.stderr.flush()
    return sys.stdin.readline().rstrip("\r\n")


def _pictures(at: _At, purpose: Purpose) -> bytes:
    """Both faces in one picture, once it is recorded that they are shown."""
    from overt.services import adjudicate
    from overt.services.side_by_side import side_by_side

    find_face = _finder()
    evidence = adjudicate.show(at.installation, at.alert, account=at.account.id, purpose=purpose)
    now_us = at.installation.clock.now_us()
    if evidence.response:
        tell(f"What was planned for whoever is listed: {spaced(evidence.response)}.")
    return side_by_side(evidence, account=at.account.id, alert=at.alert, now_us=now_us, find_face=find_face)


def _finder() -> FindFace:
    from overt.bootstrap import recogniser
    from overt.settings import load_settings

    reader = recogniser(load_settings())

    def find(picture: ByteArray) -> FloatArray | None:
        faces = reader.portraits(picture)
        return faces[0].box if faces else None

    return find


def _show_in(file: Path, at: _At, purpose: Purpose) -> None:
    """Into a new file, for its owner alone; where nothing was shown there is none."""
    import os

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused(f"{file} is there already.", "Give the file another name.") from error
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(_pictures(at, purpose))
    except BaseException:
        file.unlink()
        raise
