"""The daily e-mail to administrators."""
