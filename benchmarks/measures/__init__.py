"""The measures of the report, one in each module."""
