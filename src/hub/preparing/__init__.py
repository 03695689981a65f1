"""Before a joint conference: what each agency reports, the papers, and what has happened since the last one."""
