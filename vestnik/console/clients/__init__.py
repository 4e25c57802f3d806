"""The directory: clients, their import and export, and the stop list."""
