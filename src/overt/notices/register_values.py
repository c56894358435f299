"""What the register's pages show of a document besides its cells: their order, sums of them, bars and charts.

Rules:
  - nothing is worked out of what is not told: a sum with a part that is hidden, or that waits, says so itself;
  - a figure that a later version adds is shown after the known ones, never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup

from overt.domain.words import many
from overt.notices import register_words as words
from overt.notices.register_charts import Span, bar, spans
from overt.notices.register_words import Json, missing, says

#: Shares, in the order in which they are told.
SHARES: Final = ("verified", "precision", "served_aim", "far_high", "far_low")
GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Passages", ("faces_detected", "faces_seen", "unlisted_passages", "passages_lost")),
    ("What people decided", ("alerts", "worth_a_look", "not_the_person", "cannot_tell", "undecided")),
    (
        "What came of it",
        (
            "engaged",
            "right",
            "right_late",
            "wrong_person",
            "wrong_entry",
            "unverified",
            "not_engaged",
            "lost",
            "held_wrongly_min",
        ),
    ),
    ("Time and people", ("hours", "camera_hours", "cameras", "officer_hours")),
)


def groups_of(figures: Json) -> list[tuple[str, list[str]]]:
    """Counts by what they are about; one that a later version adds comes last."""
    known = {name for _, names in GROUPS for name in names} | {*SHARES, *sentences_of(figures)}
    found = [(group, [name for name in names if name in figures]) for group, names in GROUPS]
    rest = [name for name in figures if name not in known]
    return [(group, names) for group, names in [*found, ("Other counts", rest)] if names]


def sentences_of(figures: Json) -> list[str]:
    """What can be told in a sentence only: why there is none, or a share."""
    known = {name for _, names in GROUPS for name in names} | set(SHARES)
    return [name for name, cell in figures.items() if name not in known and (cell.get("why_not") or "den" in cell)]


def wrong_of(figures: Json) -> str:
    return _worked_out(figures, ("wrong_person", "wrong_entry"), lambda one: one[0] + one[1])


def never_of(figures: Json) -> str:
    names = ("alerts", "right", "wrong_person", "wrong_entry")
    return _worked_out(figures, names, lambda one: one[0] - one[1] - one[2] - one[3])


def bar_of(figures: Json) -> Markup:
    """Verified right, verified wrong, never verified; empty where a part is not told."""
    numbers = _numbers(figures, ("alerts", "right", "wrong_person", "wrong_entry"))
    if numbers is None:
        return Markup()
    alerts, right, wrong = numbers[0], numbers[1], numbers[2] + numbers[3]
    never = alerts - right - wrong
    alt = f"Of {many(alerts, 'alert')} {right:,} verified right, {wrong:,} wrong, {never:,} never verified."
    parts = (("right", "Verified right", right), ("wrong", "Verified wrong", wrong))
    return bar([*parts, ("never", "Never verified", never)], says=alt)


def _numbers(figures: Json, names: Sequence[str]) -> list[int] | None:
    found = [figures[name]["value"] for name in names if name in figures]
    return None if len(found) < len(names) or None in found else found


def _worked_out(figures: Json, names: Sequence[str], work: Callable[[list[int]], int]) -> str:
    numbers = _numbers(figures, names)
    if numbers is not None:
        return f"{work(numbers):,}"
    return next((why for name in names if name in figures and (why := missing(figures[name]))), "not known")


def budget_bar(coverage: Json) -> Markup:
    used, budget, left = (coverage[name]["value"] for name in ("used", "budget", "left"))
    if budget is None:
        return Markup()
    alt = f"{says(coverage['used'])} used, {says(coverage['left'])} left."
    parts = [("used", "Used", used), ("promised", "Promised", budget - used - left), ("left", "Left", left)]
    return bar([(kind, name, max(0.0, size)) for kind, name, size in parts], says=alt)


def conditions_bar(envelope: Json) -> Markup:
    if any(cell["value"] is None for cell in envelope.values()):
        return Markup()
    alt = "; ".join(f"{name}: {says(cell)}" for name, cell in envelope.items())
    return bar([(name, words.figure_name(name), cell["value"]) for name, cell in envelope.items()], says=f"{alt}.")


def expected_chart(one: Json) -> Markup:
    """False alerts expected beside those that came; empty where nothing was planned."""
    plan = one["plan"]
    if plan is None or any(plan[name]["value"] is None for name in ("low", "high", "expected", "passages")):
        return Markup()
    low, high, value = plan["low"]["value"], plan["high"]["value"], plan["expected"]["value"]
    expected = f"{says(plan['low'])} to {says(plan['high'])}, in {says(plan['passages'])} passages"
    lines = [Span(name="Expected", says=expected, value=value, low=low, high=high, kind="expected")]
    came = plan["actual"]["value"]
    if came is not None:
        passages = one["figures"].get("unlisted_passages", {}).get("value")
        seen = f"{came:,}" if passages is None else f"{came:,}, in {passages:,} passages"
        lines.append(Span(name="Came", says=seen, value=came, low=came, high=came, kind="actual"))
    alt = "; ".join(f"{line.name}: {line.says}" for line in lines)
    return spans(lines, axis="False alerts", says=f"{alt}.")
