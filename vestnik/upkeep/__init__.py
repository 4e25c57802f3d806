"""Work that is done again and again in the background: sweeps, retention, restored backups, checks and repairs."""
