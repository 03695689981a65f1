"""What may not wait: opening a case in an emergency, reviewing it afterwards, and giving the basis of what was shared."""
