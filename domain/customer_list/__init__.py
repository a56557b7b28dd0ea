"""Reads a shop's customer list from a CSV file or an Excel workbook, one accepted or rejected row at a time.

`read_list` is the entry point. It uses `encodings` and `workbook` to get rows of text, `columns` to find the heading
row, and `row_checks` to validate each row.
"""
