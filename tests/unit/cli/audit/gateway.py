"""A stand-in for the gateway that accepts announcements of exports and returns the answers of a test."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gateway:
    """Accepts every announcement as the entry `aud_<index>`, unless a test sets another answer: an object, or a text as it is."""

    def __init__(self, index: int) -> None:
        self.place: Any = {"data": {"answer": {"index": index}}}
        self.taken: Any = {"data": {"answer": {"entryId": f"aud_{index}", "userErrors": []}}}
        self.first_places: list[dict[str, Any]] = []
        self.redirect = ""
        self.when_placed: Callable[[], object] = lambda: None
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                gateway.asked.append((self.path, self.headers["authorization"], body["variables"]))
                if gateway.redirect:
                    self.send_response(307)
                    self.send_header("location", gateway.redirect)
                    self.send_header("content-length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                told = gateway.answer(body["query"])
                answer = (told if isinstance(told, str) else json.dumps(told)).encode()
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, query: str) -> Any:
        if "announceExport" in query:
            return self.taken
        self.when_placed()
        return self.first_places.pop(0) if self.first_places else self.place

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
