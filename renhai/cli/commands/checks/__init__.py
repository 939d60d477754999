"""Commands that check what a load or a migration left behind: audit, verify, ledger."""
