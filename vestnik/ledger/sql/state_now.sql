-- What state is message m of batch b in? The one expression over row, batch and log. at: when the log says it was sent.
CASE WHEN m.state <> {QUEUED} THEN m.state
     WHEN {at} IS NOT NULL THEN {SENT}
     WHEN {is_granted} THEN {SENDING}
     ELSE {QUEUED} END
