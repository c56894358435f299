"""Questions and words that drafts of impact assessments share."""

from __future__ import annotations

from typing import Final

from overt.services.parity import SOURCE

GROUPS: Final = (
    "Which groups of people who pass here are not among those that were measured, or too few to tell?",
    "Where a rate differs by more than chance: why, what follows for those people, and what is done about it?",
    "Were both looked at, who is wrongly prompted about more, and who is missed or found more?",
)
KEPT: Final = (
    "Is each of these times needed, and could it be shorter?",
    "Who else receives any of this, on what ground, and how is that recorded?",
)
MEASURES: Final = (
    "Which risks of the part above has none of these measures, and what is done about them?",
    "Who checks on the day that each measure is in place?",
)
LEFT: Final = ("What of this is accepted here, by whom, and why?",)
ASKED: Final = (
    "Which groups were asked, in which languages and ways, and who was not reached?",
    "What did they say, and what was changed because of it?",
)
OUTCOME: Final = (
    "What remains, and is it accepted? By whom, with which reasons?",
    "Does it go on, go on with changes, or not go on?",
    "When, and after which change of place, list, threshold or model pack, is this looked at again?",
)
NOT_PROMISED: Final = (
    "That memory of the processor, of the camera itself or of a machine that hosts this one is overwritten.",
    "That the figures hold for people, light and crowds unlike those that were measured.",
    "That a person who decides is right; only that they decide before they see a score, and that it is recorded.",
    "That a face which both looks of the detector miss is covered in a picture that is kept.",
)
PARITY: Final = (
    "When live facial recognition began in London in 2020, it was said that no guidance was in place that balances its "
    "benefits against safeguards, as there was for fingerprints and DNA. Of Overt stands what this policy and this "
    "version do.",
    SOURCE,
)
