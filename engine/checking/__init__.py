"""Checking a definition before a case suffers: rules with code, element, Chinese and English text."""
