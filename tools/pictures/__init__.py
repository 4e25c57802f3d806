"""The pictures of the docs, drawn by a browser."""
