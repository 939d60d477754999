"""Parts of a target file's model."""
