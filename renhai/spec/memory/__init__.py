"""What a load process keeps of taxpayers, in few bytes."""
