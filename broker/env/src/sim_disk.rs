//! A disk in memory that forgets, on a power cut, any part of what was not synced.
