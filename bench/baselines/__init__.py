"""What a user would build or buy instead, and the limits of the machine: each is measured beside ours."""

#: What the plain views write to and read from.
PLAIN_TABLE = "bench_plain"
