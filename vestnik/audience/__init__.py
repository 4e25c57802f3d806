"""Makes messages and batches from a mailing's filter."""
