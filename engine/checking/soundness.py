"""Soundness of the control flow: joins that can never, or not always, get all their tokens.

The flows of each (sub-)process are explored as a net, the data left out: an exclusive gateway may take any way, an
inclusive one any set of ways; a sub-process is one step. A join that tokens come to and that fires in no reachable
state is an error; one that can be left waiting is a warning, since the data may rule that out. The exploration is
bounded and goes from the shortest ways to the longer ones; what it has met within the bound is told, as a warning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import combinations, product
from typing import Any

from engine.checking.facts import contradictory
from engine.checking.report import Report, successors
from engine.checking.values import written_by
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
        _Net(body, {node.id: _written(report, node) for node in body.elements.values()}).check(report)


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
    """A body as a net. `written`: the variables each element sets, None for one that may set any."""

    def __init__(self, body: Body, written: Mapping[str, Set[str] | None] | None = None) -> None:
        self.body = body
        self.written = written
        self.came: dict[Marking, tuple[Marking, str, list[str]] | None] = {}
        self.fired: set[str] = set()
        self.stuck: dict[str, Marking] = {}
        self.doubled: dict[str, Marking] = {}
        self.piled: dict[str, Marking] = {}
        self.reach: dict[tuple[str, frozenset[str]], set[str]] = {}
        self.beside = self._beside()
        self.incoming = {flow.id: node for node in body.elements.values() for flow in node.incoming}
        self.incoming |= {node.id + BESIDE: node for node in body.elements.values() if node.boundary_events}

    def check(self, report: Report) -> None:
        """Explore, then say what was found."""
        whole = self.explore(self._beginnings())
        for gateway, marking in self.stuck.items():
            node = self.body.elements[gateway]
            path, path_en = self._told(marking)
            if whole and gateway not in self.fired:
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
        for gateway, marking in self.piled.items():
            path, path_en = self._told(marking)
            zh = f"“{self.body.elements[gateway].name}”前面的令牌会越积越多。走法：{path}"
            report.warn(gateway, "soundness.unsynchronised", zh, f"Tokens pile up here. Path: {path_en}")

    def explore(self, beginnings: Iterable[Marking]) -> bool:
        """Visit the markings that can be reached. False: there are more than the bound."""
        ahead: deque[Marking] = deque()
        for marking in beginnings:
            if marking not in self.came:
                self.came[marking] = None
                ahead.append(marking)
        while ahead:
            marking = ahead.popleft()
            moved = False
            for following, element, taken in self._moves(marking):
                moved = True
                full = [flow for flow, count in following if count > LIMIT]
                if full:
                    joins = [self.incoming[flow] for flow in full if self.incoming[flow].kind in JOINS]
                    for node in joins:
                        self._found(self.piled, node, marking)
                    continue
                if following not in self.came:
                    if len(self.came) >= MAX_STATES:
                        return False
                    self.came[following] = (marking, element, taken)
                    ahead.append(following)
            if not moved and marking:
                for flow, _ in marking:
                    self._found(self.stuck, self.incoming[flow], marking)
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
            if at[target.id] > 1 and target.id not in self.beside and target.kind not in (*JOINS, "endEvent"):
                self._found(self.doubled, target, marking)

    def _found(self, where: dict[str, Marking], node: Node, marking: Marking) -> None:
        """Keep the first marking that shows a fault and that the conditions on the way to it do not rule out."""
        if node.id in where:
            return
        way = [(self.body.elements[element], taken) for element, taken in self._way(marking)]
        if self.written is None or not contradictory(way, self.written):
            where[node.id] = marking

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
                yield _marking(flow for flows in chosen if flows is not ENDS_ALL for flow in flows)

    def _moves(self, marking: Marking) -> Iterator[tuple[Marking, str, list[str]]]:
        """The markings that can follow, each with the element that moved and the flows it was left by.

        As in a run, what waits for nothing goes first, then the inclusive joins, then what waits for people and events.
        """
        counts = dict(marking)
        turns: list[list[tuple[str, list[str]]]] = [[], [], []]
        for flow_id in counts:
            node = self.incoming[flow_id]
            taken = self._taken(node, flow_id, counts)
            if taken:
                joins = len(node.incoming) > 1 and node.kind == "inclusiveGateway"
                turns[1 if joins else 0 if node.kind in AT_ONCE else 2].append((flow_id, taken))
        ready = next((turn for turn in turns if turn), [])
        ending = [one for one in ready if self._only_ends(self.incoming[one[0]])]
        for flow_id, taken in ending[:1] or ready:  # where a token ends nothing else depends on when it does
            node = self.incoming[flow_id]
            self.fired.add(node.id)
            for produced in self.outs(node, told=flow_id.endswith(BESIDE)):
                if produced is ENDS_ALL:
                    yield (), node.id, []
                    continue
                left = dict(counts)
                for flow in taken:
                    left[flow] -= 1
                for flow in produced:
                    left[flow] = left.get(flow, 0) + 1
                yield tuple(sorted((flow, n) for flow, n in left.items() if n)), node.id, produced

    def _taken(self, node: Node, flow_id: str, counts: dict[str, int]) -> list[str]:
        """The flows whose tokens a node takes; none when it cannot go on, or was looked at for another of its flows."""
        if len(node.incoming) > 1 and node.kind == "parallelGateway":
            taken = [flow.id for flow in node.incoming]
            return taken if taken[0] == flow_id and all(flow in counts for flow in taken) else []
        if len(node.incoming) > 1 and node.kind == "inclusiveGateway":
            taken = [flow.id for flow in node.incoming if flow.id in counts]
            return taken if taken[0] == flow_id and not self._more_may_come(node, counts, frozenset(taken)) else []
        return [flow_id]

    @staticmethod
    def _only_ends(node: Node) -> bool:
        """Whether a token is simply gone here."""
        return node.kind == "endEvent" and not any(d.kind in ENDING_ALL for d in node.definitions)

    def _more_may_come(self, node: Node, counts: dict[str, int], taken: frozenset[str]) -> bool:
        """The inclusive join's rule, on tokens that stand on flows."""
        key = (node.id, taken)
        if key not in self.reach:
            empty = reaching(node, [flow for flow in node.incoming if flow.id not in taken])
            full = reaching(node, [flow for flow in node.incoming if flow.id in taken])
            self.reach[key] = empty - full
        return any(self.incoming[flow].id in self.reach[key] for flow in counts if flow not in taken)

    def outs(self, node: Node, *, told: bool = False) -> Iterator[list[str]]:
        """The sets of flows that a token may leave by.

        A boundary event that interrupts nothing leaves the token at its activity, at the place `id*` (`told`), where it
        is taken not to happen again: what follows each time is the same.
        """
        kinds = {definition.kind for definition in node.definitions}
        if node.kind == "endEvent" and kinds & ENDING_ALL:
            yield ENDS_ALL
            return
        target = getattr(node, "link_target", None)
        if target is not None:
            yield from self.outs(self.body.elements[target])
            return
        flows = [flow.id for flow in node.outgoing]
        if node.kind in ("exclusiveGateway", "eventBasedGateway"):
            yield from ([flow] for flow in flows) if flows else iter([[]])
        else:
            yield from _chosen(node)
        beside: list[str] = []
        for event in node.boundary_events:
            if event.handler is None:
                after = [flow.id for flow in event.outgoing]
                if event.cancel_activity:
                    yield after
                elif not told:
                    beside += after
        if beside:
            yield from ([node.id + BESIDE, *some] for some in _sets(beside))

    def _told(self, marking: Marking) -> tuple[str, str]:
        """The way to a marking, by names and by ids."""
        ids = self._path(marking)
        names = [self.body.elements[id].name if id in self.body.elements else id for id in ids]
        return " → ".join(names), " -> ".join(id if id.isascii() else "?" for id in ids)

    def _path(self, marking: Marking) -> list[str]:
        """The elements passed on the way to a marking; a long way is shortened."""
        names = [element for element, _ in self._way(marking)]
        return names if len(names) <= 12 else [*names[:5], "...", *names[-6:]]

    def _way(self, marking: Marking) -> list[tuple[str, list[str]]]:
        """The elements passed on the way to a marking, with the flows each was left by."""
        way: list[tuple[str, list[str]]] = []
        at: Marking = marking
        while (before := self.came.get(at)) is not None:
            at, element, taken = before
            way.append((element, taken))
        way.reverse()
        return way


def _written(report: Report, node: Node) -> frozenset[str] | None:
    """The variables that a node and all inside it set; None: any, as a user task without a form does.

    A handler is taken to leave the variables alone that conditions ask for, unless its output parameters name them.
    """
    names: set[str] = set()
    ahead = [node]
    for one in ahead:  # grows while it is read
        if one.kind == "userTask" and one.form_key is None:
            return None
        names |= set(written_by(report, one))
        ahead += one.inside.elements.values() if one.inside is not None else ()
    return frozenset(names)


ENDS_ALL: list[str] = ["*"]
BESIDE = "*"
ENDING_ALL = frozenset({"terminate", "error", "cancel"})
AT_ONCE = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "endEvent", "intermediateThrowEvent", "task",
     "manualTask", "scriptTask"}
)  # fmt: skip
JOINS = ("parallelGateway", "inclusiveGateway")


def _chosen(node: Node) -> Iterator[list[str]]:
    """The sets of flows by which conditions may let a token leave: the default flow only when none of them holds, of an
    inclusive gateway also only when no flow is without one (13.2.1, 13.3.3).
    """
    default = [flow.id for flow in node.outgoing if flow.is_default]
    always = [flow.id for flow in node.outgoing if flow.condition is None and not flow.is_default]
    asked = [flow.id for flow in node.outgoing if flow.condition is not None and not flow.is_default]
    if asked:
        yield from ([*always, *some] for some in _sets(asked))
    otherwise = always or default if node.kind == "inclusiveGateway" else always + default
    if otherwise or not asked:
        yield otherwise


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
