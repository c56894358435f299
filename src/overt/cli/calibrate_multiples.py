"""What a calibration measures beside the curve: the step to a passage, and the worst group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.domain.calibration import ImpostorCurve, Multiple
    from overt.evaluation.samples import Samples
    from overt.faces.pack import Pack
    from overt.faces.recogniser import Recogniser

SEED = 1
MOST_PICTURES = 20
SMALLEST_FACE_PX = 40  # as a deployment file has it that says nothing


def step_to_a_passage(streets: Sequence[Path], samples: Samples, curve: ImpostorCurve, reader: Recogniser) -> Multiple:
    """Runs the streets through the product's own path, and compares every passage with one picture of each person.

    Raises:
        Refused: a street has no truth beside it, or shows somebody of the folder, or too few people pass.
        BadFootage: a street cannot be read.
    """
    import numpy as np

    from overt.cli.progress import Counter
    from overt.domain.rules import RecognitionRules
    from overt.engine.clock import SystemClock
    from overt.evaluation.passages import comparisons_of, scores_with, step_of
    from overt.evaluation.rehearse_truth import read_truth, truth_path

    truths = [read_truth(truth_path(street)) for street in streets]
    for street, truth in zip(streets, truths, strict=True):
        _require_strangers(street, {one.person for one in truth.passages}, samples.names)
    rules, people = RecognitionRules(), samples.people[samples.acquired]
    _, first = np.unique(people, return_index=True)
    entries = samples.templates[samples.acquired][first]
    found = []
    for street, truth in zip(streets, truths, strict=True):
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
        found.append(scores_with(heard, entries, rules))
    scores = np.concatenate(found)
    lights = sorted({truth.header.light for truth in truths})
    street = f"{len(scores):,} passages of rehearsed streets ({', '.join(lights)})"
    return step_of(scores, curve, f"{street} and {len(entries):,} people who do not pass", seed=SEED)


def worst_group(sets: Sequence[str], pack: Pack, curve: ImpostorCurve, work: Path | None) -> Multiple | None:
    """The group of labelled pictures whose people are most often taken for one another.

    It is looked for where 1 in 1,000 comparisons is a false match: higher up, pictures of one person under two names,
    which such sets hold, would be most of what is counted.

    Raises:
        Refused: a set cannot be read.
    """
    from overt.cli.evaluate_groups import labelled_set, measured
    from overt.domain.calibration import Multiple
    from overt.evaluation.groups import Settings
    from overt.evaluation.groups_found import most_mistaken
    from overt.evaluation.groups_labels import read_labelled
    from overt.recognition.threshold import threshold_for

    bare = curve.of_one_comparison()
    threshold = threshold_for(bare, 1, 0.001).value
    settings = Settings(threshold=threshold, lower=None, list_size=1, seed=SEED)
    found: list[Multiple] = []
    for text in sets:
        labelled = read_labelled(labelled_set(text), (), MOST_PICTURES)
        of_set = measured(pack, labelled, settings, work)
        worst = most_mistaken(of_set.comparisons, threshold)
        if worst is None:
            tell(f"In {labelled.name} no group is shown to be mistaken more often than the others.")
            continue
        row, overall = worst
        assert row.to_overall is not None
        assert row.to_overall.value is not None
        found.append(
            Multiple(
                of=row.group,
                value=round(row.to_overall.value, 3),
                low=round(min(row.to_overall.low, row.to_overall.value), 3),
                high=round(max(row.to_overall.high, row.to_overall.value), 3),
                threshold=threshold,
                errors=row.rate.num,
                source=f"{row.people:,} people of {labelled.name}, compared with one another; "
                f"everybody: {overall.num:,} of {overall.den:,}",
            )
        )
    return max(found, key=lambda one: one.value, default=None)


def _require_strangers(street: Path, passing: Collection[str], listed: Collection[str]) -> None:
    from overt.domain.errors import Refused

    both = sorted(set(passing) & set(listed))
    if both:
        raise Refused(
            f"{both[0]} passes in {street.name} and is in the folder, too, so an alert would be no false one.",
            "Rehearse a street with portraits of other people.",
        )
