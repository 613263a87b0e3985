"""Profiles: how many people there are in a trial, how fast they are, and what they leave undone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from math import exp, log
from pathlib import Path
from random import Random
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from flowcase.assets import asset_folders
from flowcase.errors import DocumentError, Finding, NotFound
from flowcase.workflows.language import ChoiceField
from flowcase.workflows.rules import Workflow

#: A profile larger than this is refused before it is parsed, in bytes.
LARGEST_PROFILE = 64 * 1024
#: The 90th percentile of the normal distribution, in standard deviations.
_P90 = 1.2815515655446004

OFFICE_HOURS = ("09:00-12:00", "14:30-17:30")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

Chance = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(max_length=100)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Table):
    """An amount of working hours, log-normal: half are below `median`, nine in ten below `p90`."""

    median: Annotated[float, Field(ge=0, le=10_000)]
    p90: Annotated[float, Field(ge=0, le=10_000)]

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.p90 < self.median:
            raise ValueError("p90 is not below the median")
        return self

    def drawn(self, random: Random) -> float:
        """Return an amount by chance, in minutes; never more than ten times p90."""
        if self.median in (0, self.p90):
            return self.median * 60
        sigma = log(self.p90 / self.median) / _P90
        return min(self.median * exp(random.gauss(0, sigma)), self.p90 * 10) * 60


def _as_hours(value: object) -> object:
    fixed = isinstance(value, int | float) and not isinstance(value, bool)
    return {"median": value, "p90": value} if fixed else value


def _readable(spans: list[str]) -> list[str]:
    latest = 0
    for span in spans:
        found = _SPAN.fullmatch(span)
        begin, end = minutes_of(span) if found else (0, 0)
        if not latest <= begin < end <= 24 * 60:
            raise ValueError(f'hours are written "09:00-12:00", in order; got {span[:40]!r}')
        latest = end
    return spans


def minutes_of(span: str) -> tuple[int, int]:
    """Return the minutes of the day that "09:00-12:00" begins and ends at."""
    begin, end = ((int(each[:2]) * 60 + int(each[3:])) for each in span.split("-"))
    return begin, end


Amount = Annotated[Hours, BeforeValidator(_as_hours)]
OfficeHours = Annotated[list[str], Field(min_length=1, max_length=10), BeforeValidator(_readable)]


class Habits(_Table):
    """How somebody works; what is left out is as for his role, or as for everybody.

    delay: until he turns to a matter; effort: what it then costs him. Chances: nothing: he leaves
    it, until a clock tells him again; extension, suspension: he asks for one where he may;
    otherwise: each other thing he may do. moves: by trigger, in place of these.
    """

    delay: Amount | None = None
    effort: Amount | None = None
    nothing: Chance | None = None
    extension: Chance | None = None
    suspension: Chance | None = None
    otherwise: Chance | None = None
    moves: Annotated[dict[Name, Chance], Field(max_length=200)] = {}


class Staffing(Habits):
    """A role: its habits, and how many hold it.

    share: of the working time, what there is for this workflow. absent_days: in a year.
    """

    people: Annotated[int, Field(ge=1, le=1000)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    hours: OfficeHours | None = None
    absent_days: Annotated[float, Field(ge=0, le=365)] | None = None


class Ticker(_Table):
    """When clocks are not rung: so many outages in a year, so long each (hours of the day)."""

    outages: Annotated[float, Field(ge=0, le=1000)] = 4
    outage_hours: Amount = Hours(median=4, p90=24)


class Pace(_Table):
    """What a trigger asks: its own delay and effort; weight: against others of equal use."""

    delay: Amount | None = None
    effort: Amount | None = None
    weight: Annotated[float, Field(ge=0, le=1000)] = 1


class Profile(_Table):
    """A whole profile. goal: the states matters are worked towards. drain_days: how long is waited
    for open matters after the last arrival. fields: weights of a choice's options.
    """

    parties: Annotated[int, Field(ge=1, le=100_000)] = 130
    drain_days: Annotated[int, Field(ge=0, le=3650)] = 180
    goal: Annotated[list[Name], Field(max_length=20)] = []
    hours: OfficeHours = list(OFFICE_HOURS)
    ticker: Ticker = Ticker()
    everybody: Staffing = Staffing()
    party: Habits = Habits()
    roles: Annotated[dict[Name, Staffing], Field(max_length=100)] = {}
    participants: Annotated[dict[Name, Habits], Field(max_length=100)] = {}
    triggers: Annotated[dict[Name, Pace], Field(max_length=200)] = {}
    fields: Annotated[
        dict[Name, dict[str, Annotated[float, Field(ge=0, le=1e6)]]], Field(max_length=200)
    ] = {}

    def staffing(self, role: str) -> Staffing:
        """Return how a role is staffed, nothing left out."""
        return _over(_STAFF, self.everybody, self.roles.get(role, Staffing()))

    def habits(self, role: str | None, capacity: str) -> Habits:
        """Return how somebody works in a capacity (a name of `by`); role: None for the party."""
        if role is None:
            return _over(_PARTY, self.party)
        return _over(self.staffing(role), self.participants.get(capacity, Habits()))

    def people(self, role: str, count: int) -> Profile:
        """Return this profile with so many people in a role."""
        staffing = self.roles.get(role, Staffing()).model_copy(update={"people": count})
        return self.model_copy(update={"roles": {**self.roles, role: staffing}})


_STAFF = Staffing(
    people=3,
    share=0.5,
    delay=Hours(median=3, p90=12),
    effort=Hours(median=0.5, p90=1.5),
    nothing=0.03,
    extension=0.08,
    suspension=0.02,
    otherwise=0.005,
    absent_days=15,
)
_PARTY = Staffing(
    share=1,
    delay=Hours(median=12, p90=40),
    effort=Hours(median=0.2, p90=0.5),
    nothing=0.2,
    extension=0.08,
    suspension=0.02,
    otherwise=0.005,
)


def _over(base: Staffing, *above: Habits) -> Staffing:
    """Return the base with everything that those above it say, the last to win."""
    said: dict[str, object] = {}
    moves = dict(base.moves)
    for each in above:
        moves |= each.moves
        for name in each.model_fields_set - {"moves"}:
            said[name] = getattr(each, name)
    return base.model_copy(update={**said, "moves": moves})


def read_profile(text: str, workflow: Workflow) -> Profile:
    """Read a profile for a workflow. Errors: DocumentError with every finding at once."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_PROFILE:
        raise DocumentError(f"a profile has at most {LARGEST_PROFILE:,} bytes")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"the profile is not TOML: {error}") from None
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        found = [
            Finding(
                ".".join(map(str, each["loc"]))[:300], f"{each['msg']}; got {each['input']!r:.60}"
            )
            for each in error.errors(include_url=False)
        ]
        raise DocumentError("not a profile of a simulation", found) from None
    found = _unknown(profile, workflow)
    if found:
        raise DocumentError(f"the profile does not fit workflow {workflow.name!r}", found)
    return profile


def _unknown(profile: Profile, workflow: Workflow) -> list[Finding]:
    document = workflow.document
    triggers = sorted({each.trigger for each in workflow.transitions})
    named: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("roles", list(profile.roles), list(document.roles)),
        ("participants", list(profile.participants), list(document.participants)),
        ("triggers", list(profile.triggers), triggers),
        ("goal", profile.goal, list(document.states)),
    ]
    habits: dict[str, Mapping[str, Habits]] = {
        "roles": profile.roles,
        "participants": profile.participants,
        "": {"party": profile.party, "everybody": profile.everybody},
    }
    for table, owners in habits.items():
        for owner, each in owners.items():
            where = f"{table}.{owner}.moves" if table else f"{owner}.moves"
            named.append((where, list(each.moves), triggers))
    for name, weights in profile.fields.items():
        field = document.fields.get(name)
        options = field.options if isinstance(field, ChoiceField) else []
        if not options:
            choices = [key for key, kind in document.fields.items() if kind.type == "choice"]
            named.append(("fields", [name], choices))
        else:
            named.append((f"fields.{name}", list(weights), options))
    return [
        Finding(f"{where}.{word}"[:300], f"no such name here; known: {', '.join(known) or 'none'}")
        for where, words, known in named
        for word in words
        if word not in known
    ]


def profile_text(workflow: Workflow, folders: Sequence[str | Path] = ()) -> str:
    """Return the profile that goes with a workflow: `profiles/NAME.toml` in a folder of workflows,
    or one that fits any document, to be filled in.
    """
    for folder in asset_folders("workflows", folders):
        path = folder / "profiles" / f"{workflow.name}.toml"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    lines = [
        f"# Who handles {workflow.name} in a trial: guesses, to be replaced by what is known.",
        "# Times are working hours. The README has every key.",
        "parties = 130",
        "",
        "[ticker]",
        "outages = 4",
        "outage_hours = { median = 4, p90 = 24 }",
        "",
        "[party]",
        "delay = { median = 12, p90 = 40 }",
        "nothing = 0.2",
    ]
    for role in workflow.document.roles:
        lines += [
            "",
            f"[roles.{role}]",
            "people = 3",
            "share = 0.5",
            "delay = { median = 3, p90 = 12 }",
            "effort = { median = 0.5, p90 = 1.5 }",
            "nothing = 0.03",
        ]
    return "\n".join(lines) + "\n"


def read_profile_file(path: str | Path) -> str:
    """Return the text of a profile. Errors: NotFound, DocumentError."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST_PROFILE + 1).decode()
    except OSError as error:
        raise NotFound(f"cannot read the profile {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DocumentError(f"the profile {path} is not UTF-8") from None
