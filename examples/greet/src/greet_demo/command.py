"""The console command ``greet``."""

import argparse
import datetime as dt
from importlib.metadata import entry_points

import humanize

from greet_demo import greeting


def main() -> int:
    """Greet, in the voice and language asked for."""
    voices = {entry.name: entry for entry in entry_points(group="greet_demo.voices")}
    parser = argparse.ArgumentParser(prog="greet")
    parser.add_argument("name")
    parser.add_argument("--language", default="en")
    parser.add_argument("--voice", default="plain", choices=sorted(voices))
    parser.add_argument("--met", type=int, default=0, help="days since we met")
    arguments = parser.parse_args()
    text = greeting(arguments.name, language=arguments.language)
    print(voices[arguments.voice].load()(text))
    if arguments.met:
        ago = humanize.naturaldelta(dt.timedelta(days=arguments.met))
        print(f"We met {ago} ago.")
    return 0
