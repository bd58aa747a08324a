"""The wing of dispatch: who does which order when."""
