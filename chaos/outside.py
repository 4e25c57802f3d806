"""Faults of the gateway, and of time."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chaos.stage import Injected, Stage

#: Seconds by which the clock of the dispatchers is wrong.
SKEW = 5
_NOTHING = frozenset(("again", "unknown", "failed"))

#: Real time is wrong, monotonic time is not: as on a machine whose clock nobody sets.
_WRONG_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *ts) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, ts);
    if (result == 0 && id == CLOCK_REALTIME) ts->tv_sec += OFFSET;
    return result;
}
int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *out) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (out) *out = ts.tv_sec;
    return ts.tv_sec;
}
"""


def refusing(stage: Stage) -> Injected:
    """Refuses connections: no message is failed or unknown, and no retry budget is burnt."""
    stage.begin(pace=15)
    seconds = stage.seconds(30, 4)
    stage.gateway.refuse(seconds)
    stage.supervisor.pause(seconds)
    stage.gateway.until_it_listens()
    return Injected(times=1, forbids=_NOTHING | {"answers"})


def faulty(seconds: float, **behaviour: object) -> Callable[[Stage], Injected]:
    """A scenario in which the gateway behaves so for some seconds (a third of it in the short form)."""

    def play(stage: Stage) -> Injected:
        stage.begin(pace=seconds)
        stage.behave(pace=seconds, **behaviour)
        stage.supervisor.pause(stage.seconds(seconds, seconds / 3))
        answers = stage.gateway.totals()["by_answer"]
        injected = sum(times for answer, times in answers.items() if answer != "ok")
        problems = [] if injected else ["the fault met no request"]
        return Injected(times=injected, problems=problems)

    return play


def odd_but_good(stage: Stage) -> Injected:
    """A wrong content type: a success like any other."""
    stage.begin(pace=8)
    stage.behave(shares={"content_type": 1})
    stage.supervisor.until(lambda: stage.ledger.is_over(stage.mailing), seconds=60)
    times = stage.gateway.totals()["by_answer"].get("content_type", 0)
    return Injected(times=times, forbids=_NOTHING | {"answers"}, problems=[] if times else ["nobody was answered so"])


def untrusted(stage: Stage) -> Injected:
    """A certificate of another host: not one request leaves until the gateway has a good one."""
    stage.begin(pace=5, flows=False)
    stage.supervisor.pause(8)
    totals = stage.gateway.totals()
    stage.mend()
    problems = [f"{totals['requests']} requests reached a gateway nobody can trust"] if totals["requests"] else []
    return Injected(times=1, forbids=_NOTHING | {"answers"}, problems=problems)


def end_in_the_middle(stage: Stage) -> Injected:
    """The mailing's end comes when half of it is sent: no request starts after it, the rest expires."""
    return _end(stage)


def end_under_a_wrong_clock(stage: Stage) -> Injected:
    """The same with the dispatchers' clocks 5 s wrong, one late, one early: the database's clock decides."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a wrong clock needs a C compiler"
    right = {name: stage.supervisor.parts[name] for name in stage.supervisor.dispatchers}
    for number, name in enumerate(stage.supervisor.dispatchers):
        library = _wrong_clock(compiler, stage.supervisor.plan.home.run, SKEW if number % 2 else -SKEW)
        part = right[name]
        stage.supervisor.parts[name] = replace(part, env={**part.env, "LD_PRELOAD": str(library)})
        _restart(stage, name)
    try:
        return _end(stage)
    finally:
        for name, part in right.items():
            stage.supervisor.parts[name] = part
            _restart(stage, name)


def _restart(stage: Stage, name: str) -> None:
    stage.supervisor.end(name)
    stage.supervisor.launch(name)
    stage.supervisor.until(lambda: stage.supervisor.ready(name), seconds=30)


def _wrong_clock(compiler: str, folder: Path, offset: int) -> Path:
    source, library = folder / "clock.c", folder / f"clock{offset}.so"
    source.write_text(_WRONG_CLOCK, encoding="ascii")
    command = [compiler, "-shared", "-fPIC", "-O1", f"-DOFFSET={offset}", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


def _end(stage: Stage) -> Injected:
    seconds = stage.seconds(12, 6)
    stage.begin(pace=2 * seconds, ends_in=seconds)
    end = stage.ledger.ends_at(stage.mailing)
    stage.supervisor.until(lambda: time.time() >= end, seconds=seconds + 5)
    ended = time.monotonic()
    stage.supervisor.until(lambda: stage.ledger.is_over(stage.mailing), seconds=60)
    last = max((row["last_at"] for row in stage.gateway.ids()), default=0.0)
    problems = [] if end - 4 < last else [f"the last request started {end - last:.1f} s before the end"]
    # Each request is cut at the end, wherever it is.
    return Injected(times=1, cut=stage.room, state="expired", ended=ended, problems=problems)
