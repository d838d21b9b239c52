"""A workflow whose names, texts and payloads try to run as code. <img src=x onerror=window.hacked='module'>"""

from __future__ import annotations

from typing import Any, ClassVar

from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

ATTACK = (
    "<img src=x onerror=window.hacked=1> </script><script>window.hacked=2</script> "
    "[click](javascript:window.hacked=3) ![x](http://evil.example/pixel.png) $\\href{javascript:window.hacked=4}{x}$ "
    ":red[**bold**] <a href='javascript:window.hacked=5'>here</a> {{7*7}} href onmouseover=window.hacked=6"
)


class AttackEvent(Event):
    """<img src=x onerror=window.hacked='event'> </script><script>window.hacked='event'</script>"""

    text: str


class AskEvent(InputRequiredEvent):
    """A prompt that attacks."""

    prefix: str
    draft: str


class HostileWorkflow(Workflow):
    """<img src=x onerror=window.hacked='class'> [click](javascript:window.hacked='link') ![i](http://evil.example/i.png)

    </script><script>window.hacked='doc'</script>
    """

    example_input: ClassVar[dict[str, Any]] = {"topic": "<img src=x onerror=window.hacked='input'>"}

    @step
    async def attack(self, ctx: Context, ev: StartEvent) -> AttackEvent:
        """<img src=x onerror=window.hacked='step'>"""
        await ctx.store.set("attack", ATTACK)
        ctx.write_event_to_stream(AttackEvent(text="x" * 1_000_000))
        return AttackEvent(text=ev.topic + ATTACK)

    @step
    async def ask(self, ev: AttackEvent) -> AskEvent:
        return AskEvent(prefix="Approve? <img src=x onerror=window.hacked='prefix'>", draft=ATTACK + "\n\n" + ATTACK)

    @step
    async def finish(self, ev: HumanResponseEvent) -> StopEvent:
        if ev.response == "FAIL":
            raise ValueError(ATTACK)
        return StopEvent(result=ATTACK)
