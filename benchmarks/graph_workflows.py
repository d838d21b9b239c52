"""Workflows of any length as source: a row of steps of which some loop back, skip ahead, stream or fan out."""

from __future__ import annotations

from pathlib import Path

HEAD = '''"""A workflow of {count} steps."""

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

'''
PLAIN = '''"""Part {number} of a program that is no workflow."""

import math
from dataclasses import dataclass


@dataclass
class Reading:
    """One measured value."""

    name: str
    value: float


'''
FUNCTION = '''def total_{number}(readings: list[Reading], scale: float = 1.0) -> float:
    """The sum of all readings whose name is not empty, scaled."""
    found = 0.0
    for reading in readings:
        if reading.name and not math.isnan(reading.value):
            found += reading.value * scale
    return round(found, {number})


'''


def class_name(steps: int) -> str:
    """The class that `workflow_source` defines."""
    return f"Row{steps}Workflow"


def workflow_source(steps: int) -> str:
    """The source of a workflow with so many steps, as people write them."""
    lines = [HEAD.format(count=steps)]
    events = [f"Part{number}Event" for number in range(1, steps)]
    lines += [
        f'class {event}(Event):\n    """What one step hands to the next."""\n\n    text: str = ""\n\n'
        for event in events
    ]
    lines.append('class ProgressEvent(Event):\n    """How far it is."""\n\n    done: int = 0\n\n')
    lines.append(f'class {class_name(steps)}(Workflow):\n    """Goes through {steps} steps."""\n')
    lines += [_step(number, steps, events) for number in range(steps)]
    return "\n".join(lines)


def _step(number: int, steps: int, events: list[str]) -> str:
    takes = "StartEvent" if number == 0 else events[number - 1]
    gives = "StopEvent" if number == steps - 1 else events[number]
    again = events[number - 3] if number % 5 == 4 and number > 3 else ""
    ahead = events[number + 2] if number % 9 == 0 and number + 2 < len(events) else ""
    returns = " | ".join(dict.fromkeys(name for name in (gives, again, ahead) if name))
    body = [f"        text = str(ev) + '{number}'"]
    if number % 11 == 2:
        body.append(f"        ctx.write_event_to_stream(ProgressEvent(done={number}))")
    if again:
        body.append(f"        if len(text) < 10:\n            return {again}(text=text)")
    if ahead:
        body.append(f"        ctx.send_event({ahead}(text=text))")
    made = f"{gives}(result=text)" if gives == "StopEvent" else f"{gives}(text=text)"
    body.append(f"        return {made}")
    head = f"    @step\n    async def step_{number}(self, ctx: Context, ev: {takes}) -> {returns}:\n"
    return f'{head}        """Step {number}."""\n' + "\n".join(body) + "\n"


def write_program(folder: Path, files: int) -> None:
    """So many Python files in packages of 50: every twentieth has a workflow, the others 40 functions or so."""
    for number in range(files):
        package = folder / f"part_{number // 50}"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        if number % 20 == 0:
            text = workflow_source(5)
        else:
            text = PLAIN.format(number=number) + "".join(
                FUNCTION.format(number=index) for index in range(number % 20 + 4)
            )
        (package / f"module_{number}.py").write_text(text, encoding="utf-8")
