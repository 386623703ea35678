"""Delivering messages: by SMTP, or into a folder."""
