"""Pictures and files that people look at."""
