"""Simulation: a year of a workflow in a minute, before anybody relies on it.

Cases arrive, people act late or not at all, the ticker fails, all through the real engine; what
comes out is told in figures, and every case is asked what is guaranteed.
"""

from __future__ import annotations

from flowcase.simulation.figures import Figures
from flowcase.simulation.profiles import Profile, profile_text, read_profile
from flowcase.simulation.run import default_beginning, simulate
from flowcase.simulation.trial import Plan

__all__ = [
    "Figures",
    "Plan",
    "Profile",
    "default_beginning",
    "profile_text",
    "read_profile",
    "simulate",
]
