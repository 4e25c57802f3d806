-- How many clients have each attribute, exact in each transaction: to count them reads every client. Who changes clients adds
-- rows to vestnik_attributecount, and the sum of a name's rows is its number. Nobody changes a row, so writers of clients never
-- wait for each other here. An import counts what it does in one statement (vestnik.counts_attributes): a call for each row
-- would cost it a third of its speed.

-- Now and then the rows become one for each name. Those that another transaction folds are left to it. Not in a transaction with
-- one snapshot, which would fail, and not while all clients are counted again.
CREATE FUNCTION vestnik_fold_attribute_counts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed'
        OR NOT pg_try_advisory_xact_lock_shared({ATTRIBUTE_COUNTS})
    THEN
        RETURN;
    END IF;
    WITH taken AS (
        SELECT id FROM vestnik_attributecount ORDER BY id LIMIT 2000 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM vestnik_attributecount c USING taken t WHERE c.id = t.id RETURNING c.name, c.clients
    )
    INSERT INTO vestnik_attributecount (name, clients)
    SELECT name, sum(clients) FROM gone GROUP BY name HAVING sum(clients) <> 0;
END $$;

CREATE FUNCTION vestnik_count_attributes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    had jsonb;
    folds boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        had := OLD.attributes;
    END IF;
    WITH counted AS (
        INSERT INTO vestnik_attributecount (name, clients)
        SELECT name, sum(n) FROM (
            SELECT jsonb_object_keys(NEW.attributes) AS name, 1 AS n
            UNION ALL SELECT jsonb_object_keys(had), -1
        ) AS names GROUP BY name HAVING sum(n) <> 0
        RETURNING id
    )
    SELECT bool_or((id & 63) = 0) INTO folds FROM counted;
    IF folds THEN
        PERFORM vestnik_fold_attribute_counts();
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION vestnik_discount_attributes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vestnik_attributecount (name, clients)
    SELECT name, -count(*) FROM gone, jsonb_object_keys(gone.attributes) AS name
    WHERE gone.attributes IS NOT NULL GROUP BY name;
    RETURN NULL;
END $$;

CREATE FUNCTION vestnik_forget_attribute_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM vestnik_attributecount;
    RETURN NULL;
END $$;

CREATE TRIGGER vestnik_count_attributes_added AFTER INSERT ON vestnik_client FOR EACH ROW
WHEN (NEW.attributes IS NOT NULL AND current_setting('vestnik.counts_attributes', true) IS DISTINCT FROM 'yes')
EXECUTE FUNCTION vestnik_count_attributes();
CREATE TRIGGER vestnik_count_attributes_changed AFTER UPDATE OF attributes ON vestnik_client FOR EACH ROW
WHEN (OLD.attributes IS DISTINCT FROM NEW.attributes
      AND current_setting('vestnik.counts_attributes', true) IS DISTINCT FROM 'yes')
EXECUTE FUNCTION vestnik_count_attributes();
CREATE TRIGGER vestnik_count_attributes_deleted AFTER DELETE ON vestnik_client
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION vestnik_discount_attributes();
CREATE TRIGGER vestnik_count_attributes_truncated AFTER TRUNCATE ON vestnik_client
FOR EACH STATEMENT EXECUTE FUNCTION vestnik_forget_attribute_counts();
