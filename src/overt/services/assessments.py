"""Drafts of impact assessments: what the system does, what it measured of itself, and what people have to answer.

Rules:
  - what stands here as known is a rule of the policy, a word of the deployment file, or a measurement; everything that
    needs judgement is a question;
  - nothing of the law is told as known that was not checked: it is asked, or "to be checked";
  - the assessment is people's: no conclusion is drawn, and no risk is given a grade.

The order of the parts of the data-protection assessment is that in which such assessments are usually written in the
United Kingdom: need, description, consultation, necessity and proportionality, risks, measures, outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from overt.domain.authority import Deployment
from overt.domain.policy import Policy, Rules
from overt.domain.time import to_text
from overt.domain.words import many, spaced
from overt.faces.pack import Pack
from overt.notices.assessment import Assessment, Figure, Grid, Part
from overt.services.assessment_figures import (
    SIZES,
    Measured,
    of_calibration,
    of_envelope,
    of_evaluations,
    of_groups,
)
from overt.services.assessment_words import (
    ASKED,
    GROUPS,
    KEPT,
    LEFT,
    MEASURES,
    NOT_PROMISED,
    OUTCOME,
    PARITY,
)
from overt.services.parity import parity

DPIA, EQUALITY = WHICH = ("dpia", "equality")
NOT_SAID: Final = "not said: no deployment file was given"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a draft is written from. `deployment`: None where none was given."""

    pack: Pack
    policy: Policy
    deployment: Deployment | None
    measured: tuple[Measured, ...]
    now_us: int
    version: str

    @property
    def rests_on(self) -> tuple[tuple[str, str], ...]:
        about = self.deployment
        return (
            ("Written", f"{to_text(self.now_us)}, by Overt {self.version}"),
            ("Policy", f"{self.policy.title} ({self.policy.name}, version {self.policy.version})"),
            ("SHA-256 of the policy", self.policy.digest),
            ("Deployment", NOT_SAID if about is None else f"{about.name}, {about.place}"),
            ("Model pack", f"{self.pack.name}: {self.pack.says}"),
            *((f"SHA-256 of the {part}", digest) for part, digest in self.pack.digests.items()),
        )

    @property
    def false_alerts(self) -> tuple[Figure, ...]:
        about = self.deployment
        wanted = self.policy.rules.wanted_far_max if about is None else about.wanted_far
        return tuple(of_calibration(self.pack, wanted, SIZES))


def draft(which: str, facts: Facts) -> Assessment:
    """The draft of an assessment. `which`: DPIA or EQUALITY."""
    return _dpia(facts) if which == DPIA else _equality(facts)


def _dpia(facts: Facts) -> Assessment:
    about = facts.deployment
    return Assessment(
        title="Data protection impact assessment: live facial recognition"
        + ("" if about is None else f", {about.name}"),
        lead="What is done with whose data, why, what can go wrong for people, and what is done about it.",
        rests_on=facts.rests_on,
        parts=(
            Part(
                heading="Why an assessment is needed",
                words=(
                    "Faces of everybody who passes are turned into templates and compared with a list, without anybody "
                    "being asked. The templates are biometric data for identifying people.",
                ),
                questions=(
                    "Which law asks for this assessment, and which regulator receives it, if any? (To be checked.)",
                    "Who decides about purposes and means, and who acts for them?",
                ),
            ),
            *_description(facts),
            Part(
                heading="Consultation",
                words=_consulted(about),
                questions=(
                    "Who else is affected, and how will they be asked, those who are looked for and those who pass?",
                    "What did the data protection officer advise, and was it followed? If not, why not?",
                ),
            ),
            _necessity(about),
            _risks(facts),
            Part(heading="Differences between groups", figures=tuple(of_groups(facts.measured)), questions=GROUPS),
            Part(heading="Measures, and what they leave", grid=_measures(facts.policy.rules), questions=MEASURES),
            Part(heading="What is not promised", words=NOT_PROMISED, questions=LEFT),
            Part(
                heading="Safeguards beside those of fingerprints and DNA",
                words=PARITY,
                grid=parity(facts.policy.rules),
            ),
            Part(heading="Outcome", questions=OUTCOME),
        ),
    )


def _risks(facts: Facts) -> Part:
    return Part(
        heading="What can go wrong for people, and how often it was measured",
        words=(
            "The figures say how often the machine would be wrong, as far as that was measured. How grave each "
            "harm is, and how likely where nothing was measured, people have to judge.",
        ),
        figures=(*facts.false_alerts, *of_evaluations(facts.measured), *of_envelope(facts.pack)),
        questions=(
            "Somebody is taken for somebody else and stopped: how grave is that here, how likely, for whom?",
            "Somebody keeps away from the place, from worship, from a gathering or from a doctor: how likely?",
            "Somebody is listed who should not be, or whose ground has fallen away: what prevents that?",
            "A list, or an account, falls into wrong hands: what follows for those on the list?",
            "The use grows: more places, longer lists, other purposes. Who would notice, and say no?",
        ),
    )


def _description(facts: Facts) -> tuple[Part, ...]:
    about, rules = facts.deployment, facts.policy.rules
    said = (
        ("Place", NOT_SAID if about is None else about.place),
        ("Use case", NOT_SAID if about is None else spaced(about.use_case)),
        ("Purpose", NOT_SAID if about is None else spaced(about.purpose) or "not written"),
        ("Cameras", NOT_SAID if about is None else str(len(about.cameras))),
        ("People expected to pass", _passages(about)),
        ("Longest list", f"{rules.list_max:,} entries"),
        ("Who may be listed", _codes(rules.categories)),
        ("Where pictures may come from", _codes(rules.sources)),
        ("What may be done when somebody is found", _codes(rules.responses)),
    )
    return (
        Part(
            heading="What is done",
            words=(
                "Cameras watch one signposted area. Each passing face is made into a template and compared with one "
                "list for this deployment. A likely match prompts a trained person, who decides. The template and the "
                "pictures of anybody else are overwritten within a second of the last sighting.",
            ),
            grid=Grid(header=("What", "As the deployment and its policy say"), rows=said),
            questions=(
                "What do people in this place expect, and what was said about such use before?",
                "Are children or others who need protection among those who pass? How many?",
            ),
        ),
        Part(heading="How long things are kept, and who sees them", grid=_kept(rules), questions=KEPT),
    )


def _passages(about: Deployment | None) -> str:
    if about is None:
        return NOT_SAID
    return "not written" if about.expected_passages is None else f"{about.expected_passages:,}"


def _kept(rules: Rules) -> Grid:
    return Grid(
        header=("What", "How long at most", "Who sees it"),
        rows=(
            (
                "Frames, faces and templates of people who do not match",
                "1 second after the last sighting, in memory only",
                "nobody; a live picture has every face covered",
            ),
            (
                "The list: pictures, templates, references, grounds",
                f"{rules.list_after_end_h:g} hours after the end; key destroyed first",
                "list managers, while it is made",
            ),
            (
                "Pictures of somebody who is not the person",
                f"{rules.not_the_person_s:g} seconds after that verdict",
                "whoever decides about the alert",
            ),
            (
                "Pictures of any other possible match",
                f"{rules.possible_match_h:g} hours, or {many(rules.hold_max_days, 'day')} where one alert is held as "
                "evidence, with a case and a second person",
                "whoever decides, and whoever meets the person",
            ),
            ("Counts and times", "kept", "everybody with an account; published"),
            ("The ledger", "kept; it has no name, no picture and no template", "auditors and the oversight"),
        ),
    )


def _consulted(about: Deployment | None) -> tuple[str, ...]:
    if about is None or not about.consultations:
        return ("The deployment file says of nobody that they were asked.",)
    return tuple(
        f"{one.who or 'Not said who'} ({one.when or 'not said when'}): "
        f"{'replies not counted' if one.replies is None else many(one.replies, 'reply', 'replies')}. What changed: "
        f"{one.changed or 'not said'}."
        for one in about.consultations
    )


def _necessity(about: Deployment | None) -> Part:
    authority = None if about is None else about.authority
    names = ("legal_basis", "aim", "necessity", "proportionality", "alternatives")
    rows = tuple(
        (name.replace("_", " ").capitalize(), NOT_SAID if authority is None else getattr(authority, name))
        for name in names
    )
    return Part(
        heading="Necessity and proportionality",
        words=("As the written authority says it. The words are those of whoever authorised it.",),
        grid=Grid(header=("What", "In the authority's words"), rows=rows),
        questions=(
            "Is the legal basis the right one for biometric data, and which condition for such data is met?",
            "Could the aim be reached with fewer cameras, a shorter time, a shorter list, or without this?",
            "How are people told, and how can they ask, object and complain?",
            "What shows afterwards that it did what it was for, and who looks at that?",
        ),
    )


def _measures(rules: Rules) -> Grid:
    checked = rules.signs_checked_every_min
    return Grid(
        header=("What can go wrong", "What is done about it", "Where that comes from"),
        rows=(
            (
                "Too many are taken for somebody else",
                f"at most {1000 * rules.wanted_far_max:g} in 1,000 passages may be planned"
                + ("; scanning stops when the alerts contradict it" if rules.stop_rule else ""),
                "policy: wanted_far_max, stop_rule",
            ),
            (
                "A person is stopped because a machine said so",
                f"{'two people decide, apart' if rules.two_verdicts else 'one person decides'}, after a look of at "
                f"least {rules.look_at_least_s:g} seconds{', before any score is shown' if rules.blind_first else ''}",
                "policy: two_verdicts, look_at_least_s, blind_first",
            ),
            (
                "People do not know",
                f"notice {rules.notice_published_h} hours before; signs {rules.signs_before_zone_m} metres before the "
                + (f"zone, looked at every {checked} minutes or scanning pauses" if checked else "zone"),
                "policy: notice_published_h, signs_before_zone_m, signs_checked_every_min",
            ),
            (
                "It becomes permanent",
                f"at most {rules.max_hours:g} hours, {rules.max_starts_30d} starts in 30 days in one place, a budget "
                "for all places together, a review after each",
                "policy: max_hours, max_starts_30d, coverage_max_camera_h_ha_30d, review_due_days",
            ),
            (
                "It sees badly, and nobody knows",
                "a camera outside the measured envelope warns, and pauses where half would be missed",
                "model pack: envelope",
            ),
            (
                "Somebody changes the record",
                "a ledger of signed, chained entries, verified with a public key alone",
                "overt ledger verify",
            ),
        ),
    )


def _equality(facts: Facts) -> Assessment:
    about = facts.deployment
    return Assessment(
        title="Equality impact assessment: live facial recognition" + ("" if about is None else f", {about.name}"),
        lead="For whom this works worse, whom it touches more, and what is done about that, with what was measured.",
        rests_on=facts.rests_on,
        parts=(
            Part(
                heading="The duty, and who has it",
                words=(
                    "In R (Bridges) v South Wales Police [2020] EWCA Civ 1058, [163] to [181], the equality duty of a "
                    "public body was held to be its own: it cannot be left to a vendor, it continues, and evidence "
                    "that is missing has to be sought.",
                ),
                questions=(
                    "Who answers for this assessment, and when is it looked at again?",
                    "Which characteristics does the law that applies here protect? (To be checked.) Answer what "
                    "follows for each.",
                ),
            ),
            Part(
                heading="How it works for different groups",
                words=(
                    "Groups are those of the test sets, as their makers labelled them. Overt infers nobody's group. "
                    "“Cannot tell” means that too few were measured, and not that there is no difference.",
                ),
                figures=tuple(of_groups(facts.measured)),
                questions=GROUPS,
            ),
            Part(
                heading="How often it is wrong at all",
                words=("Where a worst group was found, its rate decides the threshold for everybody.",),
                figures=(*facts.false_alerts, *of_evaluations(facts.measured)),
                questions=("At this threshold, is the rate of the worst group one that may be imposed on its people?",),
            ),
            Part(
                heading="Under which conditions that holds",
                words=("Light, blur, distance, crowd: outside these limits fewer listed people are found.",),
                figures=tuple(of_envelope(facts.pack)),
                questions=(
                    "Do these conditions fall on some groups more than on others, such as by where cameras stand?",
                ),
            ),
            Part(
                heading="Whom the list and the place touch",
                words=(f"Who may be listed under this policy: {_codes(facts.policy.rules.categories)}.",),
                questions=(
                    "How is this list composed, by the groups above, beside those who live and work here?",
                    "Who passes here more than others, and why was this place chosen rather than another?",
                    "Does an overrepresentation in the pictures that are held come back in the list?",
                    "How does it touch children, disabled people, people who cover their face or head, and people who "
                    "look alike within a family?",
                ),
            ),
            *_of_people(facts),
        ),
    )


def _of_people(facts: Facts) -> tuple[Part, ...]:
    """Whom it is asked of, what the duty asks, and what people do with it."""
    about = facts.deployment
    return (
        Part(heading="Consultation", words=_consulted(about), questions=ASKED),
        Part(
            heading="The three aims of the duty",
            words=("As the duty is usually put; the words of the statute are to be checked.",),
            questions=(
                "What is done so that nobody is discriminated against, harassed or victimised by this?",
                "What is done so that people of different groups have the same chances here, as to being wrongly "
                "stopped, being helped when missing, and using the place freely?",
                "What does this do to the relations between groups, and to their trust in whoever runs it?",
            ),
        ),
        Part(
            heading="What people do with it",
            words=(
                f"Under this policy {_deciders(facts.policy.rules)} about each alert, "
                f"trained within {facts.policy.rules.training_max_days} days"
                + (
                    f", and are tested with up to {facts.policy.rules.decoys_per_h_max} decoys an hour."
                    if facts.policy.rules.decoys_per_h_max
                    else "."
                ),
            ),
            questions=(
                "What does the training say of faces of other groups than one's own?",
                "How will it be seen whether alerts about some groups are followed up more often than others?",
            ),
        ),
        Part(heading="Outcome", questions=OUTCOME),
    )


def _deciders(rules: Rules) -> str:
    return "two people decide" if rules.two_verdicts else "one person decides"


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(spaced(one) for one in codes) or "none"
