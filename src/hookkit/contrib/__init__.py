"""Optional integrations, each behind its extra; none is imported by the core."""
