-- Refused rows, each with all of its cells, for the author of the file.
COPY vestnik_importrefusal (job_id, line, reason, other_line, attribute, cells) FROM STDIN
