"""Life-cycle, edits and schedule of mailings."""
