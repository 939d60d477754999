"""Targets, files and peers that lie, break or half work, and odd ones that are honest: who passes?"""
