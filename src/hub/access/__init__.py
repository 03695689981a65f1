"""Ways in and ways barred, by name: restrictions, what is opened in an emergency, guests and scrutiny."""
