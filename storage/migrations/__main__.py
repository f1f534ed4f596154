"""`make migration M="what changes"`: write the next revision, from the tables as the models now have them."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from storage.database import Store
from storage.schema import upgrade, write_revision


def main() -> int:
    """Write the revision that leads from the newest one to the models; gives the exit code."""
    message = " ".join(sys.argv[1:]).strip()
    if not message:
        print('make migration M="what changes"', file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/newest.db")
        upgrade(store)
        path = write_revision(store, message)
        store.close()
    if path is None:
        print("models and revisions agree; nothing was written")
    else:
        written = Path(path)
        written.write_text(re.sub(r" *# ###.*\n", "", written.read_text()))  # Alembic's own remarks
        for act in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *act, path], check=True)
        print(f"{written.relative_to(Path.cwd())}: read it, then run tests/storage/test_schema.py")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
