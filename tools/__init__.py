"""What people run by hand: the audit of dependencies, tests on foreign servers, the fuzz campaign, pictures."""
