-- An earlier release does not know segments: it would build the audience of a mailing without its segment, and write to people
-- who were left out. It moves the cursor as advance.sql does, and takes a row that does not move for a mailing that was cancelled: its
-- chunk is rolled back. A release that knows segments says so in the transaction of the chunk (vestnik.knows_segments).
CREATE FUNCTION vestnik_segment_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('vestnik.knows_segments', true), '') = 'yes' THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_segment_audience BEFORE UPDATE OF audience_cursor ON vestnik_mailing FOR EACH ROW
WHEN (NEW.segment IS NOT NULL)
EXECUTE FUNCTION vestnik_segment_audience();
