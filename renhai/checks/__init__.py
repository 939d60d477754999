"""Beside and after the load: is it right?"""
