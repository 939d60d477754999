"""Who acts: journeys, operators, arrivals and the scheduler that wakes them."""
