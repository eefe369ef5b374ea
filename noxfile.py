"""The sessions of a contributor: ``nox`` runs what continuous integration runs."""

import nox

nox.options.sessions = ["check", "tests"]
nox.options.default_venv_backend = "venv"


def _install(session: nox.Session) -> None:
    session.install("pip>=25.1")
    session.install("-e", ".")
    session.install("--group", "dev")


@nox.session
def check(session: nox.Session) -> None:
    """Format, lint, types, floors."""
    _install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """All tests but the slow labs, on every supported Python."""
    _install(session)
    session.run("pytest", "-n", "auto", "-m", "not slow", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Branch coverage, shown by module."""
    _install(session)
    session.run("coverage", "run", "-m", "pytest", "-m", "not slow")
    session.run("coverage", "combine")
    session.run("coverage", "report", "--show-missing", "--skip-covered")
