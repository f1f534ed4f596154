"""Who may see which case (R65): the accused never; confidential matters only those who take part; the rest by duty.

A list shows the cases of `visible_cases`, with the petitioner and the matter masked where `masked` says so. A case's
page is opened through `require_may_see`, which logs the read of a confidential case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    Text,
    and_,
    exists,
    false,
    insert,
    not_,
    or_,
    select,
    true,
    type_coerce,
    union,
)

from office.accused import accused_of, barred, heads_of_units
from office.people import UNIT_HEAD, get_user, groups_from, roles_of
from office.stand_ins import principals_of
from office.unit_tree import unit_tree
from storage.database import UnitOfWork
from storage.errors import Forbidden, NotFound
from storage.tables.asking import asked_person, asking
from storage.tables.engine import task, task_group
from storage.tables.office import access_log, case_accused, case_file, case_participant
from storage.types import new_id

ADMIN = "admin"
LEADERS = frozenset(
    (
        "centre_director",
        "town_principal",
        "bureau_director",
        "deputy_director_in_charge",
        "secretary_general",
        "deputy_secretary_general",
        "main_leader",
        "leader_in_charge",
        "party_group_secretary",
        "party_secretary",
        "mayor",
        "court_president",
        "village_branch_secretary",
        "factory_leader",
    )
)
# Duties that reach over all matters of the organisation.
WHOLE_OFFICE = LEADERS | {
    "petition_clerk",
    "petition_office",
    "petition_office_head",
    "petition_section",
    "office_director",
    "case_filing_division",
    "examiner",
    "archivist",
    "supervisor",
    "distributor",
}
# Regulations about the staff themselves: seen by who takes part, by leaders, and by who keeps the office's files; they
# are no petitions, and are not counted as such.
PERSONNEL = frozenset({"attendance_leave"})
PERSONNEL_READERS = LEADERS | {"archivist", "office_director"}
# Those who write documents for any case that they may read.
WRITERS = frozenset(
    ("petition_clerk", "petition_office", "petition_office_head", "petition_section", "office_director", "archivist")
)
# Those who decide which petitions are handled and answered as one.
JOINERS = frozenset(("petition_clerk", "petition_office", "petition_office_head", "petition_section"))
# Those who watch over the matters of others: urge, supervise (R57, R58).
OVERSEERS = frozenset({"petition_clerk", "petition_office", "petition_office_head", "supervisor", "petition_section"})
STAND_IN = "standIn"  # property of a user task: `no` if whoever has it does it in person (销假, 交接)
_IN_PERSON = f'"{STAND_IN}":"no"'  # in the text of a task's properties
MASK = "＊＊＊"
MASKED_TITLE = "（保密事项）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A user as far as access goes."""

    org_id: str
    user_id: str
    unit_id: str | None
    groups: frozenset[str]  # as people.groups_of
    unit_ids: frozenset[str]  # units whose cases the user handles: own, below, headed, and of roles for one unit
    barred_units: frozenset[str]  # a case that accuses one of these is not for the user
    barred_users: frozenset[str]  # nor one that accuses one of these
    stands_for: tuple[Viewer, ...] = ()  # who is away and has this user as B (R05): their tasks are the user's to do

    @property
    def roles(self) -> frozenset[str]:
        """Roles in the whole organisation or for some unit, without the unit."""
        return frozenset(group.partition("@")[0] for group in self.groups if ":" not in group.partition("@")[0])

    @property
    def is_admin(self) -> bool:
        """True for administrators of the system; this alone shows no case."""
        return ADMIN in self.groups

    @property
    def is_leader(self) -> bool:
        """True for those who see the leader's board."""
        return bool(LEADERS & self.roles) or "petition_office_head" in self.groups


def viewer_of(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime | None = None) -> Viewer:
    """What the user may see; with `now` also as stand-in for those who are away then. Errors: `user.unknown`."""
    principals = principals_of(uow, org_id, user_id, now=now) if now is not None else []
    person, roles, tree = get_user(uow, org_id, user_id), roles_of(uow, org_id, user_id), unit_tree(uow, org_id)
    groups = groups_from(person, roles, tree)
    scoped = {unit_id for _, unit_id in roles if unit_id is not None}
    headed = {group.partition("@")[2] for group in groups if group.startswith(f"{UNIT_HEAD}@")}
    own = {person.unit_id} if person.unit_id else set()
    belongs = own | headed | scoped
    barred_units = {above for unit_id in belongs for above in tree.above(unit_id)}
    barred_users = {user_id} | heads_of_units(uow, org_id, barred_units)
    return Viewer(
        org_id=org_id,
        user_id=user_id,
        unit_id=person.unit_id,
        groups=groups,
        unit_ids=tree.below(belongs),
        barred_units=frozenset(barred_units),
        barred_users=frozenset(barred_users),
        stands_for=tuple(viewer_of(uow, org_id, principal) for principal in principals),
    )


# ------------------------------------------------------------------ conditions over case_file


def not_accused(viewer: Viewer, case_id: ColumnElement[Any] = case_file.c.id) -> ColumnElement[bool]:
    """True where neither the viewer nor a unit of the viewer is accused in the case."""
    found = accusing(viewer)
    return not_(found.where(found.selected_columns.case_id == case_id).exists())


def accusing(viewer: Viewer) -> Select[tuple[str]]:
    """The ids of the cases in which the viewer or a unit of the viewer is accused."""
    accused = case_accused.alias()  # aliases here and below: the query around may use the same tables
    return select(accused.c.case_id).where(
        accused.c.org_id == viewer.org_id,
        or_(
            and_(accused.c.kind == "unit", accused.c.value.in_(viewer.barred_units)),
            and_(accused.c.kind == "user", accused.c.value.in_(viewer.barred_users)),
        ),
    )


def involving(viewer: Viewer) -> CompoundSelect[Any]:
    """The ids of the cases that `takes_part` or an offer may make visible; ask `visible_cases` too."""
    hands = (viewer, *viewer.stands_for)
    users = {one.user_id for one in hands}
    groups = {group_name for one in hands for group_name in one.groups}
    held, offer, group = task.alias(), task.alias(), task_group.alias()
    return union(
        select(case_participant.c.case_id).where(
            case_participant.c.org_id == viewer.org_id, case_participant.c.user_id == viewer.user_id
        ),
        select(held.c.business_key).where(
            held.c.org_id == viewer.org_id, held.c.state == "open", held.c.assignee.in_(users)
        ),
        select(offer.c.business_key)
        .join(group, and_(group.c.org_id == offer.c.org_id, group.c.task_id == offer.c.id))
        .where(group.c.org_id == viewer.org_id, group.c.group_name.in_(groups), _to_be_had(offer)),
        select(asked_person.c.case_id).where(
            asked_person.c.org_id == viewer.org_id, asked_person.c.user_id.in_(users), asked_person.c.state == "open"
        ),
    )


def takes_part(viewer: Viewer, case_id: ColumnElement[Any] = case_file.c.id) -> ColumnElement[bool]:
    """True where the viewer is a participant of the case, or has an open task of it or is asked about one, be it as
    stand-in."""
    participant, held, asked = case_participant.alias(), task.alias(), asked_person.alias()
    round_, about = asking.alias(), task.alias()  # a round ends with its task, also where that was taken back
    asked_instead = (
        exists().where(
            asked.c.org_id == viewer.org_id,
            asked.c.case_id == case_id,
            asked.c.user_id == away.user_id,
            asked.c.state == "open",
            round_.c.org_id == viewer.org_id,
            round_.c.id == asked.c.asking_id,
            round_.c.ended_at.is_(None),
            about.c.org_id == viewer.org_id,
            about.c.id == round_.c.task_id,
            about.c.state == "open",
            not_accused(away, case_id),
        )
        for away in viewer.stands_for
    )
    return or_(
        exists().where(
            participant.c.org_id == viewer.org_id,
            participant.c.case_id == case_id,
            participant.c.user_id == viewer.user_id,
        ),
        exists().where(
            held.c.org_id == viewer.org_id,
            held.c.business_key == case_id,
            held.c.state == "open",
            has_task(viewer, held),
        ),
        *asked_instead,
    )


def has_task(viewer: Viewer, held: Any = task) -> ColumnElement[bool]:
    """True where the task is the viewer's to do: taken by the viewer, or by one for whom the viewer stands in.

    What accuses the one who is away is not passed on to the stand-in, nor what the person has to do in person.
    """
    in_person = type_coerce(held.c.properties, Text).contains(_IN_PERSON)
    passed_on = (
        and_(held.c.assignee == away.user_id, not_(in_person), _not_against(away, held)) for away in viewer.stands_for
    )
    return or_(held.c.assignee == viewer.user_id, *passed_on)


def is_offered_task(viewer: Viewer, offer: Any = task) -> ColumnElement[bool]:
    """True where nobody has the open task yet, and it is offered to the viewer's posts or to those of one for whom the
    viewer stands in."""
    passed_on = (and_(_in_groups(away, offer), _not_against(away, offer)) for away in viewer.stands_for)
    return and_(_to_be_had(offer), or_(_in_groups(viewer, offer), *passed_on))


def may_reach(viewer: Viewer) -> CompoundSelect[Any]:
    """The ids of the open tasks of which one may be the viewer's or offered, by index; ask `has_task` too."""
    hands, held, group = (viewer, *viewer.stands_for), task.alias(), task_group.alias()
    return union(
        select(held.c.id).where(
            held.c.org_id == viewer.org_id,
            held.c.assignee.in_([one.user_id for one in hands]),
            held.c.state == "open",
        ),
        select(group.c.task_id).where(
            group.c.org_id == viewer.org_id,
            group.c.group_name.in_({name for one in hands for name in one.groups}),
        ),
    )


def _to_be_had(offer: Any) -> ColumnElement[bool]:
    """An offer ends when somebody takes the task or it ends; given back it is offered again."""
    return and_(offer.c.state == "open", offer.c.assignee.is_(None))


def _in_groups(viewer: Viewer, offer: Any) -> ColumnElement[bool]:
    group = task_group.alias()
    mine = select(group.c.task_id).where(group.c.org_id == viewer.org_id, group.c.group_name.in_(viewer.groups))
    found: ColumnElement[bool] = offer.c.id.in_(mine)
    return found


def _not_against(viewer: Viewer, held: Any) -> ColumnElement[bool]:
    return or_(held.c.business_key.is_(None), not_accused(viewer, held.c.business_key))


def visible_cases(viewer: Viewer) -> ColumnElement[bool]:
    """True for the cases that lists may show the viewer, masked or not.

    All, to those whose duty reaches over the office; else those of the viewer's units, those in which the viewer takes
    part, and those of which a step is offered to the viewer's posts for as long as nobody has it.
    """
    if not viewer.groups:
        return false()
    groups = viewer.groups.union(*(away.groups for away in viewer.stands_for))
    group, offer = task_group.alias(), task.alias()
    offered = exists().where(
        group.c.org_id == viewer.org_id,
        group.c.group_name.in_(groups),
        offer.c.org_id == viewer.org_id,
        offer.c.id == group.c.task_id,
        offer.c.business_key == case_file.c.id,
        _to_be_had(offer),
        *((is_offered_task(viewer, offer),) if viewer.stands_for else ()),
    )
    own = or_(case_file.c.handling_unit.in_(viewer.unit_ids), takes_part(viewer), offered)
    reach = own
    if WHOLE_OFFICE & viewer.groups:
        reach = true() if PERSONNEL_READERS & viewer.groups else or_(not_personnel(), own)
    return and_(case_file.c.org_id == viewer.org_id, reach, not_accused(viewer))


def not_personnel() -> ColumnElement[bool]:
    """True for the matters of citizens, not those of the staff."""
    return case_file.c.process_key.not_in(PERSONNEL)


def masked(viewer: Viewer) -> ColumnElement[bool]:
    """True where a list must not show the petitioner and the matter: confidential, and the viewer takes no part."""
    return and_(case_file.c.confidential, not_(takes_part(viewer)))


def readable_cases(viewer: Viewer) -> ColumnElement[bool]:
    """True for the cases whose page the viewer may open."""
    return and_(visible_cases(viewer), not_(masked(viewer)))


# ------------------------------------------------------------------ one case


def may_see_case(uow: UnitOfWork, viewer: Viewer, case_id: str) -> bool:
    """True if the viewer may open the case's page."""
    query = select(case_file.c.id).where(
        case_file.c.org_id == viewer.org_id, case_file.c.id == case_id, readable_cases(viewer)
    )
    return uow.conn.execute(query).first() is not None


def require_may_see(
    uow: UnitOfWork, viewer: Viewer, case_id: str, *, now: datetime, act: str = "read", source: str | None = None
) -> None:
    """Let the viewer read the case and log it if it is confidential (needs a writing transaction then).

    Errors: NotFound `case.unknown`, also for a case whose existence the viewer must not learn;
    Forbidden `case.confidential` for one that lists show masked.
    """
    mine = (case_file.c.org_id == viewer.org_id) & (case_file.c.id == case_id)
    row = uow.conn.execute(
        select(case_file.c.confidential, masked(viewer).label("masked")).where(mine, visible_cases(viewer))
    ).one_or_none()
    if row is None:
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if row.masked:
        raise _confidential()
    if row.confidential:
        log_access(uow, viewer.org_id, viewer.user_id, case_id, act, now=now, source=source)


def may_write_for(uow: UnitOfWork, viewer: Viewer, case_id: str) -> bool:
    """True for those who take part in the case, and the offices that write for it: documents, their service."""
    if viewer.roles & WRITERS:
        return True
    mine = (case_file.c.org_id == viewer.org_id) & (case_file.c.id == case_id)
    return uow.conn.execute(select(case_file.c.id).where(mine, takes_part(viewer))).first() is not None


def may_act_for(uow: UnitOfWork, viewer: Viewer, case_id: str) -> bool:
    """True for those who answer for the case: who has a task of it, its handler and its owner, and the offices that
    watch over all of them. To have been sent it to read, or to have been asked about it, is not enough.

    Whether they may see the case at all is another question: ask `may_see_case` as well.
    """
    if viewer.is_leader or viewer.roles & OVERSEERS:
        return True
    hands = [viewer.user_id, *(one.user_id for one in viewer.stands_for)]
    held = task.alias()
    has = exists().where(
        held.c.org_id == viewer.org_id, held.c.business_key == case_id, held.c.state == "open", has_task(viewer, held)
    )
    mine = (case_file.c.org_id == viewer.org_id) & (case_file.c.id == case_id)
    answers = or_(case_file.c.handler.in_(hands), case_file.c.owner.in_(hands), has)
    return uow.conn.execute(select(case_file.c.id).where(mine, answers)).first() is not None


def may_join(viewer: Viewer) -> bool:
    """True for the petition office and leaders, who merge cases (并案) and take them apart."""
    return viewer.is_leader or bool(viewer.roles & JOINERS)


def require_may_act_for(uow: UnitOfWork, viewer: Viewer, case_id: str) -> None:
    """As `may_act_for`. Errors: NotFound `case.unknown` for who may not see it, Forbidden `case.not_yours`."""
    if not may_see_case(uow, viewer, case_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if not may_act_for(uow, viewer, case_id):
        raise Forbidden("case.not_yours", "只有本件的经办人员、信访办、督办人员和领导可以这样办理。")


def require_not_masked(uow: UnitOfWork, viewer: Viewer, case_id: str | None) -> None:
    """Keep from an administrator, who opens no case, what belongs to a confidential one: `case.confidential`."""
    mine = (case_file.c.org_id == viewer.org_id) & (case_file.c.id == case_id)
    if uow.conn.execute(select(case_file.c.id).where(mine, masked(viewer))).first() is not None:
        raise _confidential()


def _confidential() -> Forbidden:
    return Forbidden("case.confidential", "这是保密事项，只有承办人员可以查看。请先领取相应的待办。")


def require_not_accused(uow: UnitOfWork, viewer: Viewer, table: Table, row_id: str) -> None:
    """Refuse a row of a case in which the viewer is accused, as if it were not there.

    For administrators, who reach instances and incidents without a task: R65 knows no exception for them.
    Errors: NotFound `instance.unknown`.
    """
    mine = not_accused(viewer, table.c.business_key)
    if uow.conn.execute(select(table.c.id).where(table.c.org_id == viewer.org_id, table.c.id == row_id, mine)).first():
        return
    raise NotFound("instance.unknown", "没有这个流程实例或异常。")


def log_access(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    case_id: str | None,
    act: str,
    *,
    now: datetime,
    source: str | None = None,
) -> None:
    """Add to the access log. `act`: read, list, download ..."""
    uow.conn.execute(
        insert(access_log).values(
            org_id=org_id, id=new_id(), user_id=user_id, case_id=case_id, act=act, at=now, source=source
        )
    )


def require_role(viewer: Viewer, *roles: str) -> None:
    """Refuse who has none of the roles. Errors: Forbidden `access.role`."""
    if not viewer.roles & set(roles):
        raise no_role()


def no_role() -> Forbidden:
    """Refuse who has not the role that is needed."""
    return Forbidden("access.role", "您没有办理这一事项的权限，请联系管理员。")


def may_overview(viewer: Viewer) -> bool:
    """True for leaders, supervisors and the petition office."""
    return viewer.is_leader or bool(viewer.roles & {"supervisor", "petition_office"})


def require_overview(viewer: Viewer) -> None:
    """Boards, heat maps, statistics and lists of supervisions: leaders, supervisors and the petition office.

    Errors: Forbidden `access.role`.
    """
    if not may_overview(viewer):
        raise no_role()


def require_may_do(uow: UnitOfWork, viewer: Viewer, task_id: str, *, claim: bool = False) -> None:
    """Let the viewer claim (`claim`) or complete the open task.

    A task is done by its assignee, or by who stands in for the assignee (R05); one without assignee is claimed by a
    candidate first. The accused cannot do either.
    Errors: NotFound `task.unknown`; Forbidden `task.not_yours`, `task.not_claimed`.
    """
    row = uow.conn.execute(select(task).where(task.c.org_id == viewer.org_id, task.c.id == task_id)).one_or_none()
    if row is None or (row.business_key and _bars(uow, viewer, row.business_key)):
        raise NotFound("task.unknown", "没有这项待办，或者您无权办理。")
    hands = hands_for(uow, viewer, row)
    offered = any(is_offered(one, row.candidate_groups, row.candidate_users) for one in hands)
    if row.assignee is not None:
        if row.assignee not in {one.user_id for one in hands}:
            raise Forbidden("task.not_yours", "这项待办已由他人领取，请刷新待办列表。")
    elif not offered:
        raise Forbidden("task.not_yours", "这项待办不属于您的岗位。")
    elif not claim:
        raise Forbidden("task.not_claimed", "请先领取这项待办，再办理。")


def acting_as(uow: UnitOfWork, viewer: Viewer, case_id: str | None) -> list[Viewer]:
    """Whose tasks of the case the viewer may do: one's own, and of those for whom the viewer stands in."""
    return [viewer, *(away for away in viewer.stands_for if not (case_id and _bars(uow, away, case_id)))]


def hands_for(uow: UnitOfWork, viewer: Viewer, row: Any) -> list[Viewer]:
    """As `acting_as`, for a task's row: what is to be done in person is done for nobody else."""
    if row.properties.get(STAND_IN) == "no" and row.assignee is not None:
        return [viewer]
    return acting_as(uow, viewer, row.business_key)


def is_offered(viewer: Viewer, groups: Iterable[str], users: Iterable[str]) -> bool:
    """True if a task with these candidates is offered to the viewer."""
    return viewer.user_id in set(users) or bool(viewer.groups & set(groups))


def _bars(uow: UnitOfWork, viewer: Viewer, case_id: str) -> bool:
    return barred(uow, viewer.org_id, accused_of(uow, viewer.org_id, case_id), user_id=viewer.user_id)
