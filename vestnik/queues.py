"""The broker's queues. A module that needs only their names need not load Django."""

#: Dispatchers listen here: solo-pool workers.
DISPATCH_QUEUE = "dispatch"
#: Sweeps, audiences and reports.
WORK_QUEUE = "work"
