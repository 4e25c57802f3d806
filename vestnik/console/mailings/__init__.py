"""The list of mailings, and the page of one mailing with its live totals."""
