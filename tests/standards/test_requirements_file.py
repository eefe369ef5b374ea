"""Requirements files: everything that pip reads there, and what is refused."""

import pytest

from pysetup.standards.hashes import Hash
from pysetup.standards.requirements_file import (
    RequirementsFile,
    RequirementsFileError,
    decode_requirements,
    parse_requirements_file,
)

DIGEST = "sha256:" + "ab" * 32


def parse(files: dict[str, str], *, constraint: bool = False) -> RequirementsFile:
    def read(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path]

    return parse_requirements_file(
        "/p/r.txt", read=read, variables={"HOST": "h.example"}, constraint=constraint
    )


def texts(parsed: RequirementsFile) -> list[str]:
    return [line.text for line in parsed.lines]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("flask\n", ["flask"], id="a name"),
        pytest.param(
            "# all\nflask # why\n\n", ["flask"], id="comments and empty lines"
        ),
        pytest.param("flask>=2,\\\n <3\n", ["flask>=2,  <3"], id="a continued line"),
        pytest.param("./here\n", ["./here"], id="a path"),
        pytest.param(
            "pkg @ https://h/x#frag\n",
            ["pkg @ https://h/x#frag"],
            id="a fragment is no comment",
        ),
        pytest.param(
            "https://${HOST}/a.whl\n", ["https://h.example/a.whl"], id="a variable"
        ),
        pytest.param("\ufeffflask\n", ["flask"], id="a byte order mark"),
        pytest.param(
            'a; python_version < "3.13"\r\nb\r\n',
            ['a; python_version < "3.13"', "b"],
            id="markers and CRLF",
        ),
        pytest.param("flask", ["flask"], id="no newline at the end"),
    ],
)
def test_lines_are_read(content: str, expected: list[str]) -> None:
    assert texts(parse({"/p/r.txt": content})) == expected


def test_includes_are_relative_to_the_file_and_keep_their_place() -> None:
    parsed = parse(
        {
            "/p/r.txt": "-r sub/more.txt\n-c limits.txt\nflask\n",
            "/p/sub/more.txt": "\nrich\n./local\n",
            "/p/limits.txt": "idna<4\n",
        }
    )
    assert [(line.text, line.place, line.constraint) for line in parsed.lines] == [
        ("rich", "/p/sub/more.txt:2", False),
        ("./local", "/p/sub/more.txt:3", False),
        ("idna<4", "/p/limits.txt:1", True),
        ("flask", "/p/r.txt:3", False),
    ]
    assert parsed.lines[1].base == "/p/sub"


def test_options_of_the_file_are_collected() -> None:
    parsed = parse(
        {
            "/p/r.txt": "--index-url https://i.example/simple\n"
            "--extra-index-url=https://x.example\n-f /links\n--pre\n"
            "--no-binary a,b\n-e ./tree\n-r\\\n other.txt",
            "/p/other.txt": "",
        }
    )
    assert parsed.options == {
        "index_url": "https://i.example/simple",
        "extra_index_urls": ("https://x.example",),
        "find_links": ("/links",),
        "pre": True,
        "no_binary": ("a,b",),
    }
    assert [(line.text, line.editable) for line in parsed.lines] == [("./tree", True)]


def test_hashes_are_read_and_weak_ones_refused() -> None:
    parsed = parse(
        {"/p/r.txt": f"flask==1.0 \\\n    --hash={DIGEST} \\\n --hash {DIGEST}"}
    )
    assert parsed.lines[0].text == "flask==1.0"
    assert parsed.lines[0].hashes == (Hash.parse(DIGEST),) * 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            "flask\nflask=>2\n", r"r\.txt:2", id="a bad requirement names its line"
        ),
        pytest.param("--frob\n", "--frob", id="an unknown option"),
        pytest.param(
            "-r missing.txt\n", r"missing\.txt.*No such file", id="a missing include"
        ),
        pytest.param("-r r.txt\n", "includes itself", id="a circle"),
        pytest.param(
            "flask --frob=1\n", "--frob", id="an unknown per-requirement option"
        ),
        pytest.param('-e "unfinished\n', "quotation", id="an open quote"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(
    content: str, words: str
) -> None:
    with pytest.raises(RequirementsFileError, match=words) as caught:
        parse({"/p/r.txt": content})
    assert caught.value.exit_code == 2


def test_what_a_url_includes_is_joined_to_it() -> None:
    pages = {
        "https://h/a/r.txt": "-r sub/more.txt\n-c ../limits.txt\n",
        "https://h/a/sub/more.txt": "rich\n",
        "https://h/limits.txt": "idna<4\n",
    }
    parsed = parse_requirements_file(
        "https://h/a/r.txt", read=pages.__getitem__, variables={}
    )
    assert [line.place for line in parsed.lines] == [
        "https://h/a/sub/more.txt:1",
        "https://h/limits.txt:1",
    ]


def test_settings_for_a_back_end_stand_behind_a_requirement() -> None:
    parsed = parse(
        {
            "/p/r.txt": "a==1 --config-settings x=1 -C y=2\n"
            'b --config-setting="z=3 4"\n-e ./tree --config-settings x=5\n'
        }
    )
    assert [line.config_settings for line in parsed.lines] == [
        (("x", "1"), ("y", "2")),
        (("z", "3 4"),),
        (("x", "5"),),
    ]
    assert [line.text for line in parsed.lines] == ["a==1", "b", "./tree"]
    for bad in ("a --config-settings x\n", "-C x=1\n"):
        with pytest.raises(RequirementsFileError, match=r"r\.txt:1"):
            parse({"/p/r.txt": bad})


def test_features_that_are_always_on_may_be_named() -> None:
    assert parse({"/p/r.txt": "--use-feature=fast-deps\nx\n"}).options == {}
    with pytest.raises(RequirementsFileError, match="nonsense"):
        parse({"/p/r.txt": "--use-feature=nonsense\n"})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("ä\n".encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + "ä\n".encode(), id="a mark"),
        pytest.param("\ufeffä\n".encode("utf-16-le"), id="UTF-16"),
        pytest.param("\ufeffä\n".encode("utf-16-be"), id="UTF-16, the other way"),
        pytest.param("\ufeffä\n".encode("utf-32-le"), id="UTF-32"),
        pytest.param(b"# coding: latin-1\n\xe4\n", id="a coding line"),
        pytest.param(b"#\n# -*- coding: cp1252 -*-\n\xe4\n", id="in the second line"),
    ],
)
def test_files_are_read_in_their_encoding(content: bytes) -> None:
    assert decode_requirements(content).splitlines()[-1] == "ä"


@pytest.mark.parametrize("content", [b"\xff\xe4", b"# coding: nonsense\n"])
def test_what_cannot_be_read_is_told_with_the_file(content: bytes) -> None:
    with pytest.raises(RequirementsFileError, match="cannot be read"):
        parse_requirements_file(
            "/p/r.txt", read=lambda _: decode_requirements(content), variables={}
        )
