"""A door before a server: what comes through it can be cut off, without touching the server."""

import socket
import threading
from contextlib import suppress


class Door:
    """A port that leads to a server, until it is closed: then connections to it are refused."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = 0
        self.passing: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        """Let who comes in; on the same port as before."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self.target)
            self.passing += [client, server]
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let nobody in any more; who is in stays."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def cut(self) -> None:
        """Let nobody in any more, and throw out who is in, as a server that stops does."""
        self.close()
        for end in self.passing:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
