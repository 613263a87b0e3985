"""The demonstration: the life of three appeals on a clock that is moved by hand.

It happens in a database that is thrown away, through the same imports, triggers and ticks that
a city uses; what is told of it is what the engine answered.
"""

from __future__ import annotations

from flowcase.demo.play import Demonstration, Story, perform
from flowcase.demo.stage import Step

__all__ = ["Demonstration", "Step", "Story", "perform"]
