"""The pages of segments: filters over clients that are kept under a name."""
