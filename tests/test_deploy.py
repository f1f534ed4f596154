"""What `deploy/` says is true of this program: its commands, files, settings, addresses and times."""

from __future__ import annotations

import configparser
import importlib
import json
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.sealing import key_file
from web.cli import _parser
from web.http import create_app

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
NODES = [name for name, service in COMPOSE["services"].items() if service["image"].startswith("banjie")]
READS = re.compile(r"BANJIE_[A-Z_]+")


def unit(name: str) -> configparser.ConfigParser:
    """A systemd unit; of a key that is given twice the last one."""
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(DEPLOY / name)
    return parsed


def commands() -> list[list[str]]:
    """Every `banjie` command line that is written in `deploy/`."""
    found = [COMPOSE["services"][name]["command"] for name in NODES]
    for path in DEPLOY.glob("*.service"):
        found += [
            shlex.split(re.sub(r"\$\$\([^)]*\)", "now", line.rstrip("'")))
            for line in re.findall(r"^ExecStart=.*?/banjie (.*)$", path.read_text(), re.M)
        ]
    found.append(yaml.safe_load(re.findall(r"^CMD (\[.*\])$", container(), re.M)[-1]))
    return found


def container() -> str:
    return (DEPLOY / "Containerfile").read_text()


def test_every_command_is_one_of_this_program() -> None:
    told = commands()
    assert len(told) == len(NODES) + 4
    for command in told:
        assert _parser().parse_args(command).command == command[0]


def test_every_file_that_is_copied_is_there() -> None:
    copied = [line.split()[1:-1] for line in container().splitlines() if re.match(r"COPY (?!--from)", line)]
    files = [name for names in copied for name in names]
    assert len(files) > 10
    assert [name for name in files if not (ROOT / name).exists()] == []
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(files), "a room of the house is missing in the image"


def test_the_app_is_built_from_what_the_image_has(tmp_path: Path) -> None:
    """The script that reads outside web/app runs over what the first stage copies, and nothing else."""
    stage = container().split("FROM ")[1]
    here = tmp_path / "src/web/app"
    for line in re.findall(r"^COPY (.*)$", stage, re.M):
        *names, target = line.split()
        for name in names:
            to = (here / target).resolve() if (ROOT / name).is_dir() else (here / target / Path(name).name)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, to)
    (here / "node_modules").symlink_to(ROOT / "web/app/node_modules")
    done = subprocess.run(["node", "scripts/templates.mjs", "--check"], cwd=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_setting_is_read_by_the_program() -> None:
    rooms = ("web", "storage", "office", "handlers")
    code = "".join(path.read_text() for room in rooms for path in ROOT.glob(f"{room}/*.py"))
    for path in DEPLOY.iterdir():
        for name in READS.findall(path.read_text()):
            assert name in code or name == "BANJIE_HOST", f"{path.name}: nobody reads {name}"
    assert str(key_file()).endswith("keys")


@pytest.mark.parametrize("name", ["Containerfile", "Caddyfile", "nginx.conf"])
def test_the_addresses_that_are_asked_are_served(name: str, tmp_path: Path) -> None:
    from web.banjie import Banjie

    banjie = Banjie(f"sqlite:///{tmp_path}/b.db")
    served = {getattr(route, "path", "") for route in create_app(banjie, background=False).routes}
    banjie.close()
    assert {path for path in re.findall(r"/(?:readyz|healthz|metrics)\b", (DEPLOY / name).read_text())} <= served


def test_the_nodes_have_time_to_finish() -> None:
    """20 s for requests in hand, 10 s for handlers outside, and some to spare."""
    assert int(unit("banjie.service")["Service"]["TimeoutStopSec"]) >= 40
    for name in NODES:
        assert int(COMPOSE["services"][name]["stop_grace_period"].rstrip("s")) >= 40


def test_compose_hangs_together() -> None:
    services = COMPOSE["services"]
    assert len(NODES) == 2
    for service in services.values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), volume
    assert "ports" not in services["database"] and not any("ports" in services[name] for name in NODES)
    assert re.findall(r"reverse_proxy (.*) \{", (DEPLOY / "Caddyfile").read_text()) == [
        " ".join(f"{name}:8000" for name in NODES)
    ]


def test_compose_is_one_by_its_specification() -> None:
    """`tests/data/compose-spec.json` is its schema, as compose-spec/compose-spec publishes it (Apache-2.0)."""
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text())
    validator = importlib.import_module("jsonschema").Draft7Validator(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    wrong = json.loads(json.dumps(COMPOSE))
    wrong["services"][NODES[0]]["stop_graceperiod"] = "45s"
    assert not validator.is_valid(wrong), "it would see a word that nobody knows"


def test_hadolint_has_nothing_to_say_of_the_container_file(tmp_path: Path) -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    told = subprocess.run([hadolint, DEPLOY / "Containerfile"], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")
    wrong = tmp_path / "Containerfile"
    wrong.write_text(container().replace("WORKDIR /srv/banjie", "RUN cd /srv/banjie"))
    assert "DL3003" in subprocess.run([hadolint, wrong], capture_output=True, text=True, timeout=60).stdout


def test_nodes_reach_what_is_outside() -> None:
    """Mail and the sign-in of the province are elsewhere; an `internal` network reaches nothing."""
    for name in NODES:
        assert any(
            not (COMPOSE["networks"][net] or {}).get("internal") for net in COMPOSE["services"][name]["networks"]
        )
    assert all(COMPOSE["networks"][net]["internal"] for net in COMPOSE["services"]["database"]["networks"])


def test_the_backup_is_made_every_day() -> None:
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:00", unit("banjie-backup.timer")["Timer"]["OnCalendar"])
    assert "banjie backup" in (DEPLOY / "banjie-backup.service").read_text()
