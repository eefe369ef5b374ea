"""Signals end what is begun, once, and never what must be whole."""

import signal

import pytest

from pysetup.edges.signals import SignalGate, Terminated


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_second_signal_does_not_end_the_tidying_up(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    signal.signal(number, lambda *_: None)  # what the gate sends on at its end
    told: list[str] = []
    try:
        with pytest.raises(KeyboardInterrupt):
            _tidied(number, told)
    finally:
        signal.signal(number, before)
    assert told == ["tidied up"]


def _tidied(number: signal.Signals, told: list[str], *, again: int = 1) -> None:
    with SignalGate():
        try:
            signal.raise_signal(number)
        finally:
            for _ in range(again):
                signal.raise_signal(number)
            told.append("tidied up")


def test_who_insists_is_heard() -> None:
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _tidied(signal.SIGINT, told, again=2)
    assert not told


def test_a_closed_gate_holds_the_signal_until_the_end() -> None:
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _whole(told)
    assert told == ["whole"]


def _whole(told: list[str]) -> None:
    with SignalGate() as gate:
        gate.close()
        signal.raise_signal(signal.SIGINT)
        told.append("whole")


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with SignalGate():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_it_says_which_signal_it_was() -> None:
    assert Terminated(signal.SIGHUP).number == signal.SIGHUP
