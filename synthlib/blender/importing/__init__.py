"""Model files of all supported kinds as clean, normalised mesh objects of the current scene."""
