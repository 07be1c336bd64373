"""Corruptions: mistakes that people and programs make, each done to real articles, each to be caught where it was done."""
