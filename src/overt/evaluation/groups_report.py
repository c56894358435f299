"""Differences between groups, told: as sentences, as one record, as a report. Worst group first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.evaluation.charts import Whisker, forest
from overt.evaluation.groups import FEWEST, SEEN, Settings
from overt.evaluation.groups_found import (
    BINOMIAL,
    FMR_ALL,
    FMR_OWN,
    FNIR,
    FNMR,
    FPIR,
    FTA,
    HYPERGEOMETRIC,
    UNTESTED,
    Comparison,
    Difference,
    FalseAlerts,
    Row,
)
from overt.evaluation.intervals import in_words
from overt.evaluation.planner import Estimate
from overt.evaluation.provenance import Provenance
from overt.evaluation.report import Grid, Report, Section

NEVER_INFERRED: Final = (
    "The labels of the groups come from the sets of pictures or from volunteers and serve to test errors only. Overt "
    "itself never infers anybody's sex, race or age."
)
BRACKETS: Final = (
    "In brackets: 95 % intervals, from a bootstrap by person and never narrower than Clopper-Pearson's. A difference "
    'is told where the corrected test (5 %) and the interval of the ratio to the others agree; "cannot tell" does not '
    "mean that there is none. Tests are corrected for all groups and errors of one comparison, and not for several "
    "comparisons or sets: of twenty, one may mislead."
)
NAMES: Final = {
    FTA: ("Failure to acquire", "pictures in which no usable face was found"),
    FNIR: ("FNIR: missed on a list (TPIR is what is left to 100 %)", "searches that did not find their person"),
    FNMR: ("FNMR: two pictures of one person taken for two people", "mated pairs below the threshold"),
    FMR_OWN: ("FMR within the group", "comparisons of two people of one group that matched falsely"),
    FMR_ALL: ("FMR with everybody", "comparisons with anybody of the set that matched falsely"),
}
MISUSE: Final = {
    FTA: "A face that is found is not yet recognised. Portraits say little about faces in a street, where light, "
    "angle and size decide.",
    FNIR: "Missed pictures of a set are not missed passages: a passage has several shots, a set has what somebody "
    "chose to keep. A group may be missed more often because its pictures are older, darker or smaller.",
    FNMR: "A person with many pictures has many pairs, all of them alike. Ten people with a thousand pairs are ten "
    "people.",
    FMR_OWN: "A rate per comparison is not a rate per passage: multiply by the length of the list. Where false matches "
    "are few, wrong labels and one face under two names may be most of them; look at the highest pairs. Groups that "
    "differ in age or in kind of picture, too, differ for more than one reason.",
    FMR_ALL: "It follows the mix of the set: a group that is large in it meets more of its own, who look more alike. "
    "It describes this set and is no property of the group, so it is not tested.",
    FPIR: "Expected for lists and passers-by who are like the people of this set, with one picture each. No street "
    "has only one group in it. The ratios and tests of FMR hold for it as long as it is small.",
}
_SHOWN_PAIRS: Final = 5


@dataclass(frozen=True, kw_only=True)
class SetFound:
    """What was found in one set of pictures.

    Attributes:
        name: of the set.
        pictures, people: in it.
        identities: whether it says which pictures are of one person.
        notes: sentences on what was left out.
        comparisons: one for each attribute.
        highest: impostor pairs with the highest scores: score and both pictures.
    """

    name: str
    pictures: int
    people: int
    identities: bool
    notes: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    highest: tuple[tuple[float, str, str], ...]

    def record(self) -> dict[str, object]:
        return {
            "name": self.name,
            "pictures": self.pictures,
            "people": self.people,
            "identities": self.identities,
            "notes": list(self.notes),
            "comparisons": [each.record() for each in self.comparisons],
            "highest_impostors": [{"score": score, "a": a, "b": b} for score, a, b in self.highest],
        }

    @property
    def look(self) -> str:
        """What to look at before anything is believed."""
        if not self.highest:
            return "No two people of the set could be compared."
        shown = "; ".join(f"{score:.2f} {a} and {b}" for score, a, b in self.highest[:_SHOWN_PAIRS])
        return f"Look at the highest pairs of two people before you believe a false match: {shown}."


@dataclass(frozen=True, kw_only=True)
class GroupsFound:
    """A whole evaluation.

    Attributes:
        source: where the working threshold comes from, a sentence.
        sets: in the order in which they were named.
    """

    settings: Settings
    source: str
    sets: tuple[SetFound, ...]
    provenance: Provenance

    def record(self) -> dict[str, object]:
        return {
            "threshold": self.settings.threshold,
            "lower_threshold": self.settings.lower,
            "threshold_source": self.source,
            "list": self.settings.list_size,
            "sets": [each.record() for each in self.sets],
            "provenance": self.provenance.record(),
        }

    def sentences(self) -> list[str]:
        """Everything in plain words, a sentence or a row of figures each."""
        return [NEVER_INFERRED, self.source, *(line for each in self.sets for line in self._of_set(each)), BRACKETS]

    def _of_set(self, one: SetFound) -> Iterator[str]:
        yield f"SET {one.name}: {one.pictures:,} pictures of {one.people:,} people."
        yield from one.notes
        for comparison in one.comparisons:
            yield f"BY {comparison.by}"
            yield _headline(comparison, one.identities)
            for difference in comparison.differences:
                yield f"{_title(difference)}, all: {difference.overall.sentence(NAMES[difference.error][1])}."
                yield from _enough(difference)
                yield from (f"  {_row(row)}" for row in difference.rows)
            yield from _of_false_alerts(comparison, one.identities, self.settings.list_size)
            yield from (f"  {_alerts_of(each)}" for each in comparison.false_alerts)
        yield one.look

    def report(self) -> Report:
        flagged = sum(len(each.flagged) for one in self.sets for each in one.comparisons)
        lead = "No difference between groups can be told from these samples, which does not mean that there is none."
        if flagged:
            lead = f"{flagged} rates of groups differ from those of the others by more than chance."
        about = Section(heading="What was compared", sentences=(NEVER_INFERRED, self.source, BRACKETS))
        return Report(
            title="Differences between groups",
            lead=lead,
            sections=(about, *(section for each in self.sets for section in self._sections(each))),
            provenance=self.provenance.rows(),
        )

    def _sections(self, one: SetFound) -> Iterator[Section]:
        yield Section(
            heading=f"The set {one.name}",
            sentences=(f"{one.pictures:,} pictures of {one.people:,} people.", *one.notes, one.look),
        )
        for comparison in one.comparisons:
            where = f"{one.name}, by {comparison.by}"
            yield Section(heading=f"{where}: what can be told", sentences=(_headline(comparison, one.identities),))
            for difference in comparison.differences:
                yield Section(
                    heading=f"{where}: {_title(difference)}",
                    sentences=(
                        f"All groups: {difference.overall.sentence(NAMES[difference.error][1])}. "
                        f"Test: {difference.test}.",
                        *_enough(difference),
                    ),
                    grid=_grid(difference),
                    chart=_chart(difference, where),
                    misuse=MISUSE[difference.error],
                )
            if comparison.false_alerts:
                yield _false_alert_section(comparison, where, one.identities, self.settings.list_size)


def _title(difference: Difference) -> str:
    at = "" if difference.threshold is None else f", threshold {difference.threshold:.4f}"
    return f"{NAMES[difference.error][0]}{at}"


def _headline(comparison: Comparison, identities: bool) -> str:
    if all(len(each.rows) < 2 for each in comparison.differences):
        return "One group only: figures without a comparison, since other sets differ in their pictures, too."
    if not comparison.flagged:
        return "No difference can be told from this sample, which does not mean that there is none."
    told = "; ".join(f"{_short(each)}: {row.group} {row.verdict}" for each, row in comparison.flagged)
    unless = "" if identities else " One face under two names would look the same: the set has no identities."
    return f"Differences beyond chance: {told}.{unless}"


def _short(difference: Difference) -> str:
    name = NAMES[difference.error][0].partition(":")[0]
    return name if difference.threshold is None else f"{name} at {difference.threshold:.4f}"


def _row(row: Row) -> str:
    told = [row.rate.sentence("cases")]
    if row.at_most is not None:
        told.append(f"no error, so no ratio; at most {in_words(row.at_most, 0, 0).partition(' (')[0]} (one-sided)")
    elif row.to_others is not None:
        ratios = ((row.to_others, "the others"), (row.to_best, "the best"), (row.to_overall, "the overall"))
        told += [f"{each.words} times {whom}" for each, whom in ratios if each is not None and each.says_something]
    chance = "" if row.corrected is None else f", p = {_chance(row.corrected)}"
    return f"{row.group} ({row.people:,} people), {'; '.join(told)}: {row.verdict}{chance}."


def _chance(chance: float) -> str:
    return "under 0.001" if chance < 0.001 else f"{chance:.3f}"


def _enough(difference: Difference) -> Iterator[str]:
    if len(difference.rows) > 1 and difference.overall.den and not difference.overall.num:
        yield "No error in any group, so nothing can be compared."
    if any(row.people < FEWEST for row in difference.rows):
        yield f"Groups with fewer than {FEWEST} people are too small to compare."
    if difference.needed is not None:
        fewest = min((row.people for row in difference.rows), default=0)
        yield (
            f"To see a difference of {100 * SEEN:.0f} points with 80 % power it takes {difference.needed:,} people in "
            f"each group, one search each; the smallest has {fewest:,}."
        )


def _of_false_alerts(comparison: Comparison, identities: bool, size: int) -> Iterator[str]:
    if not comparison.false_alerts:
        return
    yield f"FPIR: expected share of people who would be taken for somebody else on a list of {size:,} people."
    used = {by for each in comparison.false_alerts for by in (each.own_by, each.everybody_by)}
    if BINOMIAL in used:
        yield (
            "Binomial: 1 - (1 - FMR)^N, where the smallest group has too few people for the list; too high where a few "
            "people resemble many."
        )
    if HYPERGEOMETRIC in used:
        yield "Hypergeometric: exact over all lists of so many people from this set, one picture each."
    if not identities:
        yield "One face under two names raises it: the set has no identities."
    if comparison.twice is not None:
        yield (
            f"To see that one group has twice the overall FPIR with 80 % power it takes {comparison.twice:,} people in "
            "each group, one search each."
        )


def _alerts_of(each: FalseAlerts) -> str:
    own = f"{_expected(each.own)} with a list of its own people ({each.own_by})"
    everybody = f", {_expected(each.everybody)} with one of all groups ({each.everybody_by})"
    return f"{each.group} ({each.searches:,} people): {own}{everybody}."


def _expected(share: Estimate) -> str:
    return in_words(share.value, share.low, share.high)


def _grid(difference: Difference) -> Grid:
    return Grid(
        header=("Group", "Errors", "Rate", "Over the best", "Over all"),
        rows=tuple(
            (
                f"{row.group}: {_brief(row)}",
                f"{row.rate.num:,} of {row.rate.den:,}",
                "–" if row.rate.value is None else in_words(row.rate.value, row.rate.low, row.rate.high),
                *("–" if each is None or each.value is None else each.words for each in (row.to_best, row.to_overall)),
            )
            for row in difference.rows
        ),
    )


def _brief(row: Row) -> str:
    """For example "more, p = 0.003"; the verdict alone where nothing was tested."""
    verdict = row.verdict.partition(" than")[0].partition(" from")[0].partition(",")[0]
    return verdict if row.corrected is None else f"{verdict}, p = {_chance(row.corrected)}"


def _chart(difference: Difference, where: str) -> str:
    """Ratios to the others where they are tested, else the rates; nothing where there is nothing to draw."""
    name = _short(difference)
    if difference.test != UNTESTED:
        rows = [
            Whisker(
                label=row.group,
                value=row.to_others.value,
                low=row.to_others.low,
                high=row.to_others.high,
                note=f"n = {row.people:,}",
                says=row.to_others.words,
            )
            for row in difference.rows
            if row.to_others is not None and row.to_others.value is not None
        ]
        title, label = f"{where}: {name}, over that of the others", "times the rate of the others (1 = alike)"
        return forest(rows, title=title, x_label=label, reference=1.0, log_x=True) if rows else ""
    if not difference.overall.num or len(difference.rows) < 2:
        return ""
    rows = [
        Whisker(label=row.group, value=row.rate.value, low=row.rate.low, high=row.rate.high, note=f"n = {row.people:,}")
        for row in difference.rows
        if row.rate.value is not None
    ]
    return forest(
        rows,
        title=f"{where}: {name}",
        x_label="false matches in comparisons",
        reference=difference.overall.value,
        reference_label="all",
        log_x=True,
        reads="one in",
    )


def _false_alert_section(comparison: Comparison, where: str, identities: bool, size: int) -> Section:
    found = comparison.false_alerts
    return Section(
        heading=f"{where}: FPIR on a list of {size:,} people",
        sentences=tuple(_of_false_alerts(comparison, identities, size)),
        grid=Grid(
            header=("Group", "People", "List of its own", "By", "List of all", "By"),
            rows=tuple(
                (
                    *(each.group, f"{each.searches:,}"),
                    *(_expected(each.own), each.own_by),
                    *(_expected(each.everybody), each.everybody_by),
                )
                for each in found
            ),
        ),
        chart=forest(
            [
                Whisker(
                    label=each.group,
                    value=each.own.value,
                    low=each.own.low,
                    high=each.own.high,
                    note=f"n = {each.searches:,}",
                )
                for each in found
            ],
            title=f"{where}: FPIR on a list of {size:,} of the own group",
            x_label="share of people taken for somebody on the list",
            reads="percent",
        ),
        misuse=MISUSE[FPIR],
    )
