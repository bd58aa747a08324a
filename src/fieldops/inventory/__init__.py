"""Spare parts: what to stock where, from usage history to reorder levels, proposals and their proof."""
