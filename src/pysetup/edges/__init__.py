"""The world outside: sockets, child processes, interpreters, locks and the clock."""
