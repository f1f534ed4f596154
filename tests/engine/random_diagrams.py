"""Random sound diagrams for the differential test: block-structured, each block with one way in and one way out."""

from __future__ import annotations

import random

from tests.engine.diagrams import boundary, chain, el, end, event, file, flow, script, service, start, timer, user

SIMPLE = ("user", "user", "script", "service", "catch", "timeout", "noticed", "race", "link", "send", "signed", "round")
NESTED = (
    "seq", "seq", "xor", "and", "or", "loop", "sub", "multi", "call", "undo", "transaction", "watched", "guarded",
    "complex", "ad_hoc", "implicit", "escalated", "failing", "terminated", "several",
)  # fmt: skip


class Maker:
    """Makes one diagram from a seed. Variables: `c` steers gateways, `v0`..`v3` are written, `items` is a list."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parts: list[str] = []
        self.count = 0
        self.called = False  # inside the called process: it calls nothing

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def put(self, *parts: str) -> None:
        self.parts += parts

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def diagram(self) -> bytes:
        """A file with the process `p` and the process `q` that it may call."""
        first, last = self.make_seq(3)
        main = "".join([start("begin"), *self.parts, end("stop"), flow("begin", first), flow(last, "stop")])
        self.parts, self.called = [], True
        first, last = self.block(1)
        called = "".join([start("q_begin"), *self.parts, end("q_stop"), flow("q_begin", first), flow(last, "q_stop")])
        return file(
            f'<bpmn:process id="p" name="P" isExecutable="true">{main}</bpmn:process>',
            f'<bpmn:process id="q" name="Q" isExecutable="true">{called}</bpmn:process>',
        )

    def block(self, depth: int) -> tuple[str, str]:
        kinds = NESTED if depth > 0 and self.maybe(0.7) else SIMPLE
        made: tuple[str, str] = getattr(self, f"make_{self.random.choice(kinds)}")(depth - 1)
        return made

    def inside(self, depth: int, *more: str) -> str:
        """A block as the inside of a sub-process."""
        outer, self.parts = self.parts, list(more)
        first, last = self.block(depth)
        begin, stop = self.id("i"), self.id("e")
        self.put(start(begin), end(stop), flow(begin, first), flow(last, stop))
        inside, self.parts = "".join(self.parts), outer
        return inside

    def beside(self, event_id: str, definition: str, host: str, *, interrupting: bool) -> str:
        """A boundary event with a task behind it; gives the task."""
        task = self.id("x")
        self.put(boundary(event_id, host, definition, interrupting=interrupting), user(task), flow(event_id, task))
        return task

    def merged(self, *ends: str) -> str:
        """An exclusive merge behind all of `ends`."""
        merge = self.id("m")
        self.put(el("exclusiveGateway", merge), *(flow(one, merge) for one in ends))
        return merge

    # -- one step ------------------------------------------------------------------------------------------------

    def make_user(self, depth: int) -> tuple[str, str]:
        id = self.id("u")
        self.put(user(id))
        if self.maybe(0.3):
            late, stop = self.id("b"), self.id("late")
            cycle = timer("timeCycle", "R2/PT1H")
            self.put(boundary(late, id, cycle, interrupting=False), end(stop), chain(late, stop))
        return id, id

    def make_script(self, depth: int) -> tuple[str, str]:
        id = self.id("s")
        self.put(script(id, f"v{self.random.randrange(4)} = get('v{self.random.randrange(4)}', 0) + {self.count}"))
        return id, id

    def make_service(self, depth: int) -> tuple[str, str]:
        """A job; half of them have an error boundary, and their handlers may throw."""
        id = self.id("j")
        self.put(service(id, "h"))
        if self.maybe():
            return id, id
        return id, self.merged(id, self.beside(self.id("failed"), event("error", "e1"), id, interrupting=True))

    def make_catch(self, depth: int) -> tuple[str, str]:
        id = self.id("w")
        waits = [event("message", "m1"), event("signal", "s1"), timer("timeDuration", "PT2H")]
        self.put(el("intermediateCatchEvent", id, self.random.choice(waits)))
        return id, id

    def make_timeout(self, depth: int) -> tuple[str, str]:
        id = self.id("u")
        self.put(user(id))
        wait = self.random.choice([timer("timeDuration", "PT3H"), event("message", "m2")])
        return id, self.merged(id, self.beside(self.id("over"), wait, id, interrupting=True))

    def make_noticed(self, depth: int) -> tuple[str, str]:
        """Events beside a task: as often as they happen."""
        id = self.id("u")
        self.put(user(id))
        condition = event("conditional", inside=f"<bpmn:condition>get('c', 0) &gt; {self.count % 6}</bpmn:condition>")
        waits = [event("signal", "s1"), event("message", "m1"), condition]
        task, stop = self.beside(self.id("n"), self.random.choice(waits), id, interrupting=False), self.id("e")
        self.put(end(stop), flow(task, stop))
        return id, id

    def make_race(self, depth: int) -> tuple[str, str]:
        gate, message, time, receive = self.id("r"), self.id("w"), self.id("w"), self.id("t")
        self.put(el("eventBasedGateway", gate), el("intermediateCatchEvent", message, event("message", "m1")))
        self.put(el("intermediateCatchEvent", time, timer("timeDuration", "PT1H")))
        self.put(el("receiveTask", receive, messageRef="m2"), *(flow(gate, x) for x in (message, time, receive)))
        return gate, self.merged(message, time, receive)

    def make_link(self, depth: int) -> tuple[str, str]:
        throw, catch = self.id("k"), self.id("k")
        self.put(el("intermediateThrowEvent", throw, event("link", name=throw)))
        self.put(el("intermediateCatchEvent", catch, event("link", name=throw)))
        return throw, catch

    def make_send(self, depth: int) -> tuple[str, str]:
        id = self.id("t")
        self.put(el("intermediateThrowEvent", id, event(*self.random.choice([("message", "m2"), ("signal", "s2")]))))
        return id, id

    def make_signed(self, depth: int) -> tuple[str, str]:
        """A task for each of several people, at once or in turn; some are enough."""
        id = self.id("n")
        until = "<bpmn:completionCondition>${nrOfCompletedInstances &gt;= 2}</bpmn:completionCondition>"
        loop = el("multiInstanceLoopCharacteristics", f"{id}_l",
                  f"<bpmn:loopDataOutputRef>got{self.count}</bpmn:loopDataOutputRef>"
                  f'<bpmn:outputDataItem id="o{self.count}" name="c"/>' * self.maybe() + until * self.maybe(),
                  isSequential=str(self.maybe()).lower(), camunda__collection="${items}",
                  camunda__elementVariable="item")  # fmt: skip
        self.put(user(id, loop))
        return id, id

    def make_round(self, depth: int) -> tuple[str, str]:
        id = self.id("u")
        condition = "<bpmn:loopCondition>get('c', 0) % 2 == 0</bpmn:loopCondition>"
        before = str(self.maybe()).lower()
        self.put(user(id, f'<bpmn:standardLoopCharacteristics loopMaximum="3" testBefore="{before}">{condition}'
                          "</bpmn:standardLoopCharacteristics>"))  # fmt: skip
        return id, id

    # -- blocks of blocks ----------------------------------------------------------------------------------------

    def make_seq(self, depth: int) -> tuple[str, str]:
        first, second = self.block(depth), self.block(depth)
        self.put(flow(first[1], second[0]))
        return first[0], second[1]

    def gateway(self, kind: str, depth: int) -> tuple[str, str]:
        split, join = self.id("g"), self.id("j")
        ways = [self.block(depth) for _ in range(self.random.randint(2, 3))]
        default = f"{split}-{ways[0][0]}"
        self.put(el(kind, split, **({} if kind == "parallelGateway" else {"default": default})), el(kind, join))
        for number, (first, last) in enumerate(ways):
            condition = f"get('c', 0) % {number + 2} == 0" if number and kind != "parallelGateway" else None
            self.put(flow(split, first, condition), flow(last, join))
        return split, join

    def make_xor(self, depth: int) -> tuple[str, str]:
        return self.gateway("exclusiveGateway", depth)

    def make_and(self, depth: int) -> tuple[str, str]:
        return self.gateway("parallelGateway", depth)

    def make_or(self, depth: int) -> tuple[str, str]:
        return self.gateway("inclusiveGateway", depth)

    def make_implicit(self, depth: int) -> tuple[str, str]:
        """Conditional and default flows that leave a task."""
        split, join = self.id("u"), self.id("j")
        ways = [self.block(depth) for _ in range(2)]
        self.put(user(split, default=f"{split}-{ways[0][0]}"), el("inclusiveGateway", join))
        self.put(flow(split, ways[0][0]), flow(split, ways[1][0], "get('c', 0) % 2 == 0"))
        self.put(*(flow(last, join) for _, last in ways))
        return split, join

    def make_several(self, depth: int) -> tuple[str, str]:
        """Several flows out of a task, joined again."""
        split, join = self.id("u"), self.id("j")
        ways = [self.block(depth) for _ in range(2)]
        self.put(user(split), el("parallelGateway", join))
        for first, last in ways:
            self.put(flow(split, first), flow(last, join))
        return split, join

    def make_complex(self, depth: int) -> tuple[str, str]:
        """Two of three are enough; the third is swallowed."""
        split, join = self.id("g"), self.id("j")
        condition = "<bpmn:activationCondition>${activationCount &gt;= 2}</bpmn:activationCondition>"
        self.put(el("parallelGateway", split), el("complexGateway", join, condition))
        for _ in range(3):
            task = self.id("u")
            self.put(user(task), chain(split, task, join))
        return split, join

    def make_loop(self, depth: int) -> tuple[str, str]:
        merge, decide, after = self.id("m"), self.id("d"), self.id("a")
        body, wait = self.block(depth), self.make_user(0)
        self.put(el("exclusiveGateway", merge), el("exclusiveGateway", decide, default=f"{decide}-{after}"))
        self.put(el("task", after), flow(merge, body[0]), flow(body[1], wait[0]), flow(wait[1], decide))
        self.put(flow(decide, merge, "get('c', 0) % 3 == 1"), flow(decide, after))
        return merge, after

    def make_sub(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        self.put(el("subProcess", id, self.inside(depth)))
        if self.maybe(0.3):
            wait = timer("timeDuration", "PT5H")
            return id, self.merged(id, self.beside(self.id("over"), wait, id, interrupting=True))
        return id, id

    def make_multi(self, depth: int) -> tuple[str, str]:
        id = self.id("n")
        loop = el("multiInstanceLoopCharacteristics", f"{id}_l", "<bpmn:loopCardinality>2</bpmn:loopCardinality>",
                  isSequential=str(self.maybe()).lower())  # fmt: skip
        self.put(el("subProcess", id, loop, self.inside(depth)))
        return id, id

    def make_call(self, depth: int) -> tuple[str, str]:
        if self.called:
            return self.make_sub(depth)
        id = self.id("c")
        all_, some = '<camunda:in variables="all"/>', '<camunda:in source="c" target="c"/>'
        back = f'<camunda:out source="c" target="v{self.random.randrange(4)}"/>'
        items = '<camunda:in source="items" target="items"/>'
        mapped = f"<bpmn:extensionElements>{self.random.choice([all_, some + items])}{back}</bpmn:extensionElements>"
        self.put(el("callActivity", id, mapped, calledElement="q"))
        return id, id

    def undoable(self) -> str:
        id, handler = self.id("u"), self.id("undo")
        self.put(user(id), boundary(f"c_{id}", id, event("compensate")))
        undo = user(handler) if self.maybe() else script(handler, f"v0 = {self.count}")
        self.put(undo.replace("Task id=", 'Task isForCompensation="true" id=', 1))
        self.put(f'<bpmn:association id="as_{id}" sourceRef="c_{id}" targetRef="{handler}"/>')
        return id

    def make_undo(self, depth: int) -> tuple[str, str]:
        """Two tasks, and what undoes them: one by name, or all of the scope."""
        first, second, throw = self.undoable(), self.undoable(), self.id("t")
        named = {"activityRef": first} if self.maybe() else {}
        self.put(el("intermediateThrowEvent", throw, event("compensate", **named)), chain(first, second, throw))
        return first, throw

    def make_transaction(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        outer, self.parts = self.parts, []
        task, decide = self.undoable(), self.id("d")
        begin, stop, rolled = self.id("i"), self.id("e"), self.id("e")
        self.put(start(begin), el("exclusiveGateway", decide, default=f"{decide}-{stop}"), end(stop))
        self.put(end(rolled, event("cancel")), chain(begin, task, decide, stop))
        self.put(flow(decide, rolled, "get('c', 0) % 2 == 0"))
        inside, self.parts = "".join(self.parts), outer
        self.put(el("transaction", id, inside))
        return id, self.merged(id, self.beside(self.id("rolled"), event("cancel"), id, interrupting=True))

    def make_watched(self, depth: int) -> tuple[str, str]:
        """A sub-process with an event sub-process: interrupting or beside it."""
        id, watch, begin, task, stop = (self.id(kind) for kind in ("p", "v", "i", "x", "e"))
        waits = [event("message", "m2"), timer("timeDuration", "PT4H"), event("signal", "s1")]
        first = el("startEvent", begin, self.random.choice(waits), isInterrupting=str(self.maybe()).lower())
        inside = el("subProcess", watch, first, user(task), end(stop), chain(begin, task, stop),
                    triggeredByEvent="true")  # fmt: skip
        self.put(el("subProcess", id, self.inside(depth, inside)))
        return id, id

    def make_guarded(self, depth: int) -> tuple[str, str]:
        """A sub-process that a message interrupts from outside."""
        id = self.id("p")
        self.put(el("subProcess", id, self.inside(depth)))
        wait = event("message", "m1")
        return id, self.merged(id, self.beside(self.id("over"), wait, id, interrupting=True))

    def ended(self, *ending: str, depth: int) -> str:
        """The inside of a sub-process where one of two parallel ways ends with an event of its own."""
        outer, self.parts = self.parts, []
        begin, split, stop, other, task = (self.id(kind) for kind in ("i", "g", "e", "e", "u"))
        first, last = self.block(depth)
        self.put(start(begin), el("parallelGateway", split), end(stop), end(other, *ending), user(task))
        self.put(chain(begin, split, first), chain(last, stop), chain(split, task, other))
        inside, self.parts = "".join(self.parts), outer
        return inside

    def make_escalated(self, depth: int) -> tuple[str, str]:
        id, stop = self.id("p"), self.id("e")
        self.put(el("subProcess", id, self.ended(event("escalation", "x1"), depth=depth)), end(stop))
        self.put(flow(self.beside(self.id("esc"), event("escalation", "x1"), id, interrupting=False), stop))
        return id, id

    def make_failing(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        self.put(el("subProcess", id, self.ended(event("error", "e1"), depth=depth)))
        return id, self.merged(id, self.beside(self.id("err"), event("error", "e1"), id, interrupting=True))

    def make_terminated(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        self.put(el("subProcess", id, self.ended(event("terminate"), depth=depth)))
        return id, id

    def make_ad_hoc(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        condition = "<bpmn:completionCondition>${get('c', 0) &gt; 3}</bpmn:completionCondition>" * self.maybe()
        tasks = "".join(user(self.id("u")) for _ in range(3))
        told = {"ordering": "Sequential"} if self.maybe() else {}
        told |= {"cancelRemainingInstances": "false"} if self.maybe(0.3) else {}
        self.put(el("adHocSubProcess", id, condition, tasks, **told))
        return id, id
