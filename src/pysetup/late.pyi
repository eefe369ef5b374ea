import base64 as base64
import csv as csv
import ctypes as ctypes
import difflib as difflib
import hashlib as hashlib
import html as html
import ipaddress as ipaddress
import netrc as netrc
import re as _re
import shutil as shutil
import tempfile as tempfile
import tomllib as tomllib

late_pattern = _re.compile

class LateModule:
    def __init__(self, name: str) -> None: ...
