"""Which rows of which tables are of a case: for its package, and for its destruction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, or_, select

from storage.tables import engine, metadata, office
from storage.tables.keeping import disposal, legal_hold

# What stays when a case is destroyed, and is no part of it: who read it, and that it was to be destroyed.
_ABOUT = frozenset({office.access_log, disposal, legal_hold})


def rows_of(org_id: str, case_id: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Every table that can have something of the case, with the condition for its rows; those that others depend on
    come first."""
    case, instance, deadline, task = office.case_file, engine.instance, office.deadline, engine.task
    instances = select(instance.c.id).where(instance.c.org_id == org_id, instance.c.business_key == case_id)
    deadlines = select(deadline.c.id).where(deadline.c.org_id == org_id, deadline.c.case_id == case_id)
    tasks = select(task.c.id).where(task.c.org_id == org_id, task.c.business_key == case_id)
    person = select(case.c.petitioner_id).where(case.c.org_id == org_id, case.c.id == case_id)
    for table in metadata.sorted_tables:
        columns = table.c
        mine: ColumnElement[bool]
        if table in _ABOUT:
            continue
        if table is case:
            mine = columns.id == case_id
        elif table is office.party:
            mine = columns.id.in_(person)
        elif table is office.deadline_log:
            mine = columns.deadline_id.in_(deadlines)
        elif table is engine.task_group:
            mine = columns.task_id.in_(tasks)
        elif table is instance:
            mine = columns.business_key == case_id
        elif table is office.case_link:
            mine = or_(columns.case_id == case_id, columns.other_id == case_id)
        elif "case_id" in columns:
            mine = columns.case_id == case_id
        elif "instance_id" in columns and table is not engine.data_store:
            mine = columns.instance_id.in_(instances)
        else:
            continue
        yield table, (columns.org_id == org_id) & mine
