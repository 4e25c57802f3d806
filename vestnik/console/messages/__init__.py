"""Pages of single messages: one is written and sent at once, and its page says what became of it."""
