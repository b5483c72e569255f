"""Starts an SSH server of its own for each connection to port 22, whatever the address: listen.py PROGRAM ARGUMENT...

One server for all would turn away what many deployers at one address never are to a host: more than a few logins at once.
"""
import signal
import socket
import subprocess
import sys

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
with socket.create_server(("", 22), backlog=1024) as listening:
    while True:
        connection, _ = listening.accept()
        with connection:
            subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection)
