"""What a calibration measures beside the curve: the step to a passage, and the worst group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.domain.calibration import ImpostorCurve, Multiple
    from overt.evaluation.groups_labels import Labelled
    from overt.evaluation.rehearse_truth import Street
    from overt.evaluation.samples import Samples
    from overt.faces.pack import Pack
    from overt.faces.recogniser import Recogniser

SEED = 1
MOST_PICTURES = 20


def strangers(streets: Sequence[Path], listed: Collection[str]) -> list[Street]:
    """The streets, each with its truth.

    Args:
        listed: people of whom nobody may pass.

    Raises:
        Refused: a street has no truth beside it, or shows one of them.
    """
    from overt.domain.errors import Refused
    from overt.evaluation.rehearse_truth import with_truth

    found = with_truth(streets)
    for street, truth in found:
        both = sorted({one.person for one in truth.passages} & set(listed))
        if both:
            raise Refused(
                f"{both[0]} passes in {street.name} and is in the folder, too, so an alert would be no false one.",
                "Rehearse a street with portraits of other people.",
            )
    return found


def labelled_sets(sets: Sequence[str]) -> list[Labelled]:
    """The sets that are described so; raises Refused where one cannot be read."""
    from overt.cli.evaluate_groups import labelled_set
    from overt.evaluation.groups_labels import read_labelled

    return [read_labelled(labelled_set(text), (), MOST_PICTURES) for text in sets]


def step_to_a_passage(
    streets: Sequence[Street], samples: Samples, curve: ImpostorCurve, reader: Recogniser
) -> Multiple:
    """Runs the streets through the product's own path, and compares every passage with one picture of each person.

    Raises:
        Refused: too few people pass.
        BadFootage: a street cannot be read.
    """
    import numpy as np

    from overt.cli.progress import Counter
    from overt.domain.authority import SMALLEST_FACE_PX
    from overt.domain.rules import RecognitionRules
    from overt.engine.clock import SystemClock
    from overt.evaluation.passages import comparisons_of, scores_with, step_of

    rules, people = RecognitionRules(), samples.people[samples.acquired]
    _, first = np.unique(people, return_index=True)
    entries = samples.templates[samples.acquired][first]
    found = []
    for street, truth in streets:
        with Counter(f"Watching {street.name}") as counter:
            heard = comparisons_of(
                street,
                reader,
                smallest_face_px=SMALLEST_FACE_PX,
                rules=rules,
                clock=SystemClock(),
                frames=truth.header.frames,
                progress=counter,
            )
        found.append(scores_with(heard.comparisons, entries, rules))
    scores = np.concatenate(found)
    lights = sorted({truth.header.light for _, truth in streets})
    passing = f"{len(scores):,} passages of rehearsed streets ({', '.join(lights)})"
    return step_of(scores, curve, f"{passing} and {len(entries):,} people who do not pass", seed=SEED)


def worst_group(sets: Sequence[Labelled], pack: Pack, curve: ImpostorCurve, work: Path | None) -> Multiple | None:
    """The group of labelled pictures whose people are most often taken for somebody else, by a list that is as mixed as
    the set; a list of that group alone takes them for somebody far more often, and that is told.

    It is looked for where 1 in 1,000 comparisons is a false match: higher up, pictures of one person under two names,
    which such sets hold, would be most of what is counted.
    """
    from overt.cli.evaluate_groups import measured
    from overt.domain.calibration import Multiple
    from overt.evaluation.groups import Settings
    from overt.evaluation.groups_found import most_mistaken
    from overt.recognition.threshold import threshold_for

    bare = curve.of_one_comparison()
    threshold = threshold_for(bare, 1, 0.001).value
    settings = Settings(threshold=threshold, lower=None, list_size=1, seed=SEED)
    found: list[Multiple] = []
    for labelled in sets:
        of_set = measured(pack, labelled, settings, work)
        worst = most_mistaken(of_set.comparisons, threshold)
        if worst is None:
            tell(f"In {labelled.name} no group is shown to be mistaken more often than everybody.")
            continue
        tell(
            f"In {labelled.name} people labelled {worst.group} are mistaken {worst.times.value:.2f} times as often as "
            f"everybody; before a list of {worst.group} alone it would be {worst.own.value:.1f} times."
        )
        found.append(
            Multiple(
                of=worst.group,
                value=round(worst.times.value, 3),
                low=round(worst.times.low, 3),
                high=round(worst.times.high, 3),
                threshold=threshold,
                errors=worst.pairs,
                source=f"{worst.people[0]:,} people of {labelled.name}, compared with all {worst.people[1]:,}",
            )
        )
    return max(found, key=lambda one: one.value, default=None)
