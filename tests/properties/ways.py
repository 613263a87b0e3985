"""Ways an appeal may have gone on the mayor line: told step by step, to go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowcase.case import Actor
from tests.world import (
    COORDINATION,
    COORDINATOR,
    LEAD,
    OFFICE,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
)

Steps = tuple[tuple[Actor, str, Mapping[str, Any]], ...]

#: One appeal, closed, found wanting, re-opened, and closed again by the vice mayor.
THE_STRAIGHT_WAY: Steps = (
    (OFFICE, "coordinate", COORDINATION),
    (COORDINATOR, "assign", {"lead": "bureau-land"}),
    (LEAD, "sign", {}),
    (LEAD, "report", {"result": "办结"}),
    (COORDINATOR, "close", {"opinion": "同意", "outcome": "partly"}),
    (SECTION, "call_back", {"call_note": "无人接听"}),
    (PRINCIPAL, "rate", {"rating": "1", "comment": "未解决"}),
    (LEAD, "report", {"result": "再次办结"}),
    (VICE_MAYOR, "close", {"opinion": "同意", "outcome": "solved"}),
)

#: The lead unit's own officer has reported and is then made the coordinator: he may not close.
THE_CROOKED_WAY = (
    *THE_STRAIGHT_WAY[:4],
    (OFFICE, "hand_over_coordinator", {"coordinator": "wang", "reason": "调整分工"}),
)

WAYS = (*(THE_STRAIGHT_WAY[:end] for end in range(len(THE_STRAIGHT_WAY) + 1)), THE_CROOKED_WAY)
