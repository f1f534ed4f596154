"""Whether this node may be given work."""

from __future__ import annotations

import logging

from storage import schema
from web.banjie import Banjie

log = logging.getLogger("banjie.health")


def checks(banjie: Banjie, *, background: bool) -> dict[str, bool]:
    """Each condition and whether it holds: `database` is reached and takes what is written, `schema` is this program's,
    `scheduler` is awake."""
    told = {"database": False, "schema": False, "scheduler": not background or banjie.scheduler.awake}
    try:
        told["schema"] = schema.current(banjie.store) == schema.head()
        told["database"] = banjie.store.writes()
    except Exception as error:
        log.warning("not ready: %s", type(error).__name__)
    return told
