"""The ethics panel's five conditions: everybody may read the answers; the oversight gives and signs them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import may
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError
from overt.domain.roles import Action
from overt.services.conditions import CONDITIONS, Answer, answer_conditions, conditions_now

doors = Doors("/oversight/conditions")

SEES: Final = only(Action.FIGURES_SEE)
Choice = Annotated[str, Field(max_length=3)]
Words = Annotated[str, Field(max_length=5000)]


@doors.get("", SEES)
def show(request: Request) -> Response:
    return _page(request)


class Answers(BaseModel):
    """The form: of each condition whether it is met, "yes" or "no", and what shows it."""

    benefit: Choice = ""
    benefit_words: Words = ""
    bias: Choice = ""
    bias_words: Words = ""
    necessity: Choice = ""
    necessity_words: Words = ""
    people: Choice = ""
    people_words: Words = ""
    guidelines: Choice = ""
    guidelines_words: Words = ""


@doors.post("", only(Action.CONDITIONS_SIGN))
def answer(request: Request, form: Annotated[Answers, Form()]) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    typed: dict[str, str] = form.model_dump()
    answers = {
        name: Answer(met=typed[name] == "yes", words=typed[f"{name}_words"]) for name in CONDITIONS if typed[name]
    }
    try:
        answer_conditions(house.installation, visitor.account, answers)
    except OvertError as error:
        return _page(request, error=error, typed=typed)
    return go("/oversight/conditions", done="conditions")


def _page(request: Request, *, error: OvertError | None = None, typed: dict[str, str] | None = None) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    return page(
        request,
        "oversight_conditions.html",
        visitor=visitor,
        error=error,
        typed=typed or {},
        conditions=CONDITIONS,
        answered=conditions_now(house.installation),
        signs=may(visitor.account.roles, Action.CONDITIONS_SIGN),
    )
