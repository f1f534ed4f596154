"""The command line: `banjie COMMAND`. Errors are one Chinese sentence and a stable code; the exit code is then 1."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from storage.errors import BanjieError

Command = Callable[[argparse.Namespace], int]
PLAIN_PROFILE = "petition_manual"  # counts a limit that is given in full; it changes nothing of the common rules


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return 2
    command: Command = args.call
    try:
        return command(args)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BanjieError as error:
        print(f"错误 {error.code}：{error.message}", file=sys.stderr)
        for finding in error.details if isinstance(error.details, list) else []:
            print(f"  {_finding(finding) if isinstance(finding, dict) else finding}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="banjie", description="办结：按流程图运行的乡镇政务与信访办件系统")
    commands = parser.add_subparsers(dest="command", metavar="命令")

    def add(name: str, call: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(call=call)
        return sub

    sub = add("serve", _serve, "启动服务")
    _server_options(sub)
    sub.add_argument(
        "--workers", type=int, choices=range(1, 65), metavar="N", default=1, help="进程数，只用于 PostgreSQL"
    )
    sub = add("demo", _demo, "建库、部署制度、装入示例乡镇后启动（make run 使用）")
    _server_options(sub)
    sub.add_argument("--no-serve", action="store_true", help="只准备，不启动")
    sub.add_argument("--profile", default=None, help="示例单位的配置名，如 cppcc；不写即示例乡镇")
    sub = add("init", _init, "建立一个空的单位和一名管理员")
    sub.add_argument("--profile", required=True, help="配置名，如 town_lunar")
    sub.add_argument("--name", default=None, help="单位名称")
    sub.add_argument("--code", default=None, help="单位代码，用于编号")
    sub = add("deploy", _deploy, "部署制度文件夹（一个或一批）")
    sub.add_argument("directory", type=Path)
    sub.add_argument("--org", default=None, help="单位代码；只有一个单位时可省略")
    sub = add("migrate", _migrate, "把在办事项迁移到制度的另一版本；不写 --apply 只预览")
    sub.add_argument("key", help="制度编号")
    sub.add_argument("--from", dest="source", type=int, default=None, help="原版本号")
    sub.add_argument("--to", dest="target", type=int, default=None, help="新版本号")
    sub.add_argument("--map", action="append", default=[], metavar="旧环节=新环节")
    sub.add_argument("--keep-timers", action="store_true", help="写法变了的定时仍按原来的时间触发")
    sub.add_argument("--apply", metavar="原因", default=None, help="迁移，并记下原因")
    sub.add_argument("--undo", metavar="批次", default=None, help="撤销一次迁移")
    sub.add_argument("--org", default=None)
    sub = add("lint", _lint, "检查流程图")
    sub.add_argument("files", type=Path, nargs="+")
    sub.add_argument("--json", action="store_true")
    sub = add("play", _play, "运行情景文件，列出与预期不符之处")
    sub.add_argument("files", type=Path, nargs="+")
    sub.add_argument("--database", default=None, help="数据库地址；默认每个情景一个临时 SQLite")
    sub.add_argument("--coverage", action="store_true", help="报告流程线覆盖情况")
    sub.add_argument("--http", action="store_true", help="每一步都经 HTTP 接口办理，与待办页面相同")
    sub = add("trace", _trace, "列出制度条款由什么承载、由哪些情景证明；有缺的以 1 退出")
    sub.add_argument("--systems", default="", help="制度编号，如 R36,R40-R47；不写即全部")
    sub.add_argument("--json", action="store_true")
    sub = add("deadline", _deadline, "计算一个时限并说明依据")
    sub.add_argument("--profile", default=None, help="配置名，见 processes/profiles；用 --code 时必填")
    sub.add_argument("--code", default=None)
    sub.add_argument("--start", required=True, help="起算时刻，如 2026-12-31T10:00")
    sub.add_argument("--n", type=int, default=None)
    sub.add_argument("--unit", default=None, help="d w m wd h min sameday date")
    sub.add_argument("--mode", default=None, help="calendar calendar_roll working clock same_day date")
    sub.add_argument("--date", default=None, help="指定的日期")
    sub.add_argument("--appeal-claim", action="store_true", help="申诉求决类：适用条例的60日上限")
    sub.add_argument("--extension-days", type=int, default=0)
    sub.add_argument("--stopped-days", type=int, default=0)
    sub.add_argument("--calendar", type=Path, action="append", default=[], help="另加的年度日历文件")
    sub = add("schedule", _schedule, "列出日程的日期，并说明移动和取消的原因")
    sub.add_argument("--profile", required=True)
    sub.add_argument("--code", required=True, help="日程编号，如 R79.session")
    sub.add_argument("--from", dest="first", required=True, help="起始日，如 2026-12-01")
    sub.add_argument("--to", dest="last", required=True, help="截止日（含），如 2026-12-31")
    sub.add_argument("--holiday-scope", choices=("non_working", "statutory_only"), default=None, help="节假日范围")
    sub.add_argument("--calendar", type=Path, action="append", default=[], help="另加的年度日历文件")
    sub = add("calendar", _calendar, "查看或装入年度日历，调整单日")
    sub.add_argument("act", choices=("load", "show", "work", "rest", "clear"))
    sub.add_argument("what", help="load：文件；show：年份；work 上班、rest 放假、clear 撤销调整：日期")
    sub.add_argument("--reason", default="", help="单日调整的原因")
    sub.add_argument("--org", default=None)
    sub = add("user", _user, "管理登录用户")
    sub.add_argument("act", choices=("add", "reset", "list"))
    sub.add_argument("--org", default=None)
    sub.add_argument("--login", default=None)
    sub.add_argument("--name", default=None)
    sub.add_argument("--unit", default=None)
    sub.add_argument("--role", action="append", default=[])
    sub = add("people", _people, "从 Excel 导入机构、人员和岗位")
    sub.add_argument("act", choices=("import", "template"))
    sub.add_argument("file", type=Path, help="import：要导入的文件；template：模板写到哪里")
    sub.add_argument("--check", action="store_true", help="只检查，不写入")
    sub.add_argument("--org", default=None)
    sub = add("db", _db, "查看或升级数据库结构（各命令启动时也会自动升级）")
    sub.add_argument("act", choices=("upgrade", "current"))
    sub = add("keys", _keys, "查看或更换加密信访人信息的密钥")
    sub.add_argument("act", choices=("show", "rotate", "reseal"))
    sub = add("backup", _backup, "备份数据库（可在运行中进行）")
    sub.add_argument("target", type=Path)
    sub.add_argument("--native", action="store_true", help="数据库自己的原样备份，快，只能恢复到同一种数据库")
    sub = add("restore", _restore, "把备份恢复到一个空的数据库")
    sub.add_argument("source", type=Path)
    sub = add("archive", _archive, "把一件事项导出为可脱离本系统阅读的归档包")
    sub.add_argument("case", help="案件编号")
    sub.add_argument("target", type=Path, help="写到哪个文件（.zip）")
    sub.add_argument("--as", dest="login", required=True, help="以谁的名义：登录名，须有权查看并导出")
    add("verify", _verify, "核对历史校验链、定时与状态、附件、登记簿")
    return parser


def _server_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--host", default="127.0.0.1")
    sub.add_argument("--port", type=int, default=8000)


def _banjie() -> Any:
    from storage import schema
    from web.banjie import Banjie

    banjie = Banjie()
    done = schema.upgrade(banjie.store)
    if done and done[0] != schema.FIRST:
        print(f"数据库结构已升级到 {done[-1]}", file=sys.stderr)
    return banjie


def _serve(args: argparse.Namespace) -> int:
    if args.workers > 1:  # before anything is counted: the workers then count together
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="banjie-counts-"))
    from web.server import serve

    return serve(_banjie, host=args.host, port=args.port, workers=args.workers)


def _demo(args: argparse.Namespace) -> int:
    from web.demo import prepare
    from web.server import serve

    banjie = _banjie()
    prepare(banjie, args.profile or None)
    banjie.close()
    if args.no_serve:
        return 0
    return serve(_banjie, host=args.host, port=args.port)


def _init(args: argparse.Namespace) -> int:
    from web.demo import create_empty_office

    login, password = create_empty_office(_banjie(), args.profile, name=args.name, code=args.code)
    print(f"管理员 {login}  一次性密码 {password}（首次登录后须修改）")
    return 0


def _deploy(args: argparse.Namespace) -> int:
    from web.deploying import deploy_directory, only_organisation

    banjie = _banjie()
    org_id = only_organisation(banjie, args.org)
    for deployed in deploy_directory(banjie, org_id, args.directory, progress=sys.stderr.isatty()):
        print(f"{deployed.key} 第{deployed.version}版{'' if deployed.new else '（未变）'}")
        for finding in deployed.findings:
            print(f"  {_finding(finding.to_json())}")
    return 0


def _lint(args: argparse.Namespace) -> int:
    from web.deploying import lint_file

    worst = 0
    told = []
    for path in args.files:
        for finding in lint_file(path):
            worst = max(worst, 1 if finding.severity == "error" else 0)
            told.append({"path": str(path), **finding.to_json()})
            if not args.json:
                print(f"{path}: {_finding(finding.to_json())}")
    if args.json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif not told:
        print(f"{len(args.files)} 个文件，没有发现问题")
    return worst


def _play(args: argparse.Namespace) -> int:
    from web.play import play_files

    return play_files(args.files, database=args.database, coverage=args.coverage, http=args.http)


def _trace(args: argparse.Namespace) -> int:
    from web.tracing import chosen, parse_systems, trace

    found, missing = chosen(trace(), parse_systems(args.systems))
    if args.json:
        told = [{"clause": one.id, "text": one.text, "carriers": one.carriers, "proofs": one.proofs} for one in found]
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for one in found:
            print(f"{one.id}\t{one.text}")
            print(f"\t承载：{'；'.join(one.carriers) or '—'}\n\t证明：{'；'.join(one.proofs) or '—'}")
    gaps = [f"{one.id}：{'、'.join(one.gaps)}" for one in found if one.gaps]
    gaps += [f"{system}：没有列出条款" for system in missing]
    for gap in gaps:
        print(gap, file=sys.stderr)
    print(f"{len(found)} 条，{len(gaps)} 处缺", file=sys.stderr)
    return 1 if gaps else 0


def _deadline(args: argparse.Namespace) -> int:
    from office.calendar import Calendar
    from office.calendar_table import parse_year_table
    from office.deadlines import cli_json
    from office.profiles import load_profile
    from storage.clock import local
    from web.paths import PROCESSES

    if args.profile is None and args.code is not None:
        raise BanjieError(
            "deadline.profile", "请用 --profile 给出配置名：同一编号在不同单位期限不同。", field="profile"
        )
    profile = load_profile(args.profile or PLAIN_PROFILE, PROCESSES / "profiles")
    tables = [parse_year_table(_text(path)) for path in args.calendar]
    if args.code is None and args.n is None and args.date is None:
        raise BanjieError("deadline.amount", "请用 --code 给出时限编号，或用 --n 和 --unit 给出期限。")
    deadline = profile.compute(
        args.code or "adhoc",
        local(_instant(args.start)),
        Calendar(years={table.year: table for table in tables}),
        n=args.n,
        unit=args.unit,
        mode=args.mode,
        date=_day(args.date) if args.date else None,
        appeal_claim=args.appeal_claim,
        extension_days=args.extension_days,
        stopped_days=args.stopped_days,
    )
    print(json.dumps(cli_json(deadline), ensure_ascii=False, indent=2))
    return 0


def _schedule(args: argparse.Namespace) -> int:
    from office import schedules
    from office.calendar import Calendar
    from office.calendar_table import parse_year_table
    from office.profiles import load_profile
    from web.paths import PROCESSES

    first, last = _day(args.first), _day(args.last)
    if not 0 <= (last - first).days <= 3653:
        raise BanjieError("schedule.bad_range", "截止日不能早于起始日，一次最多列十年。", field="to")
    own = {} if args.holiday_scope is None else {"holiday_scope": args.holiday_scope}
    tables = [parse_year_table(_text(path)) for path in args.calendar]
    calendar = Calendar(years={table.year: table for table in tables})
    told = schedules.to_json(load_profile(args.profile, PROCESSES / "profiles", own), args.code, first, last, calendar)
    print(json.dumps(told, ensure_ascii=False, indent=2))
    return 0


def _migrate(args: argparse.Namespace) -> int:
    from engine.migration.batch import Wish
    from web import migrating
    from web.deploying import only_organisation

    banjie = _banjie()
    org_id = only_organisation(banjie, args.org)
    if args.undo is not None:
        return _outcomes(migrating.undo(banjie, org_id, args.undo, by=None), "已改回原版本")
    if args.source is None or args.target is None:
        raise BanjieError("migration.versions", "请用 --from 和 --to 给出原版本号和新版本号。")
    pairs = [one.partition("=") for one in args.map]
    wish = Wish(
        process_key=args.key, from_version=args.source, to_version=args.target, keep_timers=args.keep_timers,
        mapping={old.strip(): new.strip() for old, _, new in pairs},
    )  # fmt: skip
    if args.apply is not None:
        done = migrating.migrate(banjie, org_id, wish, None, reason=args.apply, by=None)
        print(f"批次 {done['batch_id']}")
        return _outcomes(done["outcomes"], "已迁移")
    with banjie.store.begin(write=False) as uow:
        told = migrating.preview(banjie, uow, org_id, wish, by=None)
    print(f"在办 {told['total']} 件，可以迁移 {told['possible']} 件")
    for one in told["elements"]:
        target = f"→ {one['target_name']} [{one['target']}]" if one["target"] else "→ 没有对应的环节"
        print(f"  {one['name']} [{one['element_id']}] {one['count']} 处 {target}")
        for problem in one["problems"]:
            print(f"    {problem['message']}")
    for one in told["called"]:
        print(f"  里面的“{one['name']}”仍按第{one['version']}版（最新第{one['newest']}版）：{one['count']} 件")
    return 0 if told["possible"] == told["total"] else 1


def _outcomes(outcomes: list[dict[str, Any]], word: str) -> int:
    for one in outcomes:
        told = word if one["done"] else f"没有改动：{one['error']['message']}"
        print(f"  {one['number'] or one['instance_id']}  {told}")
    return 0 if all(one["done"] for one in outcomes) else 1


def _calendar(args: argparse.Namespace) -> int:
    from web.deploying import only_organisation
    from web.upkeep import load_calendar, set_day, show_calendar

    banjie = _banjie()
    org_id = only_organisation(banjie, args.org)
    if args.act == "show":
        if not args.what.isdigit():
            raise BanjieError("calendar.year", f"“{args.what}”不是年份。", field="what")
        told = show_calendar(banjie, org_id, int(args.what))
        print(json.dumps(told, ensure_ascii=False, indent=2, default=lambda day: day.isoformat()))
        return 0
    if args.act == "load":
        changes = load_calendar(banjie, org_id, _text(Path(args.what)), actor=None)
        print(f"日历已装入；重算 {len(changes)} 个未结时限")
    else:
        working = {"work": True, "rest": False, "clear": None}[args.act]
        changes = set_day(banjie, org_id, _day(args.what), working, args.reason)
        print(f"已调整 {args.what}；重算 {len(changes)} 个未结时限")
    for change in changes:
        print(f"  {change['code']}  {change['old']} → {change['new']}")
    return 0


def _user(args: argparse.Namespace) -> int:
    from web.deploying import only_organisation
    from web.upkeep import add_user, list_users, reset_password

    banjie = _banjie()
    org_id = only_organisation(banjie, args.org)
    if args.act == "list":
        for row in list_users(banjie, org_id):
            print(f"{row['login']}\t{row['name']}\t{row['unit'] or ''}\t{'、'.join(row['roles'])}")
        return 0
    if not args.login:
        raise BanjieError("user.login_missing", "请用 --login 给出登录名。", field="login")
    if args.act == "add":
        password = add_user(banjie, org_id, login=args.login, name=args.name, unit=args.unit, roles=args.role)
    else:
        password = reset_password(banjie, args.login)
    print(f"{args.login}  一次性密码 {password}（首次登录后须修改）")
    return 0


def _people(args: argparse.Namespace) -> int:
    from web.deploying import only_organisation
    from web.people_importing import command

    if args.act == "template":
        return command(None, "", args.file)
    banjie = _banjie()
    return command(banjie, only_organisation(banjie, args.org), args.file, check=args.check)


def _db(args: argparse.Namespace) -> int:
    from storage import schema
    from storage.database import Store, default_url, direct_url

    store = Store(default_url(), direct=direct_url())
    try:
        if args.act == "upgrade":
            schema.upgrade(store)
        print(f"数据库结构 {schema.current(store) or '（空）'}，本程序 {schema.head()}")
    finally:
        store.close()
    return 0


def _keys(args: argparse.Namespace) -> int:
    from storage import sealing
    from storage.resealing import batches, reseal
    from web.progress import progress_bar

    store = _banjie().store
    if args.act == "rotate":
        sealing.add_key()
    if args.act in ("rotate", "reseal"):
        rows = progress_bar(batches(store), "重新加密", show=sys.stderr.isatty())
        count = sum(reseal(store, batch) for batch in rows)
        print(f"已启用新密钥，重新加密 {count} 行；旧密钥仍要保留，用于打开旧备份。")
    print(f"密钥来自 {sealing.outside() or sealing.key_file()}：{'、'.join(sealing.key_ring().names)}（最后一个在用）")
    return 0


def _backup(args: argparse.Namespace) -> int:
    from web.backup import backup

    print(f"已备份到 {backup(_banjie().store, args.target, native=args.native)}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from storage.database import default_url
    from web.backup import restore

    restore(args.source, default_url())
    print("已恢复；请用 banjie verify 核对")
    return 0


def _archive(args: argparse.Namespace) -> int:
    from web.upkeep import archive_case

    print(f"已导出到 {archive_case(_banjie(), args.case, args.target, login=args.login)}")
    return 0


def _verify(_args: argparse.Namespace) -> int:
    from web.verifying import verify

    broken = verify(_banjie())
    for line in broken:
        print(line)
    print("核对完成，未发现异常" if not broken else f"发现 {len(broken)} 处异常")
    return 1 if broken else 0


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BanjieError(
            "deadline.start", f"起算时刻“{text}”不是 2026-12-31T10:00 这样的时刻。", field="start"
        ) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BanjieError("deadline.bad_date", f"“{text}”不是 2026-12-31 这样的日期。", field="date") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BanjieError("calendar.no_file", f"文件 {path} 读不出来：没有这个文件，或不是 UTF-8 文本。") from None


def _finding(finding: dict[str, Any]) -> str:
    word = "错误" if finding.get("severity") == "error" else "提示"
    return f"{word} {finding.get('rule')} [{finding.get('element_id') or '-'}] {finding.get('message_zh')}"


if __name__ == "__main__":
    raise SystemExit(main())
