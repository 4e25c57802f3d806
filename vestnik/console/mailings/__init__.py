"""The mailings: their list, and one with its live totals."""
