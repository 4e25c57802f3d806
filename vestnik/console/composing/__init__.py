"""The pages that create and edit a mailing, with the sheet to check before it is saved."""
