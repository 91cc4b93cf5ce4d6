"""Where Alipay's notifications come in."""

import http.server
from typing import Any

from tests.crash.shop import Shop


class Door(http.server.ThreadingHTTPServer):
    """Where Alipay's notifications arrive."""

    daemon_threads = True
    shop: Shop

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Visitor)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Visitor(http.server.BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = self.server.shop.receive(self.path, dict(self.headers.items()), body)
        if answer is None:
            self.close_connection = True
            return
        content = answer["body"].encode()
        self.send_response(answer["statusCode"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        pass
