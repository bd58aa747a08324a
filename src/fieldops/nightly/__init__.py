"""The nightly command: configuration, run folder, manifest, command line. No logic that the library lacks."""
