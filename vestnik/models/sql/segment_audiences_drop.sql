-- What segment_audiences.sql made.
DROP FUNCTION vestnik_segment_audience() CASCADE;
