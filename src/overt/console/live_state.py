"""How a run is doing, in words: what the live page shows at first, and what its socket then tells it.

A standing has a word and a sign besides its colour. Everything here is a number of a camera or a sentence of the
engine's; there is no name, no reference and no picture in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from overt.console.render import clock_time, lasting, when
from overt.console.runs import Run
from overt.domain.envelope import QUANTITIES, Envelope, Standing
from overt.domain.figures import Counts, Health
from overt.domain.time import to_text
from overt.services.halts import Halt
from overt.services.sign_checks import Signs

TROUBLES_SHOWN: Final = 8
_NONE: Final = Counts()
#: Name of each quantity, how a value is written, and the value at which its bar is full.
METERS: Final[Mapping[str, tuple[str, str, float]]] = {
    "zone_light": ("Light", "{:.0f} of 255", 160.0),
    "face_light": ("Light on faces", "{:.0f} of 255", 160.0),
    "face_sharpness": ("Sharpness", "{:.4f}", 0.1),
    "face_width": ("Face width", "{:.0f} px", 120.0),
    "face_yaw": ("Faces turned away", "{:.2f} of 1", 1.0),
    "in_view": ("Crowd", "{:.0f} at once", 20.0),
    "lag_s": ("Lag", "{:.2f} s", 2.0),
}
WORDS: Final[Mapping[Standing, tuple[str, str, str]]] = {
    Standing.UNKNOWN: ("not measured", "–", ""),
    Standing.GREEN: ("good", "●", "green"),
    Standing.AMBER: ("poor", "▲", "amber"),
    Standing.RED: ("too poor", "■", "red"),
}
STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "waiting": ("Being called", "○", ""),
    "live": ("Live", "●", "green"),
    "lost": ("Lost", "■", "red"),
    "ended": ("Ended", "–", ""),
}
HELD: Final = ("Held", "■", "red")
PAUSED: Final = ("Paused", "■", "red")
WARNED: Final = ("Live, with a warning", "▲", "amber")
MOVED: Final = (
    "This camera seems to have been moved. See whether its zone is still right, and end the watch if it is not."
)


def state_of(run: Run, now_us: int, halt: Halt | None = None, signs: Signs | None = None) -> dict[str, Any]:
    """How a run is doing, as JSON takes it. `halt`: what the oversight holds it by; `signs`: how they stand."""
    lapse = None if signs is None or run.over else signs.lapse
    due_us = None if signs is None or lapse is not None else signs.due_us
    healths = dict(run.healths)
    return {
        "over": run.over,
        "why": run.why,
        "held": "" if halt is None or run.over else held_words(halt),
        "signs": "" if lapse is None else f"Nothing is scanned. {lapse.sentence}",
        "signs_due": "" if due_us is None else to_text(due_us),
        "signs_left": "" if due_us is None else lasting(max(0, due_us - now_us)),
        "ended": to_text(run.ended_us) if run.over else "",
        "now": to_text(now_us),
        "alerts": run.alerts,
        "cameras": [
            camera_state(
                healths.get(position) or Health(camera=position, state="waiting", counts=_NONE),
                run.envelope,
                held=halt is not None,
                paused=lapse is not None,
            )
            for position in range(len(run.cameras))
        ],
        "troubles": [
            {"at": to_text(one.at_us), "clock": clock_time(one.at_us), "camera": one.camera, "says": one.says}
            for one in reversed(list(run.troubles)[-TROUBLES_SHOWN:])
        ],
    }


def held_words(halt: Halt) -> str:
    """`Held by the oversight (ada) since Sun 29 Nov 2026, 14:05 GMT: why.`"""
    return (
        f"Held by the oversight ({halt.by}) since {when(halt.at_us)}: {halt.why} Nothing is scanned until it is lifted."
    )


def camera_state(
    health: Health, envelope: Envelope | None, *, held: bool = False, paused: bool = False
) -> dict[str, Any]:
    """How one camera is doing. `held`: by the oversight; `paused`: because of the signs."""
    word, sign, colour = _state_words(health)
    if health.state == "live" and (held or paused):
        word, sign, colour = HELD if held else PAUSED
    return {
        "position": health.camera,
        "state": health.state,
        "word": word,
        "sign": sign,
        "colour": colour,
        "says": _sentence(health, envelope),
        "moved": MOVED if health.moved else "",
        "seen": health.counts.faces_seen,
        "detected": health.counts.faces_detected,
        "in_view": health.in_view,
        "oldest": f"{health.oldest_unmatched_s:.1f} s",
        "longest": f"{health.counts.unmatched_age_max_s:.1f} s",
        "rate": f"{health.frames_per_s:.0f}",
        "meters": [_meter(quantity, health, envelope) for quantity in METERS],
    }


def _state_words(health: Health) -> tuple[str, str, str]:
    if health.state == "live" and health.standing is Standing.RED:
        return PAUSED
    if health.state == "live" and (health.standing is Standing.AMBER or health.moved):
        return WARNED
    return STATES[health.state]


def _sentence(health: Health, envelope: Envelope | None) -> str:
    """What stands badly, and what follows from it."""
    if health.state == "lost":
        return "The camera does not answer; it is called again and again."
    limit = None if envelope is None else envelope.limit(health.because)
    if limit is None or health.standing not in (Standing.AMBER, Standing.RED):
        return ""
    follows = (
        "Scanning has paused here: " if health.standing is Standing.RED else "Fewer are found than the figures say: "
    )
    return follows + limit.says(health.standing, health.shows.get(health.because))


def _meter(quantity: str, health: Health, envelope: Envelope | None) -> dict[str, Any]:
    name, written, full = METERS[quantity]
    fallback = {"in_view": float(health.in_view), "lag_s": health.lag_s}
    value = health.shows.get(quantity, fallback.get(quantity) if health.state == "live" else None)
    limit = None if envelope is None else envelope.limit(quantity)
    before = health.standing if quantity == health.because else Standing.UNKNOWN
    standing = Standing.UNKNOWN if limit is None else limit.standing(value, before)
    word, sign, colour = WORDS[standing]
    return {
        "quantity": quantity,
        "name": name,
        "value": "" if value is None else written.format(value),
        "share": 0.0 if value is None else _share(value, full),
        "amber": None if limit is None else _share(limit.amber, full),
        "red": None if limit is None or limit.red is None else _share(limit.red, full),
        "word": "nothing seen yet" if value is None else word if limit is not None else "no limit known",
        "sign": sign,
        "colour": colour,
        "worse": QUANTITIES[quantity],
    }


def _share(value: float, full: float) -> float:
    return round(100 * min(1.0, max(0.0, value / full)), 1)
