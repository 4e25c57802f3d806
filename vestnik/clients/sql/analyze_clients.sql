-- After many clients were added the planner does not know yet how the directory looks.
ANALYZE vestnik_client
