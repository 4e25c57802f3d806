-- What is past its own end is left to the sweep. Is there something in batch b that this gateway may send now, if the batch's rule allows it?
(b.end_time IS NULL OR b.end_time > clock_timestamp() + interval '1 second')
AND (b.queued > b.bound OR %(gateway)s = ANY (b.bound_to))
AND (b.again_at IS NULL OR b.again_at <= clock_timestamp() OR coalesce(b.gateway_id, 1) <> %(gateway)s)
