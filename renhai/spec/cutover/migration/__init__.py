"""The rules of a migration: which batches of old data are held against which of the new system's, and how."""
