"""A proxy that drops connections, between a client and a server of this machine."""

import random
import socket
import threading


class CuttingProxy(threading.Thread):
    """Passes bytes on to a server, and resets each connection after a number of bytes that is drawn."""

    def __init__(self, port, least, most):
        super().__init__(daemon=True)
        self.port, self.bounds, self.cuts, self.draw = port, (least, most), 0, random.Random(5)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def run(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            left = [self.draw.randint(*self.bounds)]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=(one, other, left), daemon=True).start()

    def carry(self, one, other, left):
        try:
            while data := one.recv(4096):
                left[0] -= len(data)
                if left[0] < 0:
                    self.cuts += 1
                    break
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset, no polite end
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
