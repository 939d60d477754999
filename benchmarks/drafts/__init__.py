"""Documents and recordings of others: how many draft into a target file that loads?"""
