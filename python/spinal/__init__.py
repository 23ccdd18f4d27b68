"""Spinal: the runtime that takes a learned robot policy from demo to deployment."""
