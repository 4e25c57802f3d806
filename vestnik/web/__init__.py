"""What both faces share, REST and the console: ids in paths and queries."""
