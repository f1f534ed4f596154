"""What is wrong with the picture of a diagram: a careful reader's eye as geometry, in the units of the drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from engine.xml import parse_xml

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
_LETTER, _TASK_LETTER = 11, 12  # how wide the viewer writes a Chinese character beside a shape, and inside a task
_SIGN, _STROKE, _ARROW = 14, 14, 14  # the "+" of a call; the bar across a default flow; an arrow with some line


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    x1: float
    y1: float
    x2: float
    y2: float

    def grown(self, by: float) -> Box:
        return Box(self.x1 - by, self.y1 - by, self.x2 + by, self.y2 + by)

    def meets(self, other: Box) -> bool:
        return self.x1 < other.x2 and other.x1 < self.x2 and self.y1 < other.y2 and other.y1 < self.y2

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn element: its kind, what holds it (`inside`), whose border it sits on (`host`), where its name is."""

    id: str
    kind: str
    name: str
    box: Box
    label: Box | None
    inside: tuple[str, ...]
    host: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """A drawn sequence flow."""

    id: str
    name: str
    source: str
    target: str
    line: tuple[tuple[float, float], ...]
    label: Box | None
    inside: tuple[str, ...]
    default: bool

    @property
    def pieces(self) -> list[Box]:
        """Its straight pieces, as rectangles without breadth."""
        return [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(self.line)]


def faults(path: Path) -> list[str]:
    """What a reader of the picture would stumble over; nothing when it is drawn well."""
    shapes, flows = _read(path)
    return sorted({*_names(shapes, flows), *_places(shapes), *_lines(shapes, flows), *_labels(shapes, flows)})


def _read(path: Path) -> tuple[dict[str, Shape], dict[str, Flow]]:
    root = parse_xml(path.read_bytes(), path.name)
    drawn = {one.get("bpmnElement"): one for one in root.iter(f"{_DI}BPMNShape", f"{_DI}BPMNEdge")}
    defaults = {node.get("default") for node in root.iter() if node.get("default")}
    shapes, flows = {}, {}
    for node in root.iter():
        picture = drawn.get(node.get("id")) if isinstance(node.tag, str) else None
        if picture is None:
            continue
        key, name, kind = str(node.get("id")), node.get("name") or "", node.tag.removeprefix(_BPMN)
        inside = tuple(str(up.get("id")) for up in node.iterancestors(f"{_BPMN}subProcess"))
        label = picture.find(f"{_DI}BPMNLabel/{_DC}Bounds")
        where = None if label is None else _box(label)
        if kind == "sequenceFlow":
            line = tuple((float(at.get("x", "")), float(at.get("y", ""))) for at in picture.iter(_WAYPOINT))
            ends = str(node.get("sourceRef")), str(node.get("targetRef"))
            flows[key] = Flow(key, name, *ends, line, where, inside, key in defaults)
        else:
            bounds = picture.find(f"{_DC}Bounds")
            shapes[key] = Shape(key, kind, name, _box(bounds), where, inside, node.get("attachedToRef"))
    return shapes, flows


def _box(bounds: Any) -> Box:
    x, y, width, height = (float(bounds.get(key)) for key in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def _all(shapes: dict[str, Shape], flows: dict[str, Flow]) -> list[Shape | Flow]:
    return [*shapes.values(), *flows.values()]


def _names(shapes: dict[str, Shape], flows: dict[str, Flow]) -> Iterator[str]:
    """Chinese, and short enough for the place they have."""
    for one in _all(shapes, flows):
        if re.search(r"[A-Za-z]", one.name):
            yield f"{one.id}: {one.name!r} is not Chinese"
        if one.name and one.label is None and (isinstance(one, Flow) or one.kind.endswith(("Event", "Gateway"))):
            yield f"{one.id}: no place is given to its name"
        if one.label and one.label.x2 - one.label.x1 < min(len(one.name), 8) * _LETTER:
            yield f"{one.id}: {one.name!r} is longer than its label"
    for one in shapes.values():
        width = one.box.x2 - one.box.x1 - 10
        if one.kind.endswith(("ask", "callActivity")) and len(one.name) > 2 * (width // _TASK_LETTER):
            yield f"{one.id}: {one.name!r} is longer than two lines"


def _places(shapes: dict[str, Shape]) -> Iterator[str]:
    """Shapes beside each other; events on a border within the border, and beside the sign that the host bears."""
    for a, b in combinations(shapes.values(), 2):
        held = a.id in b.inside or b.id in a.inside
        attached = b.host == a.id or a.host == b.id
        if held:
            outer, inner = (a, b) if a.id in b.inside else (b, a)
            if inner.host is None and not _holds(outer.box, inner.box.grown(5)):
                yield f"{inner.id} sticks out of {outer.id}"
        elif not attached and a.box.meets(b.box):
            yield f"{a.id} lies on {b.id}"
    for one in shapes.values():
        host = shapes.get(one.host or "")
        if host is None:
            continue
        x, y = one.box.centre
        on_side = y in (host.box.y1, host.box.y2) and host.box.x1 + 5 <= one.box.x1 and one.box.x2 <= host.box.x2 - 5
        on_edge = x in (host.box.x1, host.box.x2) and host.box.y1 + 5 <= one.box.y1 and one.box.y2 <= host.box.y2 - 5
        if not (on_side or on_edge):
            yield f"{one.id} does not sit on the border of {host.id}"
        middle = host.box.centre[0]
        sign = Box(middle - _SIGN / 2, host.box.y2 - 20, middle + _SIGN / 2, host.box.y2)
        if host.kind == "callActivity" and sign.meets(one.box):
            yield f"{one.id} covers the sign of {host.id}"


def _holds(outer: Box, inner: Box) -> bool:
    return outer.x1 <= inner.x1 and outer.y1 <= inner.y1 and inner.x2 <= outer.x2 and inner.y2 <= outer.y2


def _lines(shapes: dict[str, Shape], flows: dict[str, Flow]) -> Iterator[str]:
    """Flows: straight, from border to border, around what they are not tied to, not across each other, rightwards."""
    onward: dict[str, set[str]] = {}
    for flow in flows.values():
        onward.setdefault(flow.source, set()).add(flow.target)
    for one in shapes.values():
        if one.host:
            onward.setdefault(one.host, set()).add(one.id)
    for flow in flows.values():
        source, target = shapes[flow.source], shapes[flow.target]
        if any(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(flow.line)):
            yield f"{flow.id} runs aslant"
        for end, shape in ((flow.line[0], source), (flow.line[-1], target)):
            if not _on_border(end, shape.box):
                yield f"{flow.id} does not touch the border of {shape.id}"
        if _within(flow.line[1], source.box) or _within(flow.line[-2], target.box):
            yield f"{flow.id} runs along a border"
        last = flow.pieces[-1]
        if max(last.x2 - last.x1, last.y2 - last.y1) < _ARROW:
            yield f"{flow.id} has no room for its arrow"
        if target.box.centre[0] < source.box.x1 and flow.source not in _reached(flow.target, onward):
            yield f"{flow.id} runs to the left without going back"
        for shape in shapes.values():
            tied = shape.id in (flow.source, flow.target)
            if shape.id in flow.inside:
                continue
            if any(piece.meets(shape.box.grown(-1 if tied else 3)) for piece in flow.pieces):
                yield f"{flow.id} runs through {shape.id}"
    for a, b in combinations(flows.values(), 2):
        together = a.source == b.source or a.target == b.target  # such flows may part from one line, or come into one
        if any(_cross(p, q) if together else p.grown(1).meets(q.grown(1)) for p in a.pieces for q in b.pieces):
            yield f"{a.id} meets {b.id}"


def _cross(a: Box, b: Box) -> bool:
    """Whether one piece goes through the other, and not only up to it."""
    return (a.x1 < b.x1 == b.x2 < a.x2 and b.y1 < a.y1 == a.y2 < b.y2) or (
        b.x1 < a.x1 == a.x2 < b.x2 and a.y1 < b.y1 == b.y2 < a.y2
    )


def _on_border(point: tuple[float, float], box: Box) -> bool:
    return _within(point, box) and (point[0] in (box.x1, box.x2) or point[1] in (box.y1, box.y2))


def _within(point: tuple[float, float], box: Box) -> bool:
    return box.x1 <= point[0] <= box.x2 and box.y1 <= point[1] <= box.y2


def _reached(start: str, onward: dict[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = onward.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _labels(shapes: dict[str, Shape], flows: dict[str, Flow]) -> Iterator[str]:
    """Names that stand free: on no shape, no line, no other name, nor on the stroke of a default flow."""
    named = [(one.id, _written(one.name, one.label)) for one in _all(shapes, flows) if one.label and one.name]
    for (a, at), (b, there) in combinations(named, 2):
        if at.meets(there):
            yield f"the names of {a} and {b} lie on each other"
    for key, at in named:
        for shape in shapes.values():
            if _touches(at.grown(3), shape):
                yield f"the name of {key} lies on {shape.id}"
        for flow in flows.values():
            if any(at.meets(piece) for piece in flow.pieces) or (flow.default and at.meets(_stroke(flow))):
                yield f"the name of {key} lies on {flow.id}"


def _written(name: str, label: Box) -> Box:
    """Where the viewer writes: centred in the label, at the top, in lines of at most 100 units."""
    letters = min(len(name), 100 // _LETTER)
    width, rows = letters * _LETTER, -(-len(name) // letters)
    middle = label.centre[0]
    return Box(middle - width / 2, label.y1, middle + width / 2, label.y1 + 13 * rows)


def _touches(at: Box, shape: Shape) -> bool:
    """Whether writing stands on a shape; a subprocess is written on freely but for its border and its title."""
    box = shape.box
    x, y = box.centre
    across = max(at.x1 - x, x - at.x2, 0)
    down = max(at.y1 - y, y - at.y2, 0)
    if shape.kind.endswith("Gateway"):
        return across + down < (box.x2 - box.x1) / 2
    if shape.kind.endswith("Event"):
        return across**2 + down**2 < (box.x2 - box.x1) ** 2 / 4
    if shape.kind != "subProcess":
        return at.meets(box)
    half = len(shape.name) * _TASK_LETTER / 2
    title = Box(x - half, box.y1, x + half, box.y1 + 25)
    return at.meets(title) or (at.meets(box) and not _holds(box, at))


def _stroke(flow: Flow) -> Box:
    """The little bar across the beginning of a default flow."""
    (x, y), (to_x, to_y) = flow.line[:2]
    if y == to_y:
        end = x + (_STROKE if to_x > x else -_STROKE)
        return Box(min(x, end), y - _STROKE / 2, max(x, end), y + _STROKE / 2)
    end = y + (_STROKE if to_y > y else -_STROKE)
    return Box(x - _STROKE / 2, min(y, end), x + _STROKE / 2, max(y, end))
