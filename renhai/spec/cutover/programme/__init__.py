"""A programme: the stages of a rehearsal, as a user writes them."""
