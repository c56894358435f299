"""`overt figures`: what deployments came to, as sentences or as JSON, from the store or from the ledger alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.words import say, tell
from overt.domain.words import many

if TYPE_CHECKING:
    from overt.domain.tally import AlertTally, DeploymentFacts, Tally
    from overt.services.decoy_figures import DecoyFigures
    from overt.services.figure_parts import Parts
    from overt.services.figures import Figures
    from overt.services.recount import Difference

FINDING = 1


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
    parts: Annotated[
        bool, typer.Option("--parts", help="Also by camera, by who decided, and in JSON over time.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what deployments came to: alerts, what came of them, and every share with its interval.

    An EXPORT needs no installation. With --check it ends with 1 where the store and the ledger differ.
    """
    from overt.domain.errors import Refused

    if (key is not None and from_ledger is None) or (check and (from_ledger is not None or deployment or parts)):
        raise Refused(
            "--key goes with --from-ledger, and --check stands alone: it looks at every deployment.",
            "Leave the other options out.",
        )
    if check:
        raise typer.Exit(_check(as_json=as_json))
    names = deployment or []
    if from_ledger is None:
        found, apart, tests = _kept(names, parts=parts)
    else:
        found, tests = _recounted(from_ledger, key, names), None
        apart = _apart(found) if parts else {}
    _print(found, apart, tests, as_json=as_json)


def _kept(names: list[str], *, parts: bool) -> tuple[list[Figures], dict[str, Parts], DecoyFigures | None]:
    """From the store of this machine's installation; taken apart by id, where that is asked for; with how people did
    when they were tested."""
    import os

    from overt.bootstrap import open_installation
    from overt.domain.roles import Action, require_allowed
    from overt.services.decoy_figures import decoy_figures
    from overt.services.figure_parts import labels_for
    from overt.services.figures import figures_of
    from overt.services.sessions import current
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings, finish=False) as installation:
        by = current(installation, settings.home, os.environ)
        require_allowed(by.roles, Action.FIGURES_SEE)
        found = figures_of(installation, names)
        apart = _apart(found, lambda facts: labels_for(installation, by, facts)) if parts else {}
        return found, apart, decoy_figures(installation, by)


def _apart(
    found: Iterable[Figures], labels: Callable[[DeploymentFacts], Mapping[str, str]] = lambda _: {}
) -> dict[str, Parts]:
    """Each taken apart, by its id; people by their ids, as in a ledger, where nothing else is said."""
    from overt.services.figure_parts import parts_of

    return {one.facts.deployment: parts_of(one.facts, labels(one.facts)) for one in found if one.facts is not None}


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


def _print(found: list[Figures], apart: Mapping[str, Parts], tests: DecoyFigures | None, *, as_json: bool) -> None:
    from overt.services.figures import sums

    added = sums(found)
    if as_json:
        content: dict[str, object] = {
            "deployments": [one.record() for one in found],
            "sums": [one.record() for one in added],
            "tests_with_decoys": None if tests is None else tests.record(),
        }
        if apart:
            content["parts"] = {name: one.record() for name, one in apart.items()}
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    from overt.services.figure_words import INDEPENDENT

    if not found:
        say("There are no deployments yet.")
        return
    for one in [*found, *added]:
        typer.echo(_title(one))
        for sentence in sentences(one):
            say(sentence, "  ")
        for sentence in _of_parts(apart.get(one.tally.deployment)):
            say(sentence, "  ")
        typer.echo("")
    for sentence in () if tests is None or not tests.any else of_decoys(tests):
        say(sentence)
    say(INDEPENDENT)


def _of_parts(parts: Parts | None) -> Iterator[str]:
    from overt.services.figure_words import camera_sentence, person_sentence

    if parts is not None:
        yield "By camera and by who decided:"
        yield from (camera_sentence(name, one) for name, one in parts.cameras.items())
        yield from (person_sentence(one) for one in parts.people)


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
    from overt.services.figure_words import NO_TALLY, costs

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
    yield from (told.sentence for told in costs(tally))
    if tally.leafleted:
        yield f"{many(tally.leaflets, 'leaflet')} given out."
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
        pictures = f", {tally.evidence:,} of them with pictures, sealed" if tally.evidence else ""
        yield f"Records of alerts were handed over {many(tally.disclosed, 'time')}{pictures}."
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
        *((tally.other_lawful, "on other lawful grounds"), (tally.ground_gone, "let go, their ground gone")),
    )
    return ", ".join(f"{count} {what}" for count, what in counted if count)


def _of_machine(tally: AlertTally) -> Iterator[str]:
    from overt.services.figures import latency_s

    yield "Threshold: " + ", ".join(f"{each / 10_000:.4f}" for each in tally.thresholds_e4) + "."
    half, most = latency_s(tally, 0.5), latency_s(tally, 0.99)
    if half is not None and most is not None:
        yield f"From the first usable face to the alert: half within {half:.2f} s, 99 % within {most:.2f} s."


def _of_false_alerts(one: Figures) -> Iterator[str]:
    from overt.services.figure_words import promise_sentence, stop_sentence, told_of_false_alerts

    for told in told_of_false_alerts(one):
        yield told.sentence
    yield promise_sentence(one)
    if one.tally.deployments == 1:
        yield stop_sentence(one)
        if not one.crossed:
            yield f"{many(one.false_left, 'more false passage')} would stop it at this count of passages."


def _time(minutes: int) -> str:
    return many(minutes, "minute") if minutes < 60 else f"{minutes / 60:,.1f} hours"
