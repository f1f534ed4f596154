"""Handlers for the tests of `engine.isolation`: they answer, refuse, hang and crash in a process of their own."""

from __future__ import annotations

import os
import time
from typing import Any

from engine.registry import BpmnError, HandlerContext, registry
from storage.errors import Refusal


def load_all() -> None:
    """Register them. Only the process of the handlers calls this."""
    registry.handler("far.answer", outside=True)(answer)
    registry.handler("far.fail", outside=True)(fail)
    registry.handler("far.hang", outside=True)(hang)
    registry.handler("far.crash", outside=True)(crash)
    registry.handler("far.undone", outside=True, delivery="compensable", undo=undo)(answer)


def answer(context: HandlerContext) -> dict[str, Any]:
    context.send("told", context.business_key, {"by": context.key})
    print("a handler that prints disturbs nobody")
    return {"pid": os.getpid(), "at": context.now, "inputs": dict(context.inputs)}


def undo(context: HandlerContext) -> dict[str, Any]:
    return {"undone": context.key}


def fail(context: HandlerContext) -> None:
    match context.inputs["how"]:
        case "bpmn":
            raise BpmnError("E1", "材料不全")
        case "refused":
            raise Refusal("far.refused", "不行。", field="to")
    raise ConnectionError("no route")


def hang(context: HandlerContext) -> None:
    while True:
        time.sleep(60)


def crash(context: HandlerContext) -> None:
    os._exit(7)
