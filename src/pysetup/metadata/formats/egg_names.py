"""The names of the files in an ``.egg-info`` folder that say anything of a project."""

PKG_INFO = "PKG-INFO"
REQUIRES_TXT = "requires.txt"
ENTRY_POINTS_TXT = "entry_points.txt"
TOP_LEVEL_TXT = "top_level.txt"
