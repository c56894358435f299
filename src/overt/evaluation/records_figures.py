"""What published counts show: each figure by its name, with its interval, and what it does not mean.

    FAR, low       = alerts found wrong / faces searched
    FAR, high      = alerts not confirmed right / faces searched
    precision      = right / (right + wrong), of alerts that were judged
    verified share = alerts verified right / all alerts, and / those that could be checked
    wrong share    = alerts found wrong / all alerts
    TRR            = walks of volunteers that alerted correctly / all their walks

Rules:
  - intervals are Clopper-Pearson's, 95 %; they take alerts, and faces, as independent of one another;
  - a figure whose counts were not published is named as missing, with what would be needed;
  - a percentage without counts is not reproducible, whoever published it;
  - faces stand for passages, as published: whether somebody who passed twice counts twice is not known, and listed
    people among them cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.evaluation.intervals import Figure, in_words
from overt.evaluation.records import COUNTS, Record

NOT_REPRODUCIBLE: Final = "no counts published, not reproducible"
INDEPENDENT: Final = (
    "In brackets: 95 % intervals (Clopper-Pearson), with faces and alerts taken as independent of one another. Where "
    "the same people pass again and again they are not, and the true interval is wider."
)
TITLES: Final = {
    "trr": "True recognition rate (TRR)",
    "far_low": "False alert rate (FAR), low",
    "far_high": "False alert rate (FAR), high",
    "precision": "Alert precision",
    "verified_share": "Verified share",
    "verified_share_of_eligible": "Verified share of the alerts that could be checked",
    "wrong_share": "Share of alerts found wrong",
    "wrong_stops": "Wrong alerts because of which somebody was spoken to",
}
_RATES: Final = ("far_low", "far_high")  # read as 1 in so many


@dataclass(frozen=True, kw_only=True)
class Named:
    """One figure. `name`: a key of `TITLES`; `cases`: what was counted, after "2 of 9"."""

    name: str
    figure: Figure
    cases: str
    does_not_mean: str

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def words(self) -> str:
        """The share with its interval: "19.0 % (8.6 to 34.1 %)", or "1 in 1,229 (1 in 3,055 to 1 in 597)"."""
        figure = self.figure
        if self.name in _RATES and figure.value is not None:
            return in_words(figure.value, figure.low, figure.high)
        return shares(figure)

    @property
    def sentence(self) -> str:
        return f"{self.title}: {self.figure.num:,} of {self.figure.den:,} {self.cases}: {self.words}."

    def record(self) -> dict[str, object]:
        says = {"title": self.title, "says": self.sentence, "does_not_mean": self.does_not_mean}
        return {"name": self.name, **self.figure.record(), **says}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Figures that cannot be computed for the same reason. `names`: keys of `TITLES`."""

    names: tuple[str, ...]
    why: str

    @property
    def sentence(self) -> str:
        return f"{' and '.join(TITLES[name] for name in self.names)}: {self.why}."

    def record(self) -> dict[str, object]:
        return {"names": list(self.names), "says": self.sentence}


def shares(figure: Figure) -> str:
    """A share with one decimal: "19.0 % (8.6 to 34.1 %)"; never 0 or 100 % where it is not."""
    if figure.value is None:
        return "no figure (0 to 100 %)"
    value, low, high = (_percent(each) for each in (figure.value, figure.low, figure.high))
    return f"{value} % ({low} to {high} %)"


def _percent(share: float) -> str:
    if share in {0, 1}:
        return f"{100 * share:.0f}"
    text = f"{100 * share:.1f}"
    return {"0.0": "under 0.1", "100.0": "over 99.9"}.get(text, text)


def figures_of(record: Record) -> tuple[Named, ...]:
    """The figures that a record's counts allow, in the order of `TITLES`."""
    found = [*_trr(record), *_far(record), *_precision(record), *_verified(record), *_wrong(record)]
    return tuple(sorted(found, key=lambda named: list(TITLES).index(named.name)))


def missing_of(record: Record) -> tuple[Missing, ...]:
    """The figures that people ask for and that a record with counts does not allow."""
    if not record.counts:
        return ()
    found = {named.name for named in figures_of(record)}
    by = "verified" if record.has("verified_right") or record.has("verified_wrong") else "said"
    needed = {
        "far_low": ("faces", f"{by}_wrong"),
        "far_high": ("faces", "alerts", f"{by}_right"),
        "precision": (f"{by}_right", f"{by}_wrong"),
        "verified_share": ("alerts", "verified_right"),
    }
    reasons: dict[str, list[str]] = {}
    for name, counts in needed.items():
        if name not in found:
            reasons.setdefault(_lacks(record, counts), []).append(name)
    return tuple(Missing(names=tuple(names), why=why) for why, names in reasons.items())


def bare_figure(record: Record) -> tuple[str, ...]:
    """What can be said of a record without counts; nothing where there are some."""
    if record.counts:
        return ()
    told = [f"{NOT_REPRODUCIBLE[0].upper()}{NOT_REPRODUCIBLE[1:]}."]
    if record.percent is not None:
        told.append(_as_well_as(record.percent))
    told.append(
        "It is no share of alerts, of passers-by or of anybody else before it is known what was counted, out of how "
        "many, and by whom."
    )
    return tuple(told)


def oddities_of(record: Record) -> tuple[str, ...]:
    """What in the counts themselves a reader should see."""
    told = []
    judged = record.counts.get("said_right", 0) + record.counts.get("said_wrong", 0)
    if record.has("stops") and judged > record.counts["stops"]:
        told.append(
            f"{judged:,} alerts are said to be right or wrong, and {record.counts['stops']:,} people were spoken to: "
            "some alerts were judged without asking anybody."
        )
    if record.has("faces", "alerts", "said_wrong") and not _right(record):
        most = Figure.of(record.counts["alerts"], record.counts["faces"])
        told.append(
            f"The record does not say how many of the {record.counts['alerts']:,} alerts were confirmed right. Had "
            f"none been, the high FAR would be {in_words(most.value or 0, most.low, most.high)}; it lies between that "
            "and the low one."
        )
    return tuple(told)


def _lacks(record: Record, counts: tuple[str, ...]) -> str:
    absent = [COUNTS[count] for count in counts if count not in record.counts]
    if not absent:
        return "there is none, because no alert was judged"
    return f"cannot be computed, because the record does not count {' and '.join(absent)}"


def _right(record: Record) -> str:
    """The count that says which alerts were right, the stricter one first; empty where there is none."""
    return next((name for name in ("verified_right", "said_right") if record.has(name)), "")


def _found_wrong(record: Record) -> str:
    return next((name for name in ("verified_wrong", "said_wrong") if record.has(name)), "")


def _means(count: str, word: str) -> str:
    return f"verified {word}" if count.startswith("verified") else f"said to be {word}"


def _trr(record: Record) -> Iterator[Named]:
    if record.has("walks", "walks_alerted"):
        yield Named(
            name="trr",
            figure=Figure.of(record.counts["walks_alerted"], record.counts["walks"]),
            cases="walks of volunteers on the list alerted correctly",
            does_not_mean="It does not mean that so many alerts are right, nor that people on a real list, with older "
            "pictures and no wish to be seen, are recognised as often.",
        )


def _far(record: Record) -> Iterator[Named]:
    if not record.has("faces"):
        return
    faces = record.counts["faces"]
    if wrong := _found_wrong(record):
        yield Named(
            name="far_low",
            figure=Figure.of(record.counts[wrong], faces),
            cases=f"faces searched gave an alert that was {_means(wrong, 'wrong')}",
            does_not_mean=f"It is not the share of alerts that are wrong: {_of_alerts(record, wrong)}",
        )
    if record.has("alerts") and (right := _right(record)):
        yield Named(
            name="far_high",
            figure=Figure.of(record.counts["alerts"] - record.counts[right], faces),
            cases=f"faces searched gave an alert that was not {_means(right, 'right')}",
            does_not_mean="It does not mean that each of these alerts was wrong: it counts all that nobody confirmed.",
        )


def _of_alerts(record: Record, wrong: str) -> str:
    count, pair = record.counts[wrong], _judged(record)
    verb = "was" if count == 1 else "were"
    if pair and wrong in pair:
        return f"of {sum(record.counts[name] for name in pair):,} alerts that were judged {count:,} {verb} wrong."
    if record.has("alerts"):
        return f"of {record.counts['alerts']:,} alerts {count:,} {verb} {_means(wrong, 'wrong')}."
    return "that depends on how many listed people pass."


def _judged(record: Record) -> tuple[str, str] | None:
    pairs = (("verified_right", "verified_wrong"), ("said_right", "said_wrong"))
    return next((pair for pair in pairs if record.has(*pair) and any(record.counts[name] for name in pair)), None)


def _precision(record: Record) -> Iterator[Named]:
    if pair := _judged(record):
        right, wrong = (record.counts[name] for name in pair)
        by = "identified people were" if pair[0].startswith("verified") else "alerts that the publisher judged were"
        yield Named(
            name="precision",
            figure=Figure.of(right, right + wrong),
            cases=f"{by} right",
            does_not_mean="It does not mean that so many of the listed people who passed were recognised (TRR), and "
            "says nothing about alerts that nobody judged.",
        )


def _verified(record: Record) -> Iterator[Named]:
    for name, whole, cases in (
        ("verified_share", "alerts", "alerts were verified right"),
        ("verified_share_of_eligible", "eligible", "alerts that could be checked were verified right"),
    ):
        if record.has("verified_right", whole) and record.counts[whole]:
            figure = Figure.of(record.counts["verified_right"], record.counts[whole])
            yield Named(name=name, figure=figure, cases=cases, does_not_mean=_not_verified(record, figure))


def _not_verified(record: Record, figure: Figure) -> str:
    rest = figure.den - figure.num
    share = f"{100 * rest / figure.den:.0f} %"
    if record.has("verified_wrong"):
        known = f"{record.counts['verified_wrong']:,} of the other {rest:,} were found to be somebody else."
    else:
        known = f"the record does not say how many of the other {rest:,} were somebody else."
    return f"{share} not verified is not {share} wrong: {known}"


def _wrong(record: Record) -> Iterator[Named]:
    wrong = _found_wrong(record)
    if not wrong:
        return
    count = record.counts[wrong]
    if record.counts.get("alerts"):
        yield Named(
            name="wrong_share",
            figure=Figure.of(count, record.counts["alerts"]),
            cases=f"alerts were {_means(wrong, 'wrong')}",
            does_not_mean="It does not mean that so many passers-by were falsely alerted (FAR), nor that all other "
            "alerts were right.",
        )
    if record.has("wrong_stops") and count:
        yield Named(
            name="wrong_stops",
            figure=Figure.of(record.counts["wrong_stops"], count),
            cases="wrong alerts led to somebody being spoken to",
            does_not_mean="It does not say for how long anybody was held, nor what that was like.",
        )


def _as_well_as(percent: float) -> str:
    """Two counts that read as the same percentage, a small one and a hundred times it."""
    den = 10
    while den < 10**6 and abs(percent * den / 100 - round(percent * den / 100)) > 1e-9:
        den *= 10
    small, large = (Figure.of(round(percent * n / 100), n) for n in (den, 100 * den))
    return (
        f"{percent:g} % reads the same for {small.num:,} of {small.den:,} ({_span(small)}) as for {large.num:,} of "
        f"{large.den:,} ({_span(large)})."
    )


def _span(figure: Figure) -> str:
    return in_words(figure.value or 0, figure.low, figure.high).partition("(")[2].rstrip(")")
