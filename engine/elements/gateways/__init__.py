"""Gateways: how tokens split and join (formal/2011-01-03, 10.5, 13.3)."""
