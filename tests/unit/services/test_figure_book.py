"""Figures that are kept are those that would be counted now."""

from __future__ import annotations

import pytest

from overt.domain.decision import Followed, Result, Verdict
from overt.services import figure_book as module
from overt.services.figure_book import FigureBook
from overt.services.figures import NoSuchDeployment, figures_in, figures_of
from tests.histories import History


@pytest.fixture
def history() -> History:
    return History()


def same(history: History, book: FigureBook) -> None:
    """Whatever is asked of the book, it gives what is counted anew."""
    counted = figures_of(history.installation)
    assert [(one.name, one.tally, one.facts) for one in book.all()] == [(one.name, one.tally, None) for one in counted]
    assert [vars(one) for one in book.of([history.deployment])] == [vars(one) for one in counted[-1:]]


def test_whatever_happens_the_book_tells_it(history: History) -> None:
    book = FigureBook(history.installation)
    same(history, book)
    history.seal(4)
    same(history, book)
    history.withdraw(1)
    same(history, book)
    history.minute()
    same(history, book)
    alert = history.raised(1)
    same(history, book)
    history.says(alert, Verdict.WORTH_A_LOOK)
    same(history, book)
    history.came(alert, Result.RIGHT, followed=Followed.GROUND_GONE)
    same(history, book)
    history.disclosed(alert)
    same(history, book)
    history.raised(2)
    history.overdue()
    same(history, book)
    history.enter(name="another", kind="trial")
    same(history, book)


def test_only_what_has_changed_is_counted_again(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[list[str]] = []

    def counting(work: object, names: list[str]) -> object:
        counted.append(names)
        return figures_in(work, names)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "figures_in", counting)
    first = history.deployment
    second = history.enter(name="another")
    book = FigureBook(history.installation)
    for _ in range(2):
        book.all()
        book.of([second])
    assert counted == [[first, second], [second]]
    history.minute()
    book.all()
    book.of([first, second])
    assert counted[2:] == [[second], [first], [second]]


def test_facts_are_kept_of_the_last_few_only(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FACTS_KEPT", 2)
    ids = [history.deployment, *(history.enter(name=f"another {at}") for at in range(3))]
    book = FigureBook(history.installation)
    assert [one.tally.deployment for one in book.of(ids)] == ids
    assert len(book._whole) == 2


def test_a_ledger_that_has_grown_much_or_shrunk_is_not_read_over(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_READ", 1)
    book = FigureBook(history.installation)
    for minute in range(3):
        same(history, book)
        history.minute(minute)
        history.minute(minute, camera=1)
    book._size += 100
    same(history, book)


def test_what_is_not_there_is_refused(history: History) -> None:
    with pytest.raises(NoSuchDeployment):
        FigureBook(history.installation).of(["none"])
