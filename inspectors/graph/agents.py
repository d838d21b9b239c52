"""Agents of LlamaIndex on a graph: the tools that one calls, the agents of a team, and whom each may hand over to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from inspectors.discovery.events import documentation
from inspectors.discovery.names import Target
from inspectors.graph.model import Edge, Graph, Node, node_id
from inspectors.graph.values import FunctionValue, Instance, Literal, Sequence, Values, items_of, texts_of

_RUNS_AGENTS, _CALLS_TOOLS = "run_agent_step", "call_tool"
"""Steps of LlamaIndex's agents and teams."""


@dataclass(frozen=True)
class Tool:
    """A tool as the source names it."""

    name: str
    target: Target
    """The function, or the tool's class where no function is told."""
    line: int | None


def add_agent(graph: Graph, identity: str, agent: Instance, module: str) -> None:
    """Draw what an agent or a team was made with, from the node that stands for it.

    Args:
        graph: takes the nodes and edges.
        identity: the node of the agent: a child workflow, or the step of its own that calls tools.
        agent: as the source makes it; what it doesn't tell is left out.
        module: the dotted module in which agents without a class of their own have their node.
    """
    for tool in tools_of(agent):
        _call(graph, identity, tool)
    team = list(_agents_of(agent))
    nodes = {name: _agent_node(graph, one, name, module) for name, one in team}
    for name, one in team:
        for tool in tools_of(one):
            _call(graph, nodes[name], tool)
        for other in _hands_to(one, name, list(nodes)):
            graph.add_edge(Edge(nodes[name], nodes[other], "hands_off", ["inferred"], one.line, "hands over"))
    for root in _roots(agent, list(nodes)):
        graph.add_edge(Edge(identity, nodes[root], "hands_off", ["inferred"], agent.line, "begins with"))


def acting_step(graph: Graph, workflow: Target, agent: Instance) -> str:
    """The step of an agent's or a team's own graph from which its tools or its agents are drawn."""
    wanted = _RUNS_AGENTS if any(_agents_of(agent)) else _CALLS_TOOLS
    step = node_id("step", f"{workflow.dotted}.{wanted}")
    return step if step in graph.nodes else next(iter(graph.nodes))


def tools_of(agent: Instance) -> list[Tool]:
    """The tools handed to an agent, without doubles, in the order of the source."""
    found: dict[str, Tool] = {}
    for value in [*items_of(_lists(agent.get("tools"))), *items_of(_lists(agent.get("tools_or_functions")))]:
        tool = None
        if isinstance(value, FunctionValue):
            tool = _function_tool(value, "")
        elif isinstance(value, Instance):
            name = next(iter(texts_of(value.get("name"))), "")
            functions = [one for one in value.get("fn") if isinstance(one, FunctionValue)]
            tool = _function_tool(functions[0], name) if functions else None
            tool = tool or Tool(name or value.target.name, value.target, value.line or None)
        if tool is not None:
            found.setdefault(tool.name, tool)
    return list(found.values())


def _function_tool(function: FunctionValue, name: str) -> Tool | None:
    own = getattr(function.node, "name", "")
    if not own:
        return None
    qualname = f"{function.scope}.{own}" if function.scope else own
    assert not isinstance(function.node, ast.Lambda)
    target = Target(function.module.name, qualname, function.module, function.node)
    return Tool(name or own, target, function.node.lineno)


def _lists(values: Values) -> Values:
    return tuple(value for value in values if isinstance(value, Sequence))


def _agents_of(agent: Instance) -> Iterator[tuple[str, Instance]]:
    seen: set[str] = set()
    for value in items_of(_lists(agent.get("agents"))):
        if isinstance(value, Instance):
            name = next(iter(texts_of(value.get("name"))), value.target.name)
            if name not in seen:
                seen.add(name)
                yield name, value


def _hands_to(agent: Instance, name: str, everyone: list[str]) -> list[str]:
    """The engine's rule: only those named; everyone else where none is named."""
    given = agent.get("can_handoff_to")
    if not given or given == (Literal(None, "NoneType"),):
        return [other for other in everyone if other != name]
    named = texts_of(items_of(_lists(given)))
    return [other for other in everyone if other in named and other != name]


def _roots(team: Instance, everyone: list[str]) -> list[str]:
    named = [name for name in texts_of(team.get("root_agent")) if name in everyone]
    return named or everyone[:1]


def _agent_node(graph: Graph, agent: Instance, name: str, module: str) -> str:
    doc = next(iter(texts_of(agent.get("description"))), "")
    more = {"doc": doc, "file": None, "line": agent.line or None, "steps": None, "agent": agent.target.name}
    return graph.add_node(Node(node_id("workflow", f"{module}.{name}"), "workflow", name, more)).id


def _call(graph: Graph, caller: str, tool: Tool) -> None:
    source = tool.target.source
    more = {
        "doc": documentation(tool.target.node),
        "file": str(source.path) if source else None,
        "line": tool.line,
    }
    identity = node_id("tool", tool.target.dotted if source else f"{tool.target.dotted}.{tool.name}")
    graph.add_node(Node(identity, "tool", tool.name, more))
    graph.add_edge(Edge(caller, identity, "calls", ["inferred"], tool.line, "calls"))
