-- An earlier release builds the audience of a personal mailing as one for all: its messages have no values, so none of them
-- could be sent. It moves the cursor as advance.sql does, and takes a row that does not move for a mailing that was cancelled: its
-- chunk is rolled back. A release that freezes values says so in the transaction of the chunk (vestnik.freezes_values).
CREATE FUNCTION vestnik_personal_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('vestnik.freezes_values', true), '') = 'yes' THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vestnik_personal_audience BEFORE UPDATE OF audience_cursor ON vestnik_mailing FOR EACH ROW
WHEN (NEW.personal)
EXECUTE FUNCTION vestnik_personal_audience();
