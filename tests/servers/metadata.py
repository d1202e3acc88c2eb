"""Kafka's Metadata request in its smallest form: a client library that is refused again and again leaks sockets."""

import socket
import struct

METADATA, VERSION, CORRELATION = 3, 1, 1


def advertised(host: str, port: int, timeout: float = 2.0) -> list[tuple[str, int]]:
    """Ask one broker which brokers there are, as host and port; OSError where nobody answers (yet)."""
    client = b"crickets-tests"
    request = struct.pack(f">hhih{len(client)}si", METADATA, VERSION, CORRELATION, len(client), client, 0)
    with socket.create_connection((host, port), timeout=timeout) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:

            def read(form: str) -> int:
                size = struct.calcsize(form)
                if len(data := stream.read(size)) < size:
                    msg = "the broker closed the connection"
                    raise ConnectionError(msg)
                return int(struct.unpack(form, data)[0])

            read(">i")  # size
            read(">i")  # correlation
            brokers = []
            for _ in range(read(">i")):
                read(">i")  # node id
                name = stream.read(read(">h")).decode()
                number = read(">i")
                stream.read(max(0, read(">h")))  # rack, -1 for none
                brokers.append((name, number))
            return brokers
