"""Where the time of a run went, as a table with bars."""

from __future__ import annotations

from typing import Final

from overt.domain.profile import DECODE, IDLE, STAGES, STEP_MS, STEPS, Profile
from overt.domain.words import many

BAR: Final = 28
SAYS: Final = {DECODE: "decode, timers"}


def table(profile: Profile, *, bar: str = "█") -> list[str]:
    """Lines of at most 80 characters: a stage each, the busy ones against each other, and what was left over."""
    busy = [seconds for stage, seconds in profile.spent_s.items() if stage != IDLE]
    busy_s, most_s = sum(busy), max(busy, default=0.0)
    lines = [
        f"Where the time went: {many(profile.processes, 'camera process', 'camera processes')}, "
        f"{profile.video_s:,.1f} s of video, {many(profile.looks, 'look')}.",
        f"{'stage':<17}{'CPU s':>9}{'share':>8}{'a video s':>12}",
    ]
    for stage in STAGES:
        seconds = profile.spent_s.get(stage, 0.0)
        if stage == IDLE:
            lines.append(f"{stage:<17}{seconds:>9.2f}")
            continue
        share = f"{seconds / busy_s:.0%}".replace("%", " %") if busy_s else "-"
        each = f"{1000 * seconds / profile.video_s:.1f} ms" if profile.video_s else "-"
        drawn = bar * round(BAR * seconds / most_s) if most_s else ""
        lines.append(f"{SAYS.get(stage, stage):<17}{seconds:>9.2f}{share:>8}{each:>12}  {drawn}".rstrip())
    half, most = profile.result_ms(0.5), profile.result_ms(0.99)
    if half is not None and most is not None:
        lines.append(f"Capture to result: half {_within(half)}, 99 of 100 {_within(most)}.")
    return lines


def _within(milliseconds: int) -> str:
    longest = (STEPS - 1) * STEP_MS
    return f"within {milliseconds} ms" if milliseconds <= longest else f"later than {longest / 1000:g} s"
