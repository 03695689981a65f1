"""Who answers for what inside an agency: its administrators give their colleagues roles and take them, with a reason."""
