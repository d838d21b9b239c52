"""The engine's state as it is now, without keeping its ticks.

`BasicRuntime` keeps every tick in memory so that `ctx.to_dict()` can replay them: 5.7 KB a step, without end
(recording-facts.md 1). The state handed to a run is instead a subclass whose copies report themselves: the reducer
copies the state before each tick, so the last copy is the present one.
"""

from __future__ import annotations

import dataclasses

from workflows.runtime.types.internal_state import BrokerState


class LiveState:
    """Holds the newest BrokerState of one run."""

    def __init__(self, init_state: BrokerState) -> None:
        holder = self

        class Reporting(BrokerState):
            """A BrokerState whose copies are BrokerStates that report themselves, too."""

            def __post_init__(self) -> None:
                super().__post_init__()
                holder.state = self  # `dataclasses.replace`, for ticks that change nothing but the count of ticks

            def deepcopy(self) -> BrokerState:
                copy = super().deepcopy()
                copy.__class__ = Reporting
                holder.state = copy
                return copy

        values = {field.name: getattr(init_state, field.name) for field in dataclasses.fields(init_state)}
        self.state: BrokerState = Reporting(**values)
