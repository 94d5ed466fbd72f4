"""Tests of projected sizes, family by family."""
