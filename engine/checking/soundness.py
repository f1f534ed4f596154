"""Soundness of the control flow: joins that can never, or not always, get all their tokens.

The flows of each (sub-)process are explored as a net, the data left out: an exclusive gateway may take any way, an
inclusive one any set of ways; a sub-process is one step. The exploration is bounded; beyond the bound nothing is
said. A join that tokens come to and that fires in no reachable state is an error; one that can be left waiting is a
warning, since the data may rule that out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

from engine.checking.report import Report, successors
from engine.definition import Body
from engine.elements.base import Node
from engine.elements.gateways.inclusive_gateway import reaching

MAX_STATES = 5_000
MAX_CHOICE = 6  # ways out of which all sets are tried
Marking = tuple[tuple[str, int], ...]  # tokens on flows, sorted
LIMIT = 3  # more tokens than this on one flow: the net is not bounded


def check(report: Report) -> None:
    """Explore each body."""
    for body in report.bodies():
        if any(node.kind == "complexGateway" or _counts_tokens(node) for node in body.elements.values()):
            continue
        _Net(body).check(report)


def can_finish(body: Body, tokens: Sequence[tuple[str, str | None]]) -> bool | None:
    """Whether tokens that stand at elements (or, before a join, on a flow) can all come to an end; None: unknown."""
    if any(node.kind == "complexGateway" for node in body.elements.values()):
        return None
    net = _Net(body)
    ways = [[[flow]] if flow is not None else list(net.outs(body.elements[element])) for element, flow in tokens]
    size = 1
    for way in ways:
        size *= len(way)
    if size > MAX_STATES or len(tokens) > MAX_STATES:
        return None
    beginnings = [_marking(flow for flows in chosen for flow in flows if flow != "*") for chosen in product(*ways)]
    explored = net.explore(beginnings)
    return True if () in net.came else False if explored else None


def _counts_tokens(node: Node) -> bool:
    return getattr(node, "start_quantity", 1) > 1 or getattr(node, "completion_quantity", 1) > 1


class _Net:
    def __init__(self, body: Body) -> None:
        self.body = body
        self.came: dict[Marking, tuple[Marking, str] | None] = {}
        self.fired: set[str] = set()
        self.stuck: dict[str, Marking] = {}
        self.doubled: dict[str, Marking] = {}
        self.reach: dict[tuple[str, frozenset[str]], set[str]] = {}
        self.beside = self._beside()
        self.incoming = {flow.id: node for node in body.elements.values() for flow in node.incoming}

    def check(self, report: Report) -> None:
        """Explore, then say what was found."""
        if not self.explore(self._beginnings()):
            return
        for gateway, marking in self.stuck.items():
            node = self.body.elements[gateway]
            path, path_en = self._told(marking)
            if gateway not in self.fired:
                zh = f"“{node.name}”等不齐所有进线的令牌，永远走不过去。走法：{path}"
                report.error(gateway, "soundness.deadlock", zh, f"The join can never fire. Path: {path_en}")
            else:
                zh = f"“{node.name}”可能等不齐所有进线的令牌而停住。走法：{path}"
                report.warn(gateway, "soundness.may_deadlock", zh, f"The join may wait for ever. Path: {path_en}")
        for element, marking in self.doubled.items():
            node = self.body.elements[element]
            path, path_en = self._told(marking)
            zh = f"“{node.name}”可能被同时执行两次：前面并行的分支没有汇合。走法：{path}"
            report.warn(element, "soundness.unsynchronised", zh, f"Parallel branches meet unjoined. Path: {path_en}")

    def explore(self, beginnings: Iterable[Marking]) -> bool:
        """Walk through what can be reached; False: there is more than may be looked at."""
        ahead: list[Marking] = []
        for marking in beginnings:
            if marking not in self.came:
                self.came[marking] = None
                ahead.append(marking)
        while ahead:
            marking = ahead.pop()
            moved = False
            for following, element in self._moves(marking):
                moved = True
                if any(count > LIMIT for _, count in following):
                    continue
                if following not in self.came:
                    if len(self.came) >= MAX_STATES:
                        return False
                    self.came[following] = (marking, element)
                    ahead.append(following)
            if not moved and marking:
                for flow, _ in marking:
                    self.stuck.setdefault(self.incoming[flow].id, marking)
            self._look_for_doubles(marking)
        return True

    def _beside(self) -> set[str]:
        """What follows a boundary event that interrupts nothing: it is meant to run several times at once."""
        found: set[str] = set()
        ahead = [n.id for n in self.body.elements.values() if n.kind == "boundaryEvent" and not n.cancel_activity]
        while ahead:
            element = ahead.pop()
            if element not in found:
                found.add(element)
                ahead += successors(self.body.elements[element])
        return found

    def _look_for_doubles(self, marking: Marking) -> None:
        at: dict[str, int] = {}
        for flow, count in marking:
            target = self.incoming[flow]
            at[target.id] = at.get(target.id, 0) + count
            if (
                at[target.id] > 1
                and target.id not in self.beside
                and target.kind not in ("parallelGateway", "inclusiveGateway", "endEvent")
            ):
                self.doubled.setdefault(target.id, marking)

    def _beginnings(self) -> Iterator[Marking]:
        if self.body.starts:
            alternatives: list[list[Node]] = [[start] for start in self.body.starts]
        else:
            alternatives = [self.body.openings]
            if self.body.node is not None and self.body.node.kind == "adHocSubProcess":
                alternatives = [[node] for node in self.body.openings]
        for nodes in alternatives:
            ways = [list(self.outs(node)) for node in nodes]
            for chosen in product(*ways):
                yield _marking(flow for flows in chosen for flow in flows)

    def _moves(self, marking: Marking) -> Iterator[tuple[Marking, str]]:
        counts = dict(marking)
        for flow_id in counts:
            node = self.incoming[flow_id]
            if node.kind == "parallelGateway" and len(node.incoming) > 1:
                if node.incoming[0].id != flow_id:
                    continue  # looked at once, for its first flow
                taken = [flow.id for flow in node.incoming]
                if not all(flow in counts for flow in taken):
                    continue
            elif node.kind == "inclusiveGateway" and len(node.incoming) > 1:
                taken = [flow.id for flow in node.incoming if flow.id in counts]
                if taken[0] != flow_id or self._more_may_come(node, counts, frozenset(taken)):
                    continue
            else:
                taken = [flow_id]
            self.fired.add(node.id)
            for produced in self.outs(node):
                if produced is ENDS_ALL:
                    yield (), node.id
                    continue
                left = dict(counts)
                for flow in taken:
                    left[flow] -= 1
                for flow in produced:
                    left[flow] = left.get(flow, 0) + 1
                yield tuple(sorted((flow, n) for flow, n in left.items() if n)), node.id

    def _more_may_come(self, node: Node, counts: dict[str, int], taken: frozenset[str]) -> bool:
        """The inclusive join's rule, on tokens that stand on flows."""
        key = (node.id, taken)
        if key not in self.reach:
            empty = reaching(node, [flow for flow in node.incoming if flow.id not in taken])
            full = reaching(node, [flow for flow in node.incoming if flow.id in taken])
            self.reach[key] = empty - full
        return any(self.incoming[flow].id in self.reach[key] for flow in counts if flow not in taken)

    def outs(self, node: Node) -> Iterator[list[str]]:
        """The sets of flows that a token may leave by."""
        kinds = {definition.kind for definition in node.definitions}
        if node.kind == "endEvent" and kinds & {"terminate", "error", "cancel"}:
            yield ENDS_ALL
            return
        target = getattr(node, "link_target", None)
        if target is not None:
            yield from self.outs(self.body.elements[target])
            return
        flows = [flow.id for flow in node.outgoing]
        if node.kind in ("exclusiveGateway", "eventBasedGateway"):
            yield from ([flow] for flow in flows) if flows else iter([[]])
        elif node.kind == "inclusiveGateway" and len(flows) > 1:
            yield from _sets(flows)
        else:
            always = [flow.id for flow in node.outgoing if flow.condition is None and not flow.is_default]
            choice = [flow for flow in flows if flow not in always]
            yield from ([*always, *some] for some in _sets(choice)) if choice else iter([always])
        for event in node.boundary_events:
            if event.handler is None:
                after = [flow.id for flow in event.outgoing]
                if event.cancel_activity:
                    yield after
                elif flows:
                    yield [*flows, *after]

    def _told(self, marking: Marking) -> tuple[str, str]:
        """The way to a marking, by names and by ids."""
        ids = self._path(marking)
        names = [self.body.elements[id].name if id in self.body.elements else id for id in ids]
        return " → ".join(names), " -> ".join(id if id.isascii() else "?" for id in ids)

    def _path(self, marking: Marking) -> list[str]:
        """The elements passed on the way to a marking; a long way is shortened."""
        names: list[str] = []
        at: Marking = marking
        while (before := self.came.get(at)) is not None:
            at, element = before
            names.append(element)
        names.reverse()
        return names if len(names) <= 12 else [*names[:5], "...", *names[-6:]]


ENDS_ALL: list[str] = ["*"]


def _sets(flows: list[str]) -> Iterator[list[str]]:
    """The non-empty sets of some ways; of many ways the single ones, the pairs and all."""
    sizes: Any = range(1, len(flows) + 1) if len(flows) <= MAX_CHOICE else (1, 2, len(flows))
    for size in sizes:
        yield from (list(some) for some in combinations(flows, size))


def _marking(flows: Iterator[str]) -> Marking:
    counts: dict[str, int] = {}
    for flow in flows:
        counts[flow] = counts.get(flow, 0) + 1
    return tuple(sorted(counts.items()))
