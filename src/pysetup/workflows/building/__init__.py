"""From source to archives: projects read, sdists and wheels made."""
