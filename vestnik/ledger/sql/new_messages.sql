-- A message for each of the clients that follow (FROM): a part of the two statements that build a chunk.
--
-- A phone on the stop list has its row like any other, cancelled from the start: one row per person of the audience, so
-- the totals say how many there were and why they got nothing.
--
-- A mailing out of a backup that nobody has resumed may have been sent since: what it gets now is in doubt, too.
INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, in_doubt, recalled, code, detail)
SELECT nextval('vestnik_message_id_seq'), %(mailing)s, id, phone_number, now(),
       CASE WHEN stopped THEN {CANCELLED} ELSE {QUEUED} END,
       NOT stopped AND EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = %(mailing)s AND m.restored_at IS NOT NULL),
       CASE WHEN stopped THEN %(stop_code)s END, CASE WHEN stopped THEN %(stop_code)s END,
       CASE WHEN stopped THEN %(stop_detail)s END
