"""What people see of a command that lasts: golden lines, with a clock of the test."""

import io
from collections.abc import Callable

import pytest

from pysetup.cli.progress import Progress
from pysetup.cli.progress_lines import duration, live_lines, size
from pysetup.cli.terminal import Kind, Look
from pysetup.cli.waits import Waits
from pysetup.cli.watch import Running, Watch
from pysetup.workflows.events import Activity, PlannedChanges, aside, stage

PLAN = PlannedChanges(
    install=(("one", "1.2"),),
    upgrade=(("two", "1.1", "1.2"),),
    remove=(("three", "3"),),
)


def _keep_quiet(line: str) -> None:
    del line


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Stream(io.TextIOWrapper):
    """A text stream in memory, in any encoding."""

    def __init__(self, encoding: str) -> None:
        self.content = io.BytesIO()
        super().__init__(self.content, encoding=encoding, newline="\n")

    def text(self) -> str:
        self.flush()
        return self.content.getvalue().decode(self.encoding)


class Seen:
    """A progress with its stream, driven by hand: no thread, no waiting."""

    def __init__(
        self, kind: Kind, *, columns: int, encoding: str, color: bool, plans: bool
    ) -> None:
        self.stream = Stream(encoding)
        unicode = encoding == "utf-8"
        look = Look(kind, lambda: columns, unicode, color)
        self.progress = Progress(self.stream, look, plans=plans)
        self.number = 0

    def begin(self, name: str, subject: str = "", *, at: float = 0.0) -> Running:
        self.number += 1
        running = Running(self.number, Activity(name, subject), at, 1)
        self.progress.begun(running)
        return running

    def end(self, running: Running, *, at: float, count: int | None = None) -> None:
        running.ended, running.count = at, count
        self.progress.ended(running)

    @property
    def text(self) -> str:
        return self.stream.text()


@pytest.fixture
def see() -> Callable[..., Seen]:
    """Make a progress: plain, 80 columns, UTF-8, unless a test says otherwise."""

    def make(
        kind: Kind = "plain",
        *,
        columns: int = 80,
        encoding: str = "utf-8",
        color: bool = False,
        plans: bool = True,
    ) -> Seen:
        return Seen(kind, columns=columns, encoding=encoding, color=color, plans=plans)

    return make


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0.0, "0 ms", id="nothing"),
        pytest.param(0.0804, "80 ms", id="milliseconds"),
        pytest.param(1.24, "1.2 s", id="seconds"),
        pytest.param(125.9, "2 min 5 s", id="minutes"),
    ],
)
def test_times_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        pytest.param(0, "0 B", id="nothing"),
        pytest.param(999, "999 B", id="bytes"),
        pytest.param(81_234, "81 kB", id="kilobytes"),
        pytest.param(12_345_678, "12.3 MB", id="megabytes"),
        pytest.param(2_500_000_000, "2.5 GB", id="gigabytes"),
    ],
)
def test_sizes_read_well(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize("kind", ["plain", "live"])
def test_work_that_is_done_in_no_time_leaves_no_line(
    see: Callable[..., Seen], kind: Kind
) -> None:
    seen = see(kind)
    seen.end(seen.begin("resolve"), at=0.2, count=42)
    seen.progress.closed()
    assert seen.text == ""


def test_each_stage_that_is_done_has_one_line_with_its_time(
    see: Callable[..., Seen],
) -> None:
    seen = see()
    seen.end(seen.begin("resolve"), at=0.08, count=42)
    assert seen.text == ""  # it waits until the work has lasted
    fetch = seen.begin("fetch", at=0.1)
    download = seen.begin("download", "one-1.2-py3-none-any.whl", at=0.1)
    download.done = 12_300_000
    seen.end(download, at=1.2)
    seen.end(fetch, at=1.3, count=1)
    seen.end(seen.begin("build", "two 1.2", at=1.3), at=4.5)
    seen.end(seen.begin("install", at=4.5), at=4.531, count=2)
    assert seen.text.splitlines() == [
        "Resolved 42 packages in 80 ms",
        "Downloaded 1 file, 12.3 MB, in 1.2 s",
        "Built two 1.2 in 3.2 s",
        "Installed 2 packages in 31 ms",
    ]


def test_nothing_is_said_of_what_failed_or_was_for_a_build_alone(
    see: Callable[..., Seen],
) -> None:
    seen = see()
    failed = seen.begin("build", "two 1.2")
    failed.failed = True
    seen.end(failed, at=3)
    nested = Running(9, Activity("resolve", purpose="build requirements"), 0, 1)
    seen.progress.begun(nested)
    seen.end(nested, at=3, count=4)
    seen.end(seen.begin("fetch"), at=3, count=0)
    assert seen.text == ""


def test_the_plan_of_work_that_lasts_comes_before_the_work(
    see: Callable[..., Seen],
) -> None:
    seen = see()
    seen.progress.planned(PLAN, 0.1)
    assert seen.text == ""
    assert seen.progress.shown is None
    seen.progress.ticked(0.31)
    assert seen.text == "+ one 1.2\n~ two 1.1 -> 1.2\n- three 3\n"
    assert seen.progress.shown == PLAN


def test_a_person_at_a_terminal_sees_the_plan_at_once(see: Callable[..., Seen]) -> None:
    seen = see("live")
    seen.progress.planned(PLAN, 0.1)
    assert seen.text == "+ one 1.2\n~ two 1.1 -> 1.2\n- three 3\n"


def test_a_dry_run_shows_no_plan_since_that_is_its_result(
    see: Callable[..., Seen],
) -> None:
    seen = see("live", plans=False)
    seen.progress.planned(PLAN, 1.0)
    assert seen.text == ""


def test_colour_goes_with_the_signs_and_never_alone(see: Callable[..., Seen]) -> None:
    seen = see(color=True)
    seen.progress.planned(PLAN, 1.0)
    assert seen.text.splitlines() == [
        "\x1b[32m+ one 1.2\x1b[0m",
        "\x1b[33m~ two 1.1 -> 1.2\x1b[0m",
        "\x1b[31m- three 3\x1b[0m",
    ]


def test_without_a_terminal_there_is_one_line_every_five_seconds(
    see: Callable[..., Seen],
) -> None:
    seen = see()
    build = seen.begin("build", "two 1.2", at=0.0)
    first = seen.begin("download", "one.whl", at=2.0)
    first.done, first.total = 4_000_000, 8_000_000
    for tenths in range(3, 120):
        seen.progress.ticked(tenths / 10)
    seen.end(build, at=12)
    assert seen.text.splitlines() == [
        "building two 1.2 (5.0 s); downloading 1 file: 4.0 MB of 8.0 MB, 1.3 MB/s",
        "building two 1.2 (10.0 s); downloading 1 file: 4.0 MB of 8.0 MB, 500 kB/s",
        "Built two 1.2 in 12.0 s",
    ]
    assert "\x1b" not in seen.text


def test_while_versions_are_sought_it_is_told_who_is_asked(
    see: Callable[..., Seen],
) -> None:
    seen = see("live")
    resolve = seen.begin("resolve")
    first = seen.begin("request", "https://index.example/simple/one/")
    seen.progress.ticked(0.4)
    seen.end(first, at=0.5)
    seen.begin("request", "https://index.example/simple/two/", at=0.5)
    seen.begin("request", "https://files.example/three.metadata", at=0.5)
    seen.progress.ticked(0.6)
    lines = [line.rpartition("\x1b[J")[2] for line in seen.text.split("\n")]
    assert [line for line in lines if line] == [
        "resolving (400 ms), asking index.example",
        "resolving (500 ms), 1 answer",
        "resolving (600 ms), 1 answer, asking index.example, files.example",
    ]
    seen.end(resolve, at=0.7, count=2)
    assert seen.text.endswith("\x1b[JResolved 2 packages in 700 ms\n")


def test_who_is_asked_is_told_every_five_seconds_elsewhere(
    see: Callable[..., Seen],
) -> None:
    seen = see()
    seen.begin("look-up")
    seen.end(seen.begin("request", "https://a.example/"), at=1.0)
    seen.begin("request", "https://a.example/", at=1.0)
    seen.progress.ticked(5.0)
    assert seen.text == "looking up (5.0 s), 1 answer, asking a.example\n"


def test_a_narrow_line_is_cut(see: Callable[..., Seen]) -> None:
    seen = see("live", columns=40)
    seen.begin("resolve")
    seen.begin("request", "https://a-very-long-name-of-a-host.example/simple/")
    seen.progress.ticked(0.4)
    (line,) = seen.text.splitlines()
    assert len(line) < 40
    assert line.startswith("resolving (400 ms), asking a-very-")


def _download(done: int, total: int | None) -> Running:
    activity = Activity("download", "a_long_name-1.2.3-py3-none-any.whl")
    return Running(1, activity, 0.0, 1, done=done, total=total)


@pytest.mark.parametrize(
    ("columns", "unicode", "total", "line"),
    [
        pytest.param(
            100,
            True,
            80_300_000,
            "a_long_name-1.2.3-py3-none-any.whl ███░░░░░░░░░░░░░░░░░░░░░ "
            "12.3/80.3 MB 6.2 MB/s",
            id="wide",
        ),
        pytest.param(
            100,
            False,
            80_300_000,
            "a_long_name-1.2.3-py3-none-any.whl [###-------------------] "
            "12.3/80.3 MB 6.2 MB/s",
            id="wide, ASCII",
        ),
        pytest.param(
            40,
            True,
            80_300_000,
            "a_long_na… ░░░░░░ 12.3/80.3 MB 6.2 MB/s",
            id="40 columns",
        ),
        pytest.param(
            40,
            False,
            80_300_000,
            "a_long_... [----] 12.3/80.3 MB 6.2 MB/s",
            id="40 columns, ASCII",
        ),
        pytest.param(
            40,
            True,
            None,
            "a_long_name-1.2.3-py3… 12.3 MB 6.2 MB/s",
            id="40 columns, size not known",
        ),
        pytest.param(20, False, None, ".. 12.3 MB 6.2 MB/s", id="20 columns"),
    ],
)
def test_a_download_is_name_bar_bytes_and_rate_in_any_width(
    columns: int, *, unicode: bool, total: int | None, line: str
) -> None:
    (drawn,) = live_lines(
        [_download(12_345_678, total)], 2.0, columns=columns, unicode=unicode
    )
    assert len(drawn) < columns
    assert drawn.isascii() is not unicode
    assert drawn == line


def test_live_lines_are_drawn_over_and_taken_away(see: Callable[..., Seen]) -> None:
    seen = see("live", columns=40)
    build = seen.begin("build", "two 1.2")
    seen.progress.ticked(0.1)
    assert seen.text == ""
    seen.progress.ticked(0.4)
    seen.progress.ticked(0.5)
    assert seen.text == (
        "building two 1.2 (400 ms)\n\r\x1b[1A\x1b[Jbuilding two 1.2 (500 ms)\n"
    )
    seen.progress.noted("note: hear this", 0.6)
    assert seen.text.endswith(
        "\r\x1b[1A\x1b[Jnote: hear this\nbuilding two 1.2 (600 ms)\n"
    )
    seen.end(build, at=0.7)
    assert seen.text.endswith("\r\x1b[1A\x1b[JBuilt two 1.2 in 700 ms\n")


def test_what_is_drawn_is_gone_when_a_command_breaks_off(
    see: Callable[..., Seen],
) -> None:
    seen = see("live")
    seen.begin("build", "two 1.2")
    seen.progress.ticked(0.4)
    seen.progress.closed()
    assert seen.text.endswith("\r\x1b[1A\x1b[J")


def test_hostile_names_do_not_drive_the_terminal(see: Callable[..., Seen]) -> None:
    seen = see("live")
    seen.begin("build", "evil\x1b[2J\u202e 1.0")
    seen.progress.planned(PlannedChanges(install=(("e\x1b[31m", "1\n2"),)), 0.35)
    seen.progress.ticked(0.4)
    assert "\x1b[2J" not in seen.text
    assert "\u202e" not in seen.text
    assert "\x1b[31m" not in seen.text


def test_an_encoding_without_the_letters_still_takes_the_line(
    see: Callable[..., Seen],
) -> None:
    seen = see(encoding="ascii")
    seen.progress.noted("building größe", 0.4)
    assert seen.text == "building gr??e\n"


def test_a_stream_that_is_gone_does_not_stop_the_work(see: Callable[..., Seen]) -> None:
    seen = see("live")
    seen.begin("build", "two 1.2")
    seen.stream.close()
    seen.progress.ticked(0.4)
    seen.progress.closed()


def test_waiting_for_a_server_is_told_once_with_what_to_do() -> None:
    told: list[str] = []
    waits = Waits(told.append)
    for number in (1, 2):
        url = f"https://index.example/simple/{number}/"
        activity = Activity("request", url, advice="--timeout SECONDS changes it")
        waits.begun(Running(number, activity, float(number), 1))
    for now in (2.9, 4.5, 5.5, 6.5):
        waits.ticked(now)
    assert told == [
        "waiting for index.example: no answer for 3 s; --timeout SECONDS changes it"
    ]


def test_an_answer_in_time_is_not_told() -> None:
    told: list[str] = []
    waits = Waits(told.append)
    running = Running(1, Activity("request", "https://a/", advice="x"), 0.0, 1)
    waits.begun(running)
    waits.ended(running)
    waits.ticked(9.0)
    assert told == []


def test_the_same_plan_is_told_once_and_a_new_one_again() -> None:
    heard: list[PlannedChanges] = []

    class Ear(Waits):
        def planned(self, changes: PlannedChanges, now: float) -> None:
            del now
            heard.append(changes)

    watch = Watch([Ear(_keep_quiet)], clock=Clock(), began=0.0)
    watch.plan(PLAN)
    watch.plan(PLAN)
    watch.plan(PlannedChanges())
    aside(watch, "a build").plan(PLAN)
    assert heard == [PLAN, PlannedChanges()]


def test_a_stage_ends_however_it_ends() -> None:
    clock = Clock()
    ended: list[Running] = []

    class Ear(Waits):
        def ended(self, running: Running) -> None:
            ended.append(running)

    watch = Watch([Ear(_keep_quiet)], clock=clock, began=0.0)

    def fail() -> None:
        with stage(aside(watch, "a build"), "build", "two"):
            clock.now = 2.0
            raise ValueError("told")

    with pytest.raises(ValueError, match="told"):
        fail()
    watch.close()
    assert [(one.failed, one.lasted(9.0)) for one in ended] == [(True, 2.0)]
    assert ended[0].activity == Activity("build", "two", purpose="a build")
