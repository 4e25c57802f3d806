-- A message for each of the clients that follow (FROM): a part of the two statements that build a chunk.
--
-- A phone on the stop list has its row like any other, cancelled from the start: one row per person of the audience, so
-- the totals say how many there were and why they got nothing.
--
-- A client of a personal mailing for whom the text cannot be made (refusal) has its row, too, for the same reason. What is
-- named in braces is for personal mailings only.
--
-- A mailing out of a backup that nobody has resumed may have been sent since: what it gets now is in doubt, too.
INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, in_doubt, gateway_id, recalled, code, detail{personal_columns})
SELECT nextval('vestnik_message_id_seq'), %(mailing)s, id, phone_number, now(),
       CASE WHEN stopped{or_refused} THEN {CANCELLED} ELSE {QUEUED} END,
       NOT (stopped{or_refused}) AND EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = %(mailing)s AND m.restored_at IS NOT NULL),
       CASE WHEN EXISTS (SELECT FROM vestnik_mailing m WHERE m.id = %(mailing)s AND m.restored_at IS NOT NULL) THEN 0 END,
       CASE WHEN stopped THEN %(stop_code)s END, CASE WHEN stopped THEN %(stop_code)s{else_refusal} END,
       CASE WHEN stopped THEN %(stop_detail)s{else_refusal_detail} END{personal_values}
