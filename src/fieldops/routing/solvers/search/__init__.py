"""Ruin and recreate in compiled kernels. Nothing is imported here: numba is loaded when the solver is asked for."""
