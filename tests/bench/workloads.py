"""The diagrams that are measured: sequences, a rework loop, parallel work, and BenchFlow's five patterns.

BenchFlow: Skouradaki, Ferme, Pautasso, Leymann, van Hoorn, "Micro-Benchmarking BPMN 2.0 Workflow Management Systems
with Workflow Patterns", CAiSE 2016. Its patterns have script tasks and no people, so each instance is one act.
"""

from __future__ import annotations

from tests.engine.diagrams import boundary, chain, el, end, event, flow, process, script, start, timer, user

LIMIT = timer("timeDuration", "P30D")


def sequence(tasks: int) -> bytes:
    """`tasks` user tasks in a row; a boundary timer on every fourth, an exclusive gateway after every fifth."""
    parts, previous = [start(), end()], "start"
    for number in range(1, tasks + 1):
        task = f"T{number}"
        parts += [user(task, name=f"办理{number}"), flow(previous, task)]
        previous = task
        if number % 4 == 0:
            parts += [_late(task)]
        if number % 5 == 0:
            gate = f"G{number}"
            following = "end" if number == tasks else f"{gate}_on"
            parts += [el("exclusiveGateway", gate, default=f"{gate}-{following}"), end(f"{gate}_stop")]
            parts += [flow(task, gate), flow(gate, f"{gate}_stop", '${outcome == "stop"}'), flow(gate, following)]
            if number == tasks:
                break
            parts.append(el("task", following))
            previous = following
    if tasks % 5:
        parts.append(flow(previous, "end"))
    return process(*parts, id=f"sequence{tasks}")


def _late(task: str) -> str:
    return boundary(f"{task}_due", task, LIMIT, interrupting=False) + end(f"{task}_late") + flow(
        f"{task}_due", f"{task}_late"
    )  # fmt: skip


def loop() -> bytes:
    """A task with a boundary timer that is returned again and again."""
    return process(
        start(), user("Work", name="办理"), _late("Work"), el("exclusiveGateway", "Again", default="Again-end"), end(),
        chain("start", "Work", "Again"), flow("Again", "Work", '${outcome == "again"}'), flow("Again", "end"),
        id="loop",
    )  # fmt: skip


def offered() -> bytes:
    """The same between two tasks, each with a boundary timer and two groups of candidates: the most a step writes."""
    tasks = [user(name, name=name, camunda__candidateGroups="clerk, head") + _late(name) for name in ("One", "Two")]
    return process(start(), *tasks, chain("start", "One", "Two", "One"), id="offered")


def parallel(branches: int = 5) -> bytes:
    """A loop around a fork into `branches` tasks and their join."""
    tasks = [f"B{number}" for number in range(branches)]
    return process(
        start(), el("exclusiveGateway", "Begin"), el("parallelGateway", "Fork"), el("parallelGateway", "Join"),
        el("exclusiveGateway", "Again", default="Again-end"), end(), *(user(task) for task in tasks),
        *(chain("Fork", task, "Join") for task in tasks), chain("start", "Begin", "Fork"), chain("Join", "Again"),
        flow("Again", "Begin", '${outcome == "again"}'), flow("Again", "end"), id="parallel",
    )  # fmt: skip


def repeated(*, sequential: bool) -> bytes:
    """A task for each of the `items`, in turn or all at the same time."""
    inside = el(
        "multiInstanceLoopCharacteristics", "Each", isSequential=str(sequential).lower(), camunda__collection="${items}"
    )
    kind = "inTurn" if sequential else "atOnce"
    return process(start(), user("Work", inside), end(), chain("start", "Work", "end"), id=kind)


def benchflow() -> dict[str, bytes]:
    """BenchFlow's patterns by their names there."""
    return {
        "SEQ": process(start(), script("A", "a = 1"), script("B", "b = 1"), end(), chain("start", "A", "B", "end"),
                       id="SEQ"),
        "EXC": process(
            start(), script("Pick", "choice = 1"), el("exclusiveGateway", "X", default="X-B"), script("A", "a = 1"),
            script("B", "b = 1"), el("exclusiveGateway", "M"), end(), chain("start", "Pick", "X"),
            flow("X", "A", "${choice == 1}"), flow("X", "B"), chain("A", "M"), chain("B", "M"), chain("M", "end"),
            id="EXC",
        ),
        "EXT": process(
            start(), el("parallelGateway", "F"), script("A", "a = 1"), user("Wait"), script("B", "b = 1"),
            end("stop", event("terminate")), end(), chain("start", "F", "Wait", "B", "end"), chain("F", "A", "stop"),
            id="EXT",
        ),
        "PAR": process(
            start(), el("parallelGateway", "F"), script("A", "a = 1"), script("B", "b = 1"),
            el("parallelGateway", "J"), end(), chain("start", "F", "A", "J", "end"), chain("F", "B", "J"), id="PAR",
        ),
        "CYC": process(
            start(), script("Zero", "i = 0"), el("exclusiveGateway", "M1"), script("A", "i = i + 1"),
            el("exclusiveGateway", "M2"), script("B", "i = i + 1"), el("exclusiveGateway", "X", default="X-end"), end(),
            chain("start", "Zero", "M1", "A", "M2", "B", "X"), flow("X", "M1", "${i < 4}"),
            flow("X", "M2", "${i == 4}"), flow("X", "end"), id="CYC",
        ),
    }  # fmt: skip
