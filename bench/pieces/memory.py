"""Memory must stay flat: what processes held at most after a mailing of a million, beside one of ten thousand."""

from bench.asking import Reader
from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.processes import members, peak_memory
from bench.sinks import nginx
from harness.cluster import Cluster

LARGE, SMALL = 1_000_000, 10_000
KINDS = {"dispatchers": "two dispatchers", "worker": "general worker", "web": "web", "beat": "beat"}


def measure(context: Context) -> None:
    """The small mailings first: peaks only grow."""
    folder = context.folder_of("memory")
    large = context.size(LARGE)
    with nginx(folder) as sink, cluster(folder / "home", gateway=sink.url) as running:
        running.add_clients("small", SMALL)
        running.add_clients("large", large)
        for _ in range(3):
            _use(running, "small")
        before = _peaks(running)
        _use(running, "large")
        after = _peaks(running)
    for kind, words in KINDS.items():
        context.findings.rows.append(
            Row(
                piece="memory", what=words, unit="MiB at most", ours=[after[kind]], against=f"{SMALL:,} messages",
                beside=[before[kind]], goal=Goal("<=", 1.2), note=f"{large:,} messages; measured once",
            )
        )  # fmt: skip


def _use(running: Cluster, tag: str) -> None:
    """Send a mailing and look at it, as its owner would."""
    sent = run_mailing(running, tag)
    reader = Reader(running)
    for path in ("statistics", f"{sent.mailing}/statistics", f"{sent.mailing}/messages", f"{sent.mailing}"):
        for _ in range(20):
            reader.seconds(f"/sender/notifications/{path}")


def _peaks(running: Cluster) -> dict[str, float]:
    return {kind: peak_memory(processes) / 2**20 for kind, processes in members(running.pid).items()}
