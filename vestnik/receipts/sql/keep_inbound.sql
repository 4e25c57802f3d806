-- Keeps texts that people sent to us. A provider repeats what it got no answer for: the same id is not kept twice.
INSERT INTO vestnik_inbound (gateway_id, provider_id, phone, sender, recipient, text, at, received_at)
SELECT %(gateway)s, r.provider_id, r.phone, r.sender, r.recipient, r.text, to_timestamp(r.at), clock_timestamp()
FROM unnest(%(provider_id)s::text[], %(phone)s::bigint[], %(sender)s::text[], %(recipient)s::text[], %(text)s::text[],
            %(at)s::float8[]) AS r (provider_id, phone, sender, recipient, text, at)
ON CONFLICT DO NOTHING
