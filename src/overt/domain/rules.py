"""How the recognition works, as one frozen value. Every number here is part of a deployment's digest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RecognitionRules:
    """Settings of the path of a frame.

    Attributes:
        detect_interval_s: time between two looks of the detector at one camera, seconds.
        detector_face_px: width to which the smallest wanted face is scaled before detection, pixels.
        between_face_px: the same at every second look, unless a face is in view that this would make too small.
        start_score, continue_score: detector scores from which a track begins and is continued.
        patience_s: how long a track lives without a detection; at most 0.8 s, so that a face is forgotten within 1 s.
        passage_detections: detections at `start_score` that make a track a passage.
        passage_limit_s: the longest time that one passage may keep its shots.
        shots_kept: best shots kept for a track.
        shot_spacing_s: the least time between two shots of a track, so that they are independent looks.
        least_quality: a shot whose quality lies below it is not kept: heads from behind, full profiles, smears.
        shot_gain: a new shot must be this many times better than the worst kept one to take its place.
        searches_limit: most searches of one passage (each may be a false alert, so they are few).
        closer_looks_in_haste: most faces that a look takes closer where the machine does not keep up with a camera.
        agreeing_shots: shots that must each agree with the fused match before an alert is raised.
        agree_margin: how far below the threshold a single shot may score and still agree, cosine.
        cool_down_s: an entry that alerted on a camera does not alert there again for so long.
        tracks_limit: most faces followed at once on one camera; further ones are not followed.
    """

    detect_interval_s: float = 0.12
    detector_face_px: int = 20
    between_face_px: int = 14
    start_score: float = 0.6
    continue_score: float = 0.4
    patience_s: float = 0.7
    passage_detections: int = 3
    passage_limit_s: float = 60.0
    shots_kept: int = 3
    shot_spacing_s: float = 0.2
    least_quality: float = 0.05
    shot_gain: float = 1.15
    searches_limit: int = 8
    closer_looks_in_haste: int = 1
    agreeing_shots: int = 2
    agree_margin: float = 0.08
    cool_down_s: float = 10.0
    tracks_limit: int = 64

    def __post_init__(self) -> None:
        if not 0 < self.patience_s <= 0.8:
            raise ValueError("patience_s must be above 0 and at most 0.8: a face is forgotten within one second")
        if not 0 < self.passage_limit_s <= 60:
            raise ValueError("passage_limit_s must be above 0 and at most 60")
        if not 0 < self.continue_score <= self.start_score <= 1:
            raise ValueError("continue_score must be above 0 and at most start_score, which is at most 1")
        if not 1 <= self.agreeing_shots <= self.shots_kept:
            raise ValueError("agreeing_shots must be from 1 to shots_kept")
        if self.passage_detections < 3:
            raise ValueError("a passage has at least 3 detections")
