"""The table of where the time went."""

from __future__ import annotations

from overt.cli.profile import BAR, table
from overt.domain.profile import STAGES, STEPS, Profile

SPENT = dict.fromkeys(STAGES, 0.0) | {"decode": 4.0, "detect": 3.0, "match": 1.0, "idle": 32.0}


def results(step: int, count: int = 10) -> tuple[int, ...]:
    return (0,) * step + (count,) + (0,) * (STEPS - step - 1)


def test_every_stage_has_its_row_its_share_and_a_bar() -> None:
    first, header, *rows, last = table(Profile(spent_s=SPENT, video_s=20.0, looks=167, results=results(4)))
    assert first == "Where the time went: 1 camera process, 20.0 s of video, 167 looks."
    assert header.split() == ["stage", "CPU", "s", "share", "a", "video", "s"]
    assert len(rows) == len(STAGES)
    assert rows[0].split()[-5:] == ["4.00", "50", "%", "200.0", "ms"] or rows[0].endswith("█" * BAR)
    assert rows[2].endswith("█" * round(BAR * 3 / 4))
    assert rows[-1].split() == ["idle", "32.00"]
    assert last == "Capture to result: half within 25 ms, 99 of 100 within 25 ms."
    assert all(len(line) <= 80 for line in (first, header, *rows, last))


def test_footage_that_is_played_fast_has_no_times_to_a_result() -> None:
    assert table(Profile(spent_s=SPENT, video_s=20.0, looks=1, results=(0,) * STEPS))[-1].startswith("idle")


def test_results_that_come_late_are_told_as_late() -> None:
    last = table(Profile(spent_s=SPENT, video_s=20.0, looks=1, results=results(STEPS - 1)))[-1]
    assert last.endswith("half later than 1 s, 99 of 100 later than 1 s.")


def test_a_run_without_a_picture_is_a_table_all_the_same() -> None:
    lines = table(Profile(processes=2, spent_s={}, video_s=0.0, looks=0, results=(0,) * STEPS), bar="#")
    assert lines[0].startswith("Where the time went: 2 camera processes, 0.0 s of video, 0 looks.")
    assert "#" not in "".join(lines)
