"""The numbers of the rpm format, version 4: tags, kinds of values, flags.

The rpm file format, https://rpm-software-management.github.io/rpm/manual/tags.html.
"""

# Kinds of values in a header.
INT8, INT16, INT32, INT64 = 2, 3, 4, 5
STRING, BINARY, STRINGS, TRANSLATED = 6, 7, 8, 9

# The entry that spans all others: what signatures and digests are made over.
SIGNATURE_REGION, HEADER_REGION = 62, 63

# Signature header.
SIZE, PAYLOAD_SIZE = 1000, 1007
LONG_SIZE, LONG_PAYLOAD_SIZE = 270, 271
SHA1, SHA256, MD5 = 269, 273, 1004

# Main header.
TRANSLATIONS = 100
NAME, VERSION, RELEASE, EPOCH = 1000, 1001, 1002, 1003
SUMMARY, DESCRIPTION = 1004, 1005
BUILD_TIME, BUILD_HOST, INSTALLED_SIZE = 1006, 1007, 1009
VENDOR, LICENSE, PACKAGER, GROUP, URL = 1011, 1014, 1015, 1016, 1020
OS, ARCHITECTURE = 1021, 1022
SOURCES = 1018
FILE_SIZES, FILE_MODES, FILE_RDEVS, FILE_TIMES = 1028, 1030, 1033, 1034
FILE_DIGESTS, FILE_LINKS, FILE_FLAGS = 1035, 1036, 1037
FILE_USERS, FILE_GROUPS = 1039, 1040
SOURCE_RPM, FILE_VERIFY = 1044, 1045
RPM_VERSION = 1064
CHANGELOG_TIME, CHANGELOG_NAME, CHANGELOG_TEXT = 1080, 1081, 1082
BUILD_ARCHITECTURES = 1089
FILE_DEVICES, FILE_INODES, FILE_LANGUAGES = 1095, 1096, 1097
SOURCE_PACKAGE = 1106
DIRECTORY_INDEXES, BASE_NAMES, DIRECTORY_NAMES = 1116, 1117, 1118
PAYLOAD_FORMAT, PAYLOAD_COMPRESSOR, PAYLOAD_FLAGS = 1124, 1125, 1126
PLATFORM, FILE_COLORS = 1132, 1140
FILE_CLASSES, CLASSES = 1141, 1142
LONG_FILE_SIZES, LONG_INSTALLED_SIZE = 5008, 5009
FILE_DIGEST_ALGORITHM, ENCODING = 5011, 5062
PAYLOAD_DIGEST, PAYLOAD_DIGEST_ALGORITHM, PAYLOAD_DIGEST_ALT = 5092, 5093, 5097

# Relations: kind -> tags of (name, flags, version).
RELATIONS = {
    "provides": (1047, 1112, 1113),
    "requires": (1049, 1048, 1050),
    "conflicts": (1054, 1053, 1055),
    "obsoletes": (1090, 1114, 1115),
    "recommends": (5046, 5048, 5047),
    "suggests": (5049, 5051, 5050),
    "supplements": (5052, 5054, 5053),
    "enhances": (5055, 5057, 5056),
}

# Scriptlets: the name in a spec file -> tags of (text, interpreter), and the flag of
# what the scriptlet requires.
SCRIPTLETS = {
    "pre": (1023, 1085, 1 << 9),
    "post": (1024, 1086, 1 << 10),
    "preun": (1025, 1087, 1 << 11),
    "postun": (1026, 1088, 1 << 12),
}

# RPMSENSE: how a relation compares, and where it comes from.
LESS, GREATER, EQUAL = 1 << 1, 1 << 2, 1 << 3
INTERPRETER, FROM_RPMLIB, FROM_CONFIG = 1 << 8, 1 << 24, 1 << 28

# RPMFILE: what a file is for.
CONFIG, DOC, NO_REPLACE, SPEC_FILE = 1 << 0, 1 << 1, 1 << 4, 1 << 5
GHOST, LICENCE = 1 << 6, 1 << 7

# RPMVERIFY: all that is checked, and what is checked of a file that may come and go.
VERIFY_ALL = 0xFFFFFFFF
VERIFY_GHOST = VERIFY_ALL & ~(1 << 0 | 1 << 1 | 1 << 2 | 1 << 5)

SHA256_ALGORITHM = 8  # RFC 4880, 9.4
