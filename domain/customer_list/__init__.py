"""Reads a shop's customer list from a CSV file or an Excel workbook, and accepts or rejects each row.

`read_list` is the entry point. It uses `encodings` and `workbook` to read rows of text, `columns` to find the heading
row, and `row_checks` to validate each row.
"""
