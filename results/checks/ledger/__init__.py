"""The problem ledger (问题台账): distinct faults by their signature, with their states, kept across days."""
