-- Where COPY puts the sample first: COPY itself cannot leave out clients that are there already.
CREATE TEMPORARY TABLE sample (phone bigint, code smallint, tag text, zone text) ON COMMIT DROP
