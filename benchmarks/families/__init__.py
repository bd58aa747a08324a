"""One module a family: ``FOLDER`` names its data, ``run(options)`` returns ``{"results": [...]}``."""
