"""What a user would build or buy instead, and the limits of the machine: each is measured beside ours."""
