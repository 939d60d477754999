"""stub"""
from results.report.comparison_page import write_comparison
def write_duel(directory, compared, pairs):
    write_comparison(directory, compared, [a for a, _ in pairs], [b for _, b in pairs])
