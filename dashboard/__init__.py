"""The pages for shops and for their customers. This package contains no business rules."""
