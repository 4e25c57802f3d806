-- What the table is joined and sorted by; what the other columns hold changes no plan, and costs as much again.
ANALYZE staged (phone, reason)
