"""`overt figures`: what deployments came to, as sentences or as JSON, from the store or from the ledger alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import say, tell
from overt.domain.words import many

if TYPE_CHECKING:
    from overt.domain.tally import AlertTally, Tally
    from overt.evaluation.intervals import Figure
    from overt.services.decoy_figures import DecoyFigures
    from overt.services.figures import Figures
    from overt.services.recount import Difference

FINDING = 1
NO_TALLY = (
    "The true recognition rate of volunteers is not given without an independent tally of their walks: nobody else "
    "knows how many passed without an alert."
)
INDEPENDENT = (
    "In brackets: 95 % intervals (Clopper-Pearson), with passages and alerts taken as independent of one another. An "
    "alert that nobody decided in time counts as not verified, even where a verdict came later."
)


def add_to(app: typer.Typer) -> None:
    app.command()(figures)


def figures(
    deployment: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEPLOYMENT...]", help="Ids or names of deployments; all of them when left out."),
    ] = None,
    from_ledger: Annotated[
        Path | None,
        typer.Option("--from-ledger", metavar="EXPORT", help="Count from an export of a ledger and nothing else."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="With --from-ledger: verify it first, with this public key or file."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Count from the store and from the ledger, and say what differs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what deployments came to: alerts, what came of them, and every share with its interval.

    An EXPORT needs no installation. With --check it ends with 1 where the store and the ledger differ.
    """
    from overt.domain.errors import Refused

    if (key is not None and from_ledger is None) or (check and (from_ledger is not None or deployment)):
        raise Refused(
            "--key goes with --from-ledger, and --check stands alone: it looks at every deployment.",
            "Leave the other options out.",
        )
    if check:
        raise typer.Exit(_check(as_json=as_json))
    names = deployment or []
    if from_ledger is None:
        found, tests = _kept(names)
        _print(found, as_json=as_json, tests=tests)
    else:
        _print(_recounted(from_ledger, key, names), as_json=as_json)


def _kept(names: list[str]) -> tuple[list[Figures], DecoyFigures]:
    """From the store of this machine's installation."""
    import os

    from overt.bootstrap import open_installation
    from overt.domain.roles import Action, require_allowed
    from overt.services.decoy_figures import decoy_figures
    from overt.services.figures import figures_of
    from overt.services.sessions import current
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings, finish=False) as installation:
        by = current(installation, settings.home, os.environ)
        require_allowed(by.roles, Action.FIGURES_SEE)
        return figures_of(installation, names), decoy_figures(installation, by)


def _recounted(export: Path, key: str | None, names: list[str]) -> list[Figures]:
    from overt.ledger.head import KEY_PREFIX, public_key_from_text
    from overt.ledger.verify import Failed, Unusable, verify
    from overt.services.figures import NoSuchDeployment
    from overt.services.recount import MOST_BYTES, BadExport, recount

    with export.open("rb") as file:
        if key is None:
            tell(f"Counted without verifying {export}: give --key, or verify it with overt ledger verify.")
        else:
            text = key if key.startswith(KEY_PREFIX) else Path(key).read_text("ascii", "replace")
            try:
                verify(file, public_key_from_text(text))
            except (Failed, Unusable) as failure:
                raise BadExport(f"NOT VERIFIED. {failure}", "Ask for the export again.") from failure
            file.seek(0)
        found = {one.tally.deployment: one for one in recount(iter(lambda: file.readline(MOST_BYTES), b""))}
    missing = [name for name in names if name not in found]
    if missing:
        raise NoSuchDeployment(
            f"There is no deployment {missing[0]} in this ledger.", "Name it by its id; a ledger knows no other name."
        )
    return [found[name] for name in names] or list(found.values())


def _check(*, as_json: bool) -> int:
    import os

    from overt.bootstrap import open_installation
    from overt.domain.roles import Action, require_allowed
    from overt.services.recount import check
    from overt.services.sessions import current
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings, finish=False) as installation:
        require_allowed(current(installation, settings.home, os.environ).roles, Action.FIGURES_SEE)
        deployments, found = check(installation)
    if as_json:
        typer.echo(json.dumps({"deployments": deployments, "differences": [vars(one) for one in found]}))
    elif found:
        for one in found:
            say(_difference(one))
    else:
        say(f"No difference: the store and the ledger give the same figures of {many(deployments, 'deployment')}.")
    return FINDING if found else 0


def _difference(one: Difference) -> str:
    return f"{one.deployment}: {one.figure} is {one.store} by the store and {one.ledger} by the ledger."


def _print(found: list[Figures], *, as_json: bool, tests: DecoyFigures | None = None) -> None:
    from overt.services.figures import sums

    added = sums(found)
    if as_json:
        content: dict[str, object] = {
            "deployments": [one.record() for one in found],
            "sums": [one.record() for one in added],
            "tests_with_decoys": None if tests is None else tests.record(),
        }
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    if not found:
        say("There are no deployments yet.")
        return
    for one in [*found, *added]:
        typer.echo(_title(one))
        for sentence in sentences(one):
            say(sentence, "  ")
        typer.echo("")
    for sentence in () if tests is None or not tests.any else of_decoys(tests):
        say(sentence)
    say(INDEPENDENT)


def of_decoys(tests: DecoyFigures) -> Iterator[str]:
    """How often people were right when they were tested, for people."""
    yield (
        f"Tests of the people who decide, in no figure above: {many(tests.decided, 'decoy')} decided, "
        f"{tests.taken_back} taken back, {tests.unanswered} not decided in time."
    )
    caught = [("", tests.everybody), *((f"{one.name}: ", one.caught) for one in tests.each)]
    for whose, one in caught:
        yield f"{whose}{one.same.sentence('verdicts on the same person right')}."
        yield f"{whose}{one.different.sentence('verdicts on different people right')}."


def _title(one: Figures) -> str:
    tally = one.tally
    if tally.deployments > 1:
        return f"Together: {tally.deployments} deployments, each of the kind {tally.kind}"
    return f"{one.name} ({tally.kind}), {tally.deployment}" if one.name else f"{tally.deployment} ({tally.kind})"


def sentences(one: Figures) -> Iterator[str]:
    """What the figures say, for people."""
    tally = one.tally
    yield (
        f"Scanned for {_time(tally.minutes)} with {many(tally.cameras, 'camera')} "
        f"({tally.camera_minutes / 60:,.1f} camera hours)."
    )
    yield f"{many(tally.faces_detected, 'passage')} detected, {tally.faces_seen:,} of them searched."
    if tally.amber_ms or tally.red_ms:
        yield _outside(tally)
    if tally.lost:
        yield f"{many(tally.lost, 'passage')} open when a camera process died; what came of them is not known."
    withdrawn = f"; {tally.withdrawn:,} withdrawn or expired" if tally.withdrawn else ""
    yield f"{many(tally.entries, 'entry', 'entries')} on the list when it was sealed{withdrawn}."
    yield from _of_alerts(tally.listed)
    yield from _of_false_alerts(one)
    if tally.volunteers.alerts:
        yield "Volunteers, who are in no figure above:"
        yield from _of_alerts(tally.volunteers)
        yield NO_TALLY
    if tally.decoys.alerts:
        yield "Decoys, which are in no figure above:"
        yield _states(tally.decoys)
        yield one.caught.sentence("decoys turned down as not the person in time")


def _outside(tally: Tally) -> str:
    green, amber, red = (ms / 60_000 for ms in (tally.green_ms, tally.amber_ms, tally.red_ms))
    return (
        f"Cameras stood {amber:,.1f} minutes outside the model pack's operating envelope (amber), {red:,.1f} so far "
        f"outside that scanning paused (red), and {green:,.1f} inside."
    )


def _of_alerts(tally: AlertTally) -> Iterator[str]:
    if not tally.alerts:
        yield "No alert."
        return
    yield _states(tally)
    if tally.concluded:
        yield from _outcomes(tally)
    yield from _shares(tally)
    if tally.disclosed:
        yield f"Records of alerts were handed over {many(tally.disclosed, 'time')}."
    yield from _of_machine(tally)


def _states(tally: AlertTally) -> str:
    return (
        f"{many(tally.alerts, 'alert')}: {tally.worth_a_look:,} worth a look, {tally.not_the_person:,} not the "
        f"person, {tally.cannot_tell:,} cannot tell, {tally.undecided:,} not decided in time, {tally.open:,} open."
    )


def _outcomes(tally: AlertTally) -> Iterator[str]:
    late = f" {tally.right_late} more right, but not decided in time;" if tally.right_late else ""
    yield (
        f"{many(tally.engaged, 'person', 'people')} spoken to: {tally.right} right,{late} {tally.wrong_person} wrong "
        f"person, {tally.wrong_entry} wrong entry, {tally.unverified} unverified. {tally.not_engaged} not engaged, "
        f"{tally.lost} lost."
    )
    if then := _followed(tally):
        yield f"What was done then: {then}."
    if tally.wrong_person or tally.wrong_entry:
        yield f"People of whom the alert was wrong were held for {many(tally.held_wrongly_min, 'minute')} altogether."


def _shares(tally: AlertTally) -> Iterator[str]:
    from overt.services.figures import precision, served, verified

    yield verified(tally).sentence("alerts verified right")
    yield precision(tally).sentence("identified people were the right ones (precision)")
    yield served(tally).sentence("recorded outcomes served the authorised aim")


def _followed(tally: AlertTally) -> str:
    counted = (
        *((tally.arrests, "arrested"), (tally.id_shown, "showed a document and went on")),
        *((tally.safeguarding, "safeguarded"), (tally.service, "helped or handed something")),
        (tally.other_lawful, "on other lawful grounds"),
    )
    return ", ".join(f"{count} {what}" for count, what in counted if count)


def _of_machine(tally: AlertTally) -> Iterator[str]:
    from overt.services.figures import latency_s

    yield "Threshold: " + ", ".join(f"{each / 10_000:.4f}" for each in tally.thresholds_e4) + "."
    half, most = latency_s(tally, 0.5), latency_s(tally, 0.99)
    if half is not None and most is not None:
        yield f"From the first usable face to the alert: half within {half:.2f} s, 99 % within {most:.2f} s."


def _of_false_alerts(one: Figures) -> Iterator[str]:
    cases = "searched passages of unlisted people"
    yield one.far_low.sentence(f"{cases} gave an alert that is confirmed wrong (FAR, low)")
    yield one.far_high.sentence(f"{cases} gave an alert that is not confirmed right (FAR, high)")
    yield _promise(one.kept, one.far_high)
    if one.tally.deployments == 1:
        yield _stop(one)


def _promise(kept: bool | None, high: Figure) -> str:
    says = {
        True: "The promise of at most 1 in 1,000 was kept, judged on the high figure and its whole interval.",
        False: "The promise of at most 1 in 1,000 was NOT kept, judged on the high figure and its whole interval.",
        None: "Whether the promise of at most 1 in 1,000 was kept cannot be told from so few passages",
    }[kept]
    return says if kept is not None else f"{says} ({high.num:,} of {high.den:,})."


def _stop(one: Figures) -> str:
    from overt.services.figures import RULE

    false, passages = one.tally.false_to_stop, one.tally.unlisted
    does = "stops this deployment" if one.crossed else "does not stop this deployment"
    return (
        f"The stop rule {does}: {false:,} false in {passages:,} passages, log ratio {one.log_ratio:.2f}, "
        f"where {RULE.limit:.2f} stops."
    )


def _time(minutes: int) -> str:
    return many(minutes, "minute") if minutes < 60 else f"{minutes / 60:,.1f} hours"
