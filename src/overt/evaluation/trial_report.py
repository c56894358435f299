"""What a trial found, for programs and for people: one record and one report with the same numbers.

Rules:
  - every sentence begins with what was measured (a live trial, recorded footage, a simulated street), and every heading
    ends with it, so that no line of one can be taken for the other;
  - a walk is named as the tally names it; no person and no entry is named;
  - what a figure does not mean stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from overt.domain.tally import VOLUNTEER
from overt.domain.words import many
from overt.evaluation.charts import Whisker, forest
from overt.evaluation.report import Grid, Report, Section
from overt.evaluation.trial import Quantile, Share, Trial, density_of
from overt.evaluation.trial_match import Came
from overt.evaluation.trial_over_time import over_time
from overt.evaluation.trial_tracks import Tracks
from overt.evaluation.trial_truth import Kind, Walk, seconds

INTERVALS = (
    "In brackets: 95 % intervals. They are Clopper-Pearson's, which take walks and alerts as independent; where people "
    "walk more than once, people were drawn again as a whole, and on each side the wider limit of the two is given."
)
_NOT_TRR = (
    "TRR is of these volunteers, their pictures, this place, light and crowd. It says nothing of how often a prompt is "
    "right: that is precision. It is no share of wanted people who would be found, who may look away or stay away."
)
_NOT_FAR = (
    "FAR is no share of alerts that were wrong: with few listed people about, most alerts can be wrong while FAR is "
    "small. No false alert in so many passages is not a rate of nothing: the upper limit says what it may be."
)
_NOT_PRECISION = (
    "Precision depends on how many listed people walked past, which a trial chooses. That of an operation will be "
    "another one. What was not verified was not shown to be wrong."
)
_NOT_WAIT = "Only walks with a right prompt have a time: people who were missed waited in vain, and are in TRR alone."
_NOT_TRACKS = (
    "More passages than people make FAR per searched passage look smaller than it is; FAR per true passage does not "
    "change with it."
)


def record(found: Trial, tracks: Tracks | None = None) -> dict[str, object]:
    """The object for JSON."""
    true_high = found.far_true_high
    return {
        "kind": str(found.kind),
        "deployment": found.run.deployment or None,
        "rehearsal": found.run.rehearsal,
        "simulated": found.kind is Kind.SIMULATED,
        "tolerance_s": seconds(found.tolerance_us),
        "seed": found.seed,
        "run_digest": found.run.digest or None,
        "tally_digest": found.truth.digest,
        "tally_has_everybody": found.truth.everybody,
        "walks": {"listed": len(found.truth.listed), "unlisted": len(found.truth.unlisted)},
        "trr": found.trr.record(),
        "wrong_entry": found.wrong_entry.record(),
        "alerts": {
            "alerts": len(found.matched.judged),
            **{_name(came): count for came, count in found.came.items()},
            "decoys": found.matched.decoys,
            "contradicted_by_people": found.contradicted,
        },
        "precision": found.precision.record(),
        "verified": found.verified.record(),
        "thresholds": _thresholds(found),
        "faces_detected": found.run.detected,
        "faces_seen": found.run.searched,
        "unlisted_passages": found.unlisted_searched,
        "far_low": found.far_low.record(),
        "far_high": found.far_high.record(),
        "far_true_low": None if found.far_true_low is None else found.far_true_low.record(),
        "far_true_high": None if true_high is None else true_high.record(),
        "time_to_prompt": {
            "prompted": len(found.waits_s),
            "walks": len(found.truth.listed),
            "usable_noted": found.usable_noted,
            "p50_s": found.wait(0.5).record(),
            "p99_s": found.wait(0.99).record(),
        },
        "passages_of_a_true_one": _ratio(found),
        "tracks": None if tracks is None else tracks.record(),
        "pictures": _pictures(found.truth.listed),
        "trr_by": {name: {each: share.record() for each, share in by.items()} for name, by in _split(found).items()},
        "people_said": _people_said(found),
        "of_walks": [
            {
                "walk": walk.walk,
                "listed": walk.listed,
                "camera": walk.camera or None,
                "in_view": round(in_view, 2),
                "came": came,
                "time_to_prompt_s": None if first_us is None else seconds(first_us),
            }
            for walk, in_view, came, first_us in zip(
                found.truth.walks, found.truth.in_view(), found.of_walks, found.matched.first_us, strict=True
            )
        ],
    }


def report(found: Trial, provenance: tuple[tuple[str, str], ...] = (), tracks: Tracks | None = None) -> Report:
    """The same for people."""
    kind = str(found.kind)
    return Report(
        title=f"Trial with volunteers ({kind})",
        lead=_tagged(found, _share(found.trr, "walks of listed people had a right prompt (TRR)")),
        sections=tuple(
            Section(
                heading=f"{one.heading} ({kind})",
                sentences=tuple(_tagged(found, each) for each in one.sentences),
                grid=one.grid,
                chart=one.chart,
                misuse=one.misuse,
            )
            for one in (
                _who_walked(found),
                _of_listed(found),
                _false_alerts(found),
                _of_alerts(found),
                *over_time(found),
                _waits(found),
                *_of_tracks(found, tracks),
                _by_walk(found),
            )
        ),
        provenance=(
            ("Kind", kind),
            ("SHA-256 of the run", found.run.digest or "it came out of a store"),
            ("SHA-256 of the tally", found.truth.digest),
            ("Tolerance", f"{seconds(found.tolerance_us):g} s around each walk"),
            ("Thresholds of its alerts", ", ".join(f"{one:.4f}" for one in _thresholds(found)) or "not told"),
            ("Seed", str(found.seed)),
            *provenance,
        ),
    )


def _who_walked(found: Trial) -> Section:
    listed, unlisted = found.truth.listed, found.truth.unlisted
    unknown, people = sum(walk.picture_months is None for walk in listed), len({walk.person for walk in listed})
    whole = "everybody who passed" if found.truth.everybody else "not everybody who passed"
    kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(one.picture or "unknown" for one in listed).items())
    ages = [walk.picture_months for walk in listed if walk.picture_months is not None]
    aged = f"{min(ages):g} to {max(ages):g} months old" if ages else "of unknown age"
    return Section(
        heading="Who walked",
        sentences=(
            f"{many(len(listed), 'walk')} of {many(people, 'listed person', 'listed people')}, {len(unlisted):,} of "
            f"people who are not listed; the tally has {whole}.",
            f"List pictures, by walk: {kinds or 'none'}; {aged}"
            + (f", of unknown age in {many(unknown, 'walk')}." if ages and unknown else "."),
            INTERVALS,
        ),
    )


def _of_listed(found: Trial) -> Section:
    parts = [(name, label, share) for name, by in _split(found).items() for label, share in by.items()]
    rows = tuple((f"{name}: {label}", *_cells(share)) for name, label, share in parts)
    unseen = sum(not walk.seen for walk in found.truth.listed)
    sentences = [
        _share(found.trr, "walks of listed people had a right prompt (TRR)"),
        *([f"In {unseen:,} of them the face could never be seen well; they count as walks."] if unseen else []),
        _share(found.wrong_entry, "walks of listed people had prompts for another entry only"),
    ]
    if found.came[Came.NO_ENTRY]:
        sentences.append(
            f"Of {many(found.came[Came.NO_ENTRY], 'alert')} nobody knows the entry any more, because it is erased; "
            "such an alert counts as not right, so TRR may be higher. Evaluate a trial before its alerts are erased."
        )
    drawn = [
        Whisker(
            label=f"{name}: {label}",
            value=share.figure.value,
            low=share.figure.low,
            high=share.figure.high,
            note=f"n = {share.figure.den}",
        )
        for name, label, share in parts
        if share.figure.value is not None
    ]
    return Section(
        heading="Listed people",
        sentences=tuple(sentences),
        grid=Grid(header=("walks", "right", "of", "TRR", "people"), rows=rows) if rows else None,
        chart=forest(
            drawn,
            title=f"TRR by part of the walks ({found.kind}, n = {found.trr.figure.den})",
            x_label="TRR",
            reference=found.trr.figure.value,
            reads="percent",
            reference_label="all walks",
        )
        if len(drawn) > 1
        else "",
        misuse=_NOT_TRR,
    )


def _false_alerts(found: Trial) -> Section:
    searched = "searched passages of unlisted people gave an alert that is"
    sentences = [
        f"{found.far_low.sentence(f'{searched} confirmed wrong (FAR, low)')}.",
        f"{found.far_high.sentence(f'{searched} not confirmed right (FAR, high)')}.",
    ]
    if found.far_true_low is None or found.far_true_high is None:
        sentences.append("FAR per true passage is not given: the tally does not have everybody who passed.")
    else:
        true = "true passages of unlisted people gave an alert that is"
        sentences.append(_share(found.far_true_low, f"{true} confirmed wrong (FAR per true passage, low)"))
        high = found.far_true_high.sentence(f"{true} not confirmed right (FAR per true passage, high)")
        sentences.append(f"{high}.")
    return Section(heading="False alerts", sentences=tuple(sentences), misuse=_NOT_FAR)


def _of_alerts(found: Trial) -> Section:
    said = _people_said(found)
    columns = sorted({one for row in said.values() for one in row})
    sentences = [
        _share(found.precision, "prompts on people who could be told were right (precision)"),
        _share(found.verified, "alerts were shown to be right (verified share)"),
        f"Alerts that belong to no walk of the tally: {found.came[Came.NO_WALK]:,}; that came while listed and "
        f"unlisted people walked: {found.came[Came.UNCLEAR]:,}. They are in no precision, and in FAR (high).",
    ]
    if found.matched.decoys:
        sentences.append(f"Decoys, which are in no figure here: {many(found.matched.decoys, 'alert')}.")
    if found.contradicted:
        sentences.append(
            f"Of {many(found.contradicted, 'alert')} people said otherwise than the tally; the tally counts."
        )
    if volunteers := sum(one.prompt.about == VOLUNTEER for one in found.matched.judged):
        sentences.append(f"About volunteers, and in no operational figure: {many(volunteers, 'alert')}.")
    rows = tuple(
        (came, *(str(row.get(one, 0)) for one in columns), str(sum(row.values()))) for came, row in said.items()
    )
    return Section(
        heading="Alerts",
        sentences=tuple(sentences),
        grid=Grid(header=("what it was", *columns, "all"), rows=rows, caption="What people said of each")
        if rows
        else None,
        misuse=_NOT_PRECISION,
    )


def _waits(found: Trial) -> Section:
    noted, listed = found.usable_noted, len(found.truth.listed)
    start = {0: "the beginning of the walk", listed: "the first usable moment of the walk"}.get(
        noted, f"the first usable moment, which is noted of {many(noted, 'walk')}, else from the beginning,"
    )
    half, most = found.wait(0.5), found.wait(0.99)
    sentences = [
        f"{len(found.waits_s):,} of {listed:,} walks of listed people had a right prompt. From {start} to "
        f"{'the alert' if found.kind is Kind.LIVE else 'the frame that completed the match'}: half within "
        f"{_wait(half)}, 99 % within {_wait(most)}."
    ]
    if found.kind is not Kind.LIVE:
        sentences.append(
            "Footage has its own time: how long the machine took from that frame to the alert is not in it."
        )
    if min(found.waits_s, default=0.0) < 0:
        sentences.append("A time below 0: the machine saw enough before the moment that the tally has.")
    if found.waits_s and None in (half.low, half.high, most.low, most.high):
        sentences.append("A question mark: so few walks do not say how far the time may be from there.")
    return Section(heading="Time to prompt", sentences=tuple(sentences), misuse=_NOT_WAIT)


def _of_tracks(found: Trial, tracks: Tracks | None) -> Iterator[Section]:
    if not found.truth.everybody:
        return
    walks = len(found.truth.walks)
    sentences = [
        f"{many(walks, 'person', 'people')} walked past; the machine counted {found.run.detected:,} passages, "
        f"{found.run.detected / walks:.2f} of each, and searched {found.run.searched:,}, "
        f"{found.run.searched / walks:.2f} of each.",
    ]
    grid = None
    if tracks is not None:
        sentences.append(
            f"Counted passages that joined two people or more: {tracks.mixed:,}; that were nobody's: {tracks.nobody:,}."
        )
        header = ("people in view", "true passages", "counted", "a true one", "once", "not at all", "more than once")
        grid = Grid(header=header, rows=tuple(one.cells() for one in tracks.rows))
    yield Section(
        heading="Passages that the machine made of one", sentences=tuple(sentences), grid=grid, misuse=_NOT_TRACKS
    )


def _by_walk(found: Trial) -> Section:
    rows = tuple(
        (
            walk.walk,
            "yes" if walk.listed else "no",
            walk.camera or "any",
            f"{in_view:.1f}",
            came,
            "–" if first_us is None else f"{seconds(first_us):.2f}",
        )
        for walk, in_view, came, first_us in zip(
            found.truth.walks, found.truth.in_view(), found.of_walks, found.matched.first_us, strict=True
        )
    )
    header = ("walk", "listed", "camera", "tallied people in view", "what came of it", "to the prompt, s")
    return Section(heading="Walk by walk", grid=Grid(header=header, rows=rows))


def _split(found: Trial) -> dict[str, dict[str, Share]]:
    """TRR by density, by kind of picture and by what volunteers say of themselves, as far as the tally has it."""
    density = dict(zip((walk.walk for walk in found.truth.walks), found.truth.in_view(), strict=True))
    groups = sorted({name for walk in found.truth.listed for name in walk.groups})
    split = {
        "people in view": found.trr_by(lambda walk: density_of(density[walk.walk])) if found.truth.everybody else {},
        "picture": found.trr_by(lambda walk: walk.picture),
        **{name: found.trr_by(partial(_group, name)) for name in groups},
    }
    return {name: by for name, by in split.items() if by}


def _group(name: str, walk: Walk) -> str:
    return walk.groups.get(name, "")


def _pictures(walks: Sequence[Walk]) -> dict[str, object]:
    ages = [walk.picture_months for walk in walks if walk.picture_months is not None]
    return {
        "kinds": dict(sorted(Counter(walk.picture or "unknown" for walk in walks).items())),
        "age_months_min": min(ages, default=None),
        "age_months_max": max(ages, default=None),
        "age_unknown": len(walks) - len(ages),
    }


def _people_said(found: Trial) -> dict[str, dict[str, int]]:
    """What people said of the prompts of each sort; of a run that kept no record every alert is open."""
    said: dict[str, Counter[str]] = {}
    for one in found.matched.judged:
        said.setdefault(str(one.came), Counter())[one.prompt.said.stands] += 1
    return {str(came): dict(sorted(said[came].items())) for came in Came if came in said}


def _thresholds(found: Trial) -> list[float]:
    return sorted({one.threshold for one in found.run.prompts if one.threshold is not None})


def _ratio(found: Trial) -> dict[str, object] | None:
    walks = len(found.truth.walks)
    if not found.truth.everybody:
        return None
    return {"true": walks, "detected": found.run.detected / walks, "searched": found.run.searched / walks}


def _share(share: Share, cases: str) -> str:
    figure, people = share.figure, many(share.people, "person", "people")
    told = f"{share.sentence(cases)}."
    if share.by_person:
        return f"{told} The interval is by person, of {people}."
    if share.people < figure.den:
        return f"{told} These are of {people} and not independent, so the interval is too narrow."
    return told


def _cells(share: Share) -> tuple[str, ...]:
    figure = share.figure
    return str(figure.num), str(figure.den), figure.sentence("").partition(": ")[2], str(share.people)


def _wait(found: Quantile) -> str:
    if found.value is None:
        return "no time that anybody knows"
    low = "?" if found.low is None else f"{found.low:.2f}"
    high = "?" if found.high is None else f"{found.high:.2f}"
    return f"{found.value:.2f} s ({low} to {high} s)"


def _name(came: Came) -> str:
    return came.replace(",", "").replace(" ", "_")


def _tagged(found: Trial, sentence: str) -> str:
    return f"{found.kind.capitalize()}: {sentence}"
