"""What Banjie is made of, as CycloneDX JSON in var/sbom: the packages of the Python lock and of the front end.

Those that only build the front end are marked as of development.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def main(folder: Path) -> None:
    """Write both lists into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python.json").write_text(python_packages(), "utf-8")
    npm = ["npm", "--prefix", "web/app", "sbom", "--sbom-format", "cyclonedx"]  # --omit dev leaves vue out
    (folder / "web.json").write_bytes(subprocess.run(npm, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    print(f"{folder}/python.json {folder}/web.json")


def python_packages() -> str:
    """The packages of requirements.lock with their versions and the hashes that an installation accepts."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ").splitlines()
    components = [_component(line) for line in lines if line.strip() and not line.startswith("#")]
    root = Component(name="banjie", version="0.1.0", type=ComponentType.APPLICATION)
    bom = Bom(components=components)
    bom.metadata.component = root
    bom.register_dependency(root, components)
    return JsonV1Dot5(bom).output_as_string(indent=1)


def _component(line: str) -> Component:
    wanted, *hashes = line.split(" --hash=sha256:")
    one = Requirement(wanted.strip())
    version = str(one.specifier).removeprefix("==")
    purl = PackageURL("pypi", name=one.name, version=version)
    kept = [HashType(alg=HashAlgorithm.SHA_256, content=found.strip()) for found in hashes]
    return Component(
        name=one.name, version=version, purl=purl, bom_ref=str(purl), hashes=kept, type=ComponentType.LIBRARY
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "sbom")
