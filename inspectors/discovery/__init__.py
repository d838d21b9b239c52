"""Find workflow classes in files and folders by reading their source. Never imports what it reads."""
