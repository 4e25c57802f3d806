-- Writes an event and a delivery for each endpoint that wants it, in the transaction that made it happen; nothing
-- where no endpoint wants it. A disabled endpoint gets its delivery only by a replay, for which the event is kept.
--
-- Triggers call it, not the statements that change the tables: some twenty statements in six packages start, pause and
-- end mailings, and a trigger misses none of them (docs/decisions/webhooks.md). Each trigger has a condition, which is
-- all that a statement costs that makes nothing happen.
CREATE FUNCTION vestnik_tell(kind text, told jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    event bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM vestnik_webhook_endpoint
        WHERE kind = ANY (event_types) AND (enabled OR disabled_at > now() - interval '7 days')
    ) THEN
        RETURN;
    END IF;
    INSERT INTO vestnik_webhook_event (uid, type, at, data) VALUES (gen_random_uuid(), kind, clock_timestamp(), told)
    RETURNING id INTO event;
    INSERT INTO vestnik_webhook_delivery (endpoint_id, event_id, due_at, attempts, since)
    SELECT id, event, now(), 0, now() FROM vestnik_webhook_endpoint WHERE enabled AND kind = ANY (event_types);
END $$;

CREATE FUNCTION vestnik_tell_of_mailing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := jsonb_build_object('mailing_id', NEW.id, 'name', NEW.name, 'state', NEW.state);
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state THEN
        IF NEW.state = 'running' THEN
            PERFORM vestnik_tell(CASE OLD.state WHEN 'scheduled' THEN 'mailing.started' ELSE 'mailing.resumed' END, told);
        ELSIF NEW.state = 'paused' THEN
            PERFORM vestnik_tell('mailing.paused', told || jsonb_build_object('pause_code', NEW.pause_code));
        ELSIF NEW.state = 'cancelled' THEN
            PERFORM vestnik_tell('mailing.cancelled', told);
        END IF;
    END IF;
    IF OLD.frozen_at IS NULL AND NEW.frozen_at IS NOT NULL THEN
        PERFORM vestnik_tell('mailing.finished', told || jsonb_build_object('totals', NEW.totals));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_tell_of_mailing AFTER UPDATE ON vestnik_mailing FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state OR (OLD.frozen_at IS NULL AND NEW.frozen_at IS NOT NULL))
EXECUTE FUNCTION vestnik_tell_of_mailing();

CREATE FUNCTION vestnik_tell_of_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM vestnik_tell('import.finished', jsonb_build_object(
        'import_id', NEW.id, 'state', NEW.state, 'mode', NEW.mode, 'rows', NEW.rows, 'created', NEW.created,
        'updated', NEW.updated, 'unchanged', NEW.unchanged, 'refused', NEW.refused, 'warnings', NEW.warnings));
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_tell_of_import AFTER UPDATE ON vestnik_importjob FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('done', 'failed'))
EXECUTE FUNCTION vestnik_tell_of_import();

-- Out before down: a gateway that refuses us is out, whatever its breaker says. Up when it is neither any more.
CREATE FUNCTION vestnik_tell_of_gateway() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was  text := CASE WHEN OLD.out_at IS NOT NULL THEN 'out' WHEN OLD.breaker = 'open' THEN 'down' ELSE 'up' END;
    "is" text := CASE WHEN NEW.out_at IS NOT NULL THEN 'out' WHEN NEW.breaker = 'open' THEN 'down' ELSE 'up' END;
BEGIN
    IF was <> "is" THEN
        PERFORM vestnik_tell('gateway.' || "is", jsonb_build_object(
            'gateway', (SELECT name FROM vestnik_gateway WHERE id = NEW.id),
            'reason', CASE "is" WHEN 'out' THEN NEW.out_words WHEN 'down' THEN NEW.breaker_reason ELSE '' END,
            'code', CASE "is" WHEN 'out' THEN NEW.out_code ELSE '' END));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_tell_of_gateway AFTER UPDATE ON vestnik_gatewaystate FOR EACH ROW
WHEN (OLD.breaker IS DISTINCT FROM NEW.breaker OR OLD.out_at IS DISTINCT FROM NEW.out_at)
EXECUTE FUNCTION vestnik_tell_of_gateway();

-- A text is cut where no SMS is as long: an event is at most 1 MiB.
CREATE FUNCTION vestnik_tell_of_inbound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM vestnik_tell('inbound.received', jsonb_build_object(
        'inbound_id', NEW.id, 'gateway', (SELECT name FROM vestnik_gateway WHERE id = NEW.gateway_id),
        'phone_number', NEW.phone::text, 'sender', left(NEW.sender, 1000), 'recipient', left(NEW.recipient, 1000),
        'text', left(NEW.text, 20000), 'at', NEW.at, 'received_at', NEW.received_at));
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_tell_of_inbound AFTER INSERT ON vestnik_inbound FOR EACH ROW
EXECUTE FUNCTION vestnik_tell_of_inbound();
