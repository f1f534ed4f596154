"""Reads regulations from folders, checks them against what this installation knows, deploys them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import select

from engine import timers
from engine.decisions import read_decisions
from engine.expressions import BUILTIN_FUNCTIONS
from engine.findings import Finding
from engine.forms import read_form
from engine.reading import Known, read_definition
from engine.reading.definitions import executable_processes
from engine.registry import registry
from engine.versions import Deployed, with_shared_forms
from handlers import load_all
from handlers.host import FUNCTION_NAMES
from office.profiles import list_profiles, load_profile
from office.roles import ROLES
from storage.errors import BadDiagram, BanjieError, NotFound
from storage.tables import people
from web.banjie import Banjie
from web.paths import PROCESSES
from web.progress import progress_bar

_ENDINGS = {".bpmn", ".dmn", ".form"}
_MAX_FILES = 200


def folder_files(folder: Path) -> dict[str, bytes]:
    """Diagram, forms and tables of one regulation's folder. Raises `deploy.no_diagram`, `deploy.too_many_files`."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file())
    if not any(path.suffix == ".bpmn" for path in paths):
        raise BanjieError("deploy.no_diagram", f"文件夹 {folder.name} 中没有流程图（.bpmn）。")
    if len(paths) > _MAX_FILES:
        raise BanjieError("deploy.too_many_files", f"文件夹 {folder.name} 中文件超过{_MAX_FILES}个。")
    return {path.name: path.read_bytes() for path in paths}


def regulation_folders(directory: Path) -> list[Path]:
    """The folder itself if it holds a diagram, else its sub-folders that do."""
    if any(directory.glob("*.bpmn")):
        return [directory]
    return sorted(path for path in directory.iterdir() if path.is_dir() and any(path.glob("*.bpmn")))


def shared_forms(processes: Path = PROCESSES) -> dict[str, bytes]:
    """The forms that several regulations use."""
    return {path.name: path.read_bytes() for path in sorted((processes / "forms").glob("*.form"))}


def known(processes: Path = PROCESSES, more: Set[str] = frozenset()) -> Known:
    """What a diagram may name here: handlers, checks, functions, roles, deadline codes, other regulations (`more`)."""
    stamp = max((path.stat().st_mtime_ns for path in processes.glob("*/*")), default=0)
    return _known(processes, frozenset(more), stamp)


@lru_cache(maxsize=8)
def _known(processes: Path, more: frozenset[str], _stamp: int) -> Known:
    """As `known`; remembered until a file below `processes` changes."""
    load_all()
    codes: set[str] = set()
    for name in list_profiles(processes / "profiles"):
        profile = load_profile(name, processes / "profiles")
        codes |= set(profile.rules) | set(profile.aliases)
    return Known(
        handlers=frozenset(registry.handlers),
        checks=frozenset(registry.checks),
        functions=frozenset(FUNCTION_NAMES) | frozenset(BUILTIN_FUNCTIONS),
        groups=frozenset(ROLES),
        deadlines=frozenset(codes),
        processes=frozenset(folder.name for folder in regulation_folders(processes)) | frozenset(more),
        shared_forms=shared_forms(processes),
        start_event_wanted=True,
    )


def deploy_directory(
    banjie: Banjie, org_id: str, directory: Path, *, actor: str | None = None, progress: bool = False
) -> Iterator[Deployed]:
    """Deploy one regulation's folder, or all below `directory`; each in a transaction of its own."""
    if not directory.is_dir():
        raise NotFound("deploy.no_directory", f"没有文件夹 {directory}。")
    folders = regulation_folders(directory)
    if not folders:
        raise NotFound("deploy.no_diagram", f"{directory} 中没有流程图。")
    allowed = known(banjie.processes, {folder.name for folder in folders})
    for folder in progress_bar(folders, "部署制度", show=progress):
        yield deploy_files(banjie, org_id, folder.name, folder_files(folder), allowed, actor=actor)


def deploy_files(
    banjie: Banjie,
    org_id: str,
    key: str,
    files: dict[str, bytes],
    allowed: Known,
    *,
    actor: str | None = None,
    base_version: int | None = None,
) -> Deployed:
    """Deploy the files of one regulation in one transaction."""
    engine = banjie.engine
    with banjie.store.begin() as uow:
        deployed = engine.deploy(uow, org_id, key, files, allowed, actor=actor, base_version=base_version)
        if deployed.new:
            timers.arm_starts(engine, uow, org_id, key)
        return deployed


def lint_file(path: Path) -> list[Finding]:
    """Check a diagram (with the forms and tables beside it), or a form or table by itself."""
    if not path.is_file():
        raise NotFound("lint.no_file", f"没有文件 {path}。")
    files = {path.name: path.read_bytes()}
    if path.suffix in (".form", ".dmn"):
        return _file_findings(path)
    if path.suffix == ".bpmn":
        beside = [p for p in path.parent.iterdir() if p.suffix in {".form", ".dmn"} and p.is_file()]
        files |= {p.name: p.read_bytes() for p in beside}
    allowed = known(more={p.name for p in path.parent.parent.glob("*") if p.is_dir()})
    processes = executable_processes(files[path.name]) if path.suffix == ".bpmn" else []
    regulation = path.stem == path.parent.name  # a folder that is deployed: its name is the key
    if regulation or path.stem in processes or not processes:
        return lint_files(path.stem, files, allowed)
    zh = f"流程的 ID 是“{processes[0]}”，与文件名不同；部署时制度要叫这个名称。"
    en = f"The process is called {processes[0]}, unlike the file."
    return [*lint_files(processes[0], files, allowed), Finding("", "process.key", "warning", zh, en, path.name)]


def _file_findings(path: Path) -> list[Finding]:
    try:
        if path.suffix == ".form":
            read_form(path.read_bytes(), path.name)
            return []
        names = frozenset(FUNCTION_NAMES) | frozenset(BUILTIN_FUNCTIONS)
        decisions = read_decisions(path.read_bytes(), path.name, functions=names)
        return [finding for decision in decisions.values() for finding in decision.findings]
    except BadDiagram as bad:
        return [Finding(**told) for told in bad.details]


def lint_files(key: str, files: dict[str, bytes], allowed: Known) -> list[Finding]:
    """All findings, errors first; nothing is stored."""
    read: Callable[[], list[Finding]] = partial(_findings, key, files, allowed)
    return sorted(read(), key=lambda finding: (finding.severity != "error", finding.element_id or ""))


def _findings(key: str, files: dict[str, bytes], allowed: Known) -> list[Finding]:
    try:
        return read_definition(key, with_shared_forms(files, allowed.shared_forms), allowed).findings
    except BadDiagram as bad:
        return [Finding(**told) for told in bad.details]


def only_organisation(banjie: Banjie, code: str | None) -> str:
    """The id of the organisation with this code; without a code, of the only one there is."""
    with banjie.store.begin(write=False) as uow:
        rows = uow.conn.execute(select(people.organisation.c.id, people.organisation.c.code)).all()
    found = [row.id for row in rows if code is None or row.code == code]
    if len(found) != 1:
        codes = "、".join(row.code for row in rows) or "（没有）"
        raise NotFound("organisation.unknown", f"请用 --org 指明单位；现有：{codes}。", field="org")
    return str(found[0])
