"""Whether a camera sees well enough: what it shows, against the operating envelope of the model pack.

Rules:
  - amber warns; red pauses scanning on that camera: no face is looked for, so no template is made;
  - each quantity is a mean that forgets: of the zone within seconds, of faces within a minute. A passage has one voice,
    that of its best look, counted or not good enough, and nobody is told apart in a mean;
  - faces have a say once five passages have spoken lately, since one hat is no dusk;
  - a pause because of the zone ends by the zone; one because of faces after a minute: they are forgotten and looked at
    anew, since there is no other way to learn that they can be seen again;
  - the seconds in each colour are counted from frame to frame, and a gap in the stream counts as one second at most.
"""

from __future__ import annotations

import math
from typing import Final

from overt.domain.envelope import Envelope, Limit, Standing
from overt.domain.face import Quality
from overt.domain.time import SECOND_US
from overt.video.frame import ByteArray
from overt.video.health import light_of
from overt.video.moved import MovedCamera

ZONE_S: Final = 4.0
FACES_S: Final = 60.0
FEWEST_PASSAGES: Final = 5.0
#: Faces that once had a say keep it while so many of them are remembered.
STILL_ENOUGH: Final = 2.0
PAUSE_US: Final = 60 * SECOND_US
LOOK_US: Final = SECOND_US // 4
LONGEST_STEP_US: Final = SECOND_US


class _Mean:
    """A mean in which every value counts less as time goes on."""

    def __init__(self, forgets_s: float, fewest: float, still_enough: float) -> None:
        self._forgets_us, self._fewest, self._still_enough = forgets_s * SECOND_US, fewest, still_enough
        self._sum, self._weight, self._at_us, self._says = 0.0, 0.0, 0, False

    def take(self, value: float, at_us: int) -> None:
        self._fade(at_us)
        self._sum, self._weight = self._sum + value, self._weight + 1

    def value(self, at_us: int) -> float | None:
        """None while too few values are remembered."""
        self._fade(at_us)
        self._says = self._weight >= (self._still_enough if self._says else self._fewest)
        return self._sum / self._weight if self._says else None

    def forget(self) -> None:
        self._sum, self._weight, self._at_us, self._says = 0.0, 0.0, 0, False

    def _fade(self, at_us: int) -> None:
        left = math.exp(-max(0, at_us - self._at_us) / self._forgets_us)
        self._sum, self._weight, self._at_us = self._sum * left, self._weight * left, at_us


class Conditions:
    """What one camera shows, and whether it may be searched.

    Args:
        envelope: None: nothing was measured with this pack, so nothing is judged.

    Attributes:
        standing: the worst of any quantity.
        because: that quantity; empty where none was measured.
        seconds: in each standing.
        moved: the camera looks elsewhere than when the run began.
    """

    def __init__(self, envelope: Envelope | None) -> None:
        self._limits: tuple[Limit, ...] = () if envelope is None else envelope.limits
        self._means = {limit.quantity: _mean_of(limit.quantity) for limit in self._limits}
        self._standings = dict.fromkeys(self._means, Standing.UNKNOWN)
        self._red_since_us: int | None = None
        self._counted_us = self._looked_us = -1
        self._view = MovedCamera()
        self.standing, self.because = Standing.UNKNOWN, ""
        self.seconds = dict.fromkeys(Standing, 0.0)

    @property
    def shows(self) -> dict[str, float]:
        """The means of the quantities that were measured lately."""
        values = {quantity: mean.value(self._counted_us) for quantity, mean in self._means.items()}
        return {quantity: value for quantity, value in values.items() if value is not None}

    @property
    def moved(self) -> bool:
        return self._view.moved

    def see_zone(self, picture: ByteArray, in_view: int, at_us: int) -> bool:
        """Takes what the detector is about to see; says whether it may be searched for faces.

        Args:
            picture: shape (h, w, 3), uint8, BGR.
            in_view: faces followed now.
        """
        self._count(at_us)
        if self._looked_us < 0 or not 0 <= at_us - self._looked_us < LOOK_US:
            self._looked_us = at_us
            self._view.see(picture, at_us)
            if "zone_light" in self._means:
                self._take("zone_light", light_of(picture), at_us)
            self._take("in_view", in_view, at_us)
            self._judge(at_us)
        return self.standing is not Standing.RED

    def see_lag(self, lag_s: float, at_us: int) -> None:
        """Takes the age of a frame, seconds."""
        self._take("lag_s", lag_s, at_us)

    def see_passage(self, best: Quality, at_us: int) -> None:
        """Takes the best look at somebody who has passed."""
        self._take("face_light", best.light, at_us)
        self._take("face_sharpness", best.sharpness, at_us)
        self._take("face_width", best.width_px, at_us)
        self._take("face_yaw", abs(best.yaw), at_us)

    def _take(self, quantity: str, value: float, at_us: int) -> None:
        if quantity in self._means:
            self._means[quantity].take(value, at_us)

    def _count(self, at_us: int) -> None:
        if self._counted_us >= 0:
            self.seconds[self.standing] += min(max(0, at_us - self._counted_us), LONGEST_STEP_US) / SECOND_US
        self._counted_us = at_us

    def _judge(self, at_us: int) -> None:
        waited = self._red_since_us is not None and not 0 <= at_us - self._red_since_us < PAUSE_US
        for limit in self._limits:
            before, mean = self._standings[limit.quantity], self._means[limit.quantity]
            if before is Standing.RED and _of_faces(limit.quantity):
                if not waited:
                    continue
                mean.forget()
            self._standings[limit.quantity] = limit.standing(mean.value(at_us), before)
        self.because, self.standing = max(
            self._standings.items(), key=lambda one: one[1].rank, default=("", Standing.UNKNOWN)
        )
        if self.standing is Standing.UNKNOWN:
            self.because = ""
        if self.standing is not Standing.RED:
            self._red_since_us = None
        elif self._red_since_us is None or waited:
            self._red_since_us = at_us


def _mean_of(quantity: str) -> _Mean:
    return _Mean(FACES_S, FEWEST_PASSAGES, STILL_ENOUGH) if _of_faces(quantity) else _Mean(ZONE_S, 0.5, 0.0)


def _of_faces(quantity: str) -> bool:
    return quantity.startswith("face_")
