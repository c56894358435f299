"""What the API says of itself: its description in OpenAPI, made from the doors, with what opens each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from overt import __version__
from overt.console.api.shapes import Problem
from overt.console.doors import Rule, Whose, doors_of
from overt.domain.roles import PERMISSIONS, Role
from overt.domain.words import many

PREFIX: Final = "/api/v1/"
_ABOUT: Final = (
    "What programs may ask of this installation of Overt. A program sends the token of a session, as `overt login` "
    "keeps it, in `Authorization: Bearer`. No token opens a door from which a face or the reference of a listed person "
    "can come, and none gives a verdict. Errors are `application/problem+json` (RFC 9457); times are RFC 3339 in UTC; "
    "what may not be known yet is null."
)
_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session, 64 hexadecimal digits; `overt login` keeps one.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-overt",
        "description": "A browser's session, from the sign-in page.",
    },
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as people read it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[tuple[str, str, str], ...]  # name, where, what it is
    who: str  # what opens it, and for whom
    tag: str


def description(app: FastAPI) -> dict[str, Any]:
    """The API in OpenAPI 3.1."""
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.path.startswith(PREFIX)]
    made = get_openapi(title="Overt", version=__version__, description=_ABOUT, routes=routes)
    components = made.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update({**problem.pop("$defs"), "Problem": problem})
    components["securitySchemes"] = dict(_SCHEMES)
    for method, path, rule in _ours(app):
        operation = made["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            operation["description"] = " ".join(filter(None, (operation.get("description"), _for(rule))))
            operation["security"] = _security(rule)
    return made


def operations(app: FastAPI) -> list[Operation]:
    """Every operation, in order."""
    made, found = description(app), []
    for method, path, rule in _ours(app):
        operation = made["paths"].get(path, {}).get(method.lower())
        if operation is None:
            continue
        said = _plain(operation["description"]).removesuffix(_for(rule))
        found.append(
            Operation(
                method=method,
                path=path,
                summary=operation["summary"],
                description=said.strip(),
                parameters=tuple(map(_parameter, operation.get("parameters", ()))),
                who=_for(rule),
                tag=operation["tags"][0],
            )
        )
    return found


def _for(rule: Rule) -> str:
    return " ".join(filter(None, (_opens(rule), _who(rule))))


def _opens(rule: Rule) -> str:
    if rule.may is Whose.EVERYBODY:
        return "It is open to everybody."
    return "A token opens it." if rule.by_token else "No token opens it: only a browser's session does."


def _who(rule: Rule) -> str:
    if isinstance(rule.may, Whose):
        return "For whoever is signed in." if rule.may is Whose.SIGNED_IN else ""
    roles = dict.fromkeys(role for action in rule.may for role in PERMISSIONS[action].roles)
    actions = ", ".join(rule.may)
    if len(roles) == len(Role):
        return f"For every role ({actions})."
    named = ", ".join(role.replace("-", " ") for role in roles)
    return f"For {many(len(roles), 'role')}: {named} ({actions})."


def _ours(app: FastAPI) -> list[tuple[str, str, Rule]]:
    return [(one.method, one.path, one.rule) for one in doors_of(app) if one.path.startswith(PREFIX)]


def _security(rule: Rule) -> list[dict[str, list[str]]]:
    if rule.may is Whose.EVERYBODY:
        return []
    return [{"token": []}, {"session": []}] if rule.by_token else [{"session": []}]


def _parameter(said: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(said["name"]), str(said["in"]), _plain(said.get("description", ""))


def _plain(text: object) -> str:
    """Without the marks of code, which a page does not need."""
    return str(text).replace("`", "")
