"""Information-sharing agreements: under which one a case is shared, who signed it, and when it ends."""
