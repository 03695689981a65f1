"""Words sent out of the house, and reminders that are due: each exactly once, whoever runs the clock."""
