"""The web server of a run: REST and the live page on one loopback port, in a thread of the host."""

from __future__ import annotations

import os
import socket
import threading

import uvicorn
from fastapi import FastAPI

from spinal.errors import MachineError

START_TIMEOUT_S = 10.0


class WebServer:
    """Takes its port at once, so that a port in use is known before anything else is started."""

    def __init__(self, address: str, port: int) -> None:
        """Bind; port 0 takes a free one. MachineError when the port is in use."""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((address, port))
        except OSError as error:
            self._socket.close()
            raise MachineError(
                f"cannot listen on {address}:{port}",
                value=os.strerror(error.errno or 0),
                next_step="end the program that listens there, or choose another port with --port (0 = any free one)",
            ) from None
        self.url = f"http://{address}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: FastAPI) -> None:
        """Serve in a thread and return when it answers."""
        config = uvicorn.Config(
            app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2, ws="websockets-sansio"
        )
        self._server = uvicorn.Server(config)
        server = self._server
        self._thread = threading.Thread(target=lambda: server.run(sockets=[self._socket]), name="web", daemon=True)
        self._thread.start()
        waited = threading.Event()
        for _ in range(round(START_TIMEOUT_S / 0.02)):
            if server.started:
                return
            waited.wait(0.02)
        raise MachineError("the web server did not start", value=self.url, next_step="run again with --traceback")

    def stop(self) -> None:
        """Stop serving; may be called twice."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5.0)
        self._socket.close()
