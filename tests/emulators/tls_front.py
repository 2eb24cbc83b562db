"""Speaks TLS in front of a server that does not.

    tls_front.py HOST PORT

prints the port it listens on, and ends with its standard input. Its certificate is for `localhost`, and
signed by nobody: a client takes it only where it is named as one to be trusted.
"""

import pathlib
import socket
import ssl
import sys
import threading


def pump(source, sink):
    """Copies one direction to its end."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(client, context, upstream):
    """One connection. A client that gives up during the handshake is none."""
    try:
        client = context.wrap_socket(client, server_side=True)
        server = socket.create_connection(upstream)
    except OSError:
        client.close()
        return
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    pump(server, client)


def main():
    files = pathlib.Path(__file__).with_name("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "certificate.pem", files / "key.pem")
    upstream = (sys.argv[1], int(sys.argv[2]))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, context, upstream), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


main()
