"""The entries that are offered for a list, one after the other: their facts, and what was found in their pictures.

Pictures are read ahead, several at once (`overt.services.portraits.looked_at`); those of an entry that is refused for
its facts are not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Final

from overt.domain.entries import BadField, EntryFacts, broken_entry, facts_of
from overt.domain.policy import Rules
from overt.domain.time import to_text
from overt.services.fitness import EnrolmentRules
from overt.services.portraits import Judged, Looked, Offered, PortraitReader, Row, Verdict, judge, looked_at

EXPIRED: Final = "expires"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An entry that was refused. `rule`: the policy's, or "expires" or "pictures"; `why`: a sentence."""

    entry: str
    rule: str
    why: str
    todo: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class EntryRead:
    """An entry.

    Attributes:
        row: of the table, as it is written there.
        refusal: why it is left out for its facts; then none of its pictures was read.
        judged: its pictures.
    """

    entry: str
    row: Mapping[str, str]
    facts: EntryFacts
    refusal: LeftOut | None = None
    judged: tuple[Judged, ...] = ()

    @property
    def usable(self) -> tuple[Judged, ...]:
        return tuple(one for one in self.judged if one.template is not None)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        return tuple(one.verdict for one in self.judged if one.template is None)


def entries_read(
    offered: Mapping[str, Sequence[Offered]],
    rows: Mapping[str, Mapping[str, str]],
    *,
    rules: Rules,
    reader: PortraitReader,
    enrolment: EnrolmentRules,
    now_us: Callable[[], int],
) -> Iterator[EntryRead]:
    """Every entry, in its order.

    Args:
        offered: pictures by entry.
        rows: of the table, by entry.
    """

    @cache
    def known(entry: str) -> EntryRead:
        row = rows.get(entry, {})
        facts, refusal = _facts(entry, row, rules, now_us())
        return EntryRead(entry=entry, row=row, facts=facts, refusal=refusal)

    wanted = (one for entry in offered if known(entry).refusal is None for one in offered[entry])
    looked = looked_at(wanted, reader)
    for entry, pictures in offered.items():
        one = known(entry)
        yield one if one.refusal else replace(one, judged=tuple(_judged(islice(looked, len(pictures)), enrolment)))


def _facts(entry: str, row: Mapping[str, str], rules: Rules, now_us: int) -> tuple[EntryFacts, LeftOut | None]:
    """The facts of an entry, and why it is refused for them."""
    try:
        facts = facts_of({**row, "reference": entry})
    except BadField as error:
        return EntryFacts(reference=entry), LeftOut(
            entry=entry, rule="entry_fields", why=error.sentence, todo=error.todo
        )
    broken = broken_entry(facts, rules, now_us)
    if broken:
        names = ", ".join(dict.fromkeys(one.rule for one in broken))
        why = " ".join(one.sentence for one in broken)
        return facts, LeftOut(entry=entry, rule=names, why=why, todo=broken[0].todo)
    if facts.expires_us is not None and facts.expires_us <= now_us:
        why = f"{entry} expired at {to_text(facts.expires_us)}."
        return facts, LeftOut(entry=entry, rule=EXPIRED, why=why)
    return facts, None


def _judged(pictures: Iterable[Looked], enrolment: EnrolmentRules) -> Iterator[Judged]:
    """Each picture of one entry; one that adds nothing to an earlier one is refused."""
    earlier: list[Row] = []
    for picture in pictures:
        judged = judge(picture, enrolment, earlier)
        if judged.template is not None:
            earlier.append(row_of(0, judged))
        yield judged


def row_of(position: int, judged: Judged) -> Row:
    """A usable picture, beside others."""
    assert judged.template is not None
    return Row(position=position, verdict=judged.verdict, template=judged.template, digest=judged.digest)
