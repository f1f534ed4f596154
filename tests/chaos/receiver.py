"""A receiver outside the database that counts: one line `instance key` a call, written before it answers.

Run as a program: `python -m tests.chaos.receiver PORT FILE`.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def main(port: int, path: str) -> None:
    """Count until killed."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    lock = threading.Lock()

    class Counter(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _, instance_id, key = self.path.split("/")
            with lock:
                os.write(file, f"{instance_id} {key}\n".encode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    ThreadingHTTPServer(("127.0.0.1", port), Counter).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
