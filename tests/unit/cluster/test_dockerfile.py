"""Dockerfiles, read without a container engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.cluster.archive import Entry, ImageConfig
from ethgen.cluster.dockerfile import Image, assemble, read_dockerfile
from ethgen.cluster.dockerfile_go import go_programs
from ethgen.cluster.gobuild import BuildRequest, WrapperModule
from ethgen.errors import ImageError

ROOT = Path(__file__).parents[3]
BASE = Image((Entry("etc/passwd", b"root\n"),), ImageConfig(environment={"PATH": "/bin"}))


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a build context with a program, a page and a package."""
    (tmp_path / "package" / "inner" / "__pycache__").mkdir(parents=True)
    (tmp_path / "package" / "module.py").write_text("1", encoding="utf-8")
    (tmp_path / "package" / "inner" / "deep.py").write_text("2", encoding="utf-8")
    (tmp_path / "package" / "inner" / "__pycache__" / "deep.pyc").write_text("3", encoding="utf-8")
    (tmp_path / "run").write_text("#!", encoding="utf-8")
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "page").write_text("text", encoding="utf-8")
    (tmp_path / "page").chmod(0o600)
    return tmp_path


def image(context: Path, text: str, stage: str = "") -> Image:
    """Return the image that a Dockerfile of this text makes in the context."""
    path = context / "Dockerfile"
    path.write_text(text, encoding="utf-8")
    dockerfile = read_dockerfile(path, "Dockerfile")
    return assemble(
        dockerfile,
        dockerfile.stage(stage),
        context=context,
        base=BASE,
        copied_from=lambda name, source: context / name / source.lstrip("/"),
    )


def paths(made: Image) -> dict[str, int]:
    """Return the paths and modes of an image's entries."""
    return {entry.path: entry.mode for entry in made.entries}


def test_final_stage_says_how_to_run(context: Path):
    """Each instruction changes what it changes for an engine, on top of the base."""
    made = image(
        context,
        """
        # a comment
        ARG BASE=somewhere
        FROM ${BASE}
        LABEL title="a title" \\
              source=https://example.org
        ENV A=1 B="two words"
        WORKDIR /opt
        WORKDIR app
        USER 65532:65532
        EXPOSE 9300 53/udp
        ENTRYPOINT ["python3", "-m", "x"]
        CMD ["--help"]
        """,
    )
    assert made.config == ImageConfig(
        user="65532:65532",
        working_directory="/opt/app",
        entrypoint=("python3", "-m", "x"),
        command=("--help",),
        environment={"PATH": "/bin", "A": "1", "B": "two words"},
        labels={"title": "a title", "source": "https://example.org"},
        ports=("53/udp", "9300/tcp"),
    )
    assert paths(made) == {"etc/passwd": 0o644, "opt/app": 0o755}


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("COPY page /etc/page", {"etc/page": 0o644}),
        ("COPY page /etc/", {"etc/page": 0o644}),
        ("COPY run page /opt/", {"opt/run": 0o755, "opt/page": 0o644}),
        ("COPY run run", {"run": 0o755}),
        ("COPY package /srv", {"srv": 0o755, "srv/inner": 0o755, "srv/inner/deep.py": 0o644, "srv/module.py": 0o644}),
        ("COPY --from=package /module.py /x.py", {"x.py": 0o644}),
    ],
)
def test_copy_lands_where_an_engine_puts_it(context: Path, instruction: str, expected: dict[str, int]):
    """COPY follows an engine's rules for files, folders and ends in a slash, and evens out modes."""
    (context / "Dockerfile.dockerignore").write_text("**/__pycache__\n", encoding="utf-8")
    made = paths(image(context, f"FROM base\n{instruction}\n"))
    del made["etc/passwd"]
    assert made == expected


def test_copy_is_relative_to_the_working_directory(context: Path):
    """A relative target of COPY lies in the working directory of that moment."""
    made = image(context, "FROM base\nWORKDIR /opt\nCOPY page sub/page\n")
    assert "opt/sub/page" in paths(made)


def test_copied_file_replaces_that_of_the_base(context: Path):
    """A copied file stands in for one of the same name in the base."""
    made = image(context, "FROM base\nCOPY page /etc/passwd\n")
    assert [entry.content for entry in made.entries] == [context / "page"]


def test_entrypoint_takes_the_bases_arguments_away(context: Path):
    """ENTRYPOINT clears the default arguments that were there, as for an engine."""
    assert image(context, 'FROM base\nCMD ["a"]\nENTRYPOINT ["/b"]\n').config.command == ()


def test_stage_is_chosen_by_name(context: Path):
    """Only the chosen stage's instructions count; without a name the last one's."""
    text = "FROM base AS first\nUSER 1:1\nFROM base AS second\nUSER 2:2\n"
    assert image(context, text, "first").config.user == "1:1"
    assert image(context, text).config.user == "2:2"


def test_unknown_stage_is_refused(context: Path):
    """A stage that is not there is answered with those that are."""
    with pytest.raises(ImageError) as caught:
        image(context, "FROM base AS first\n", "second")
    assert str(caught.value) == f"{context / 'Dockerfile'} has no stage 'second'\n  cure: use one of first"


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("FROM b\nRUN rm -rf /\n", "2: RUN", "a final stage only copies files and says how to run them"),
        ("FROM b\n\nADD page /\n", "3: ADD", "a final stage only copies files and says how to run them"),
        ("RUN x\nFROM b\n", "1: RUN", "only ARG may stand before the first FROM"),
        ("FROM b\nCMD python3\n", "2: CMD", 'write CMD ["program", "argument"]: the image has no shell'),
        ("FROM b\nENV A 1\n", "2: ENV", "write ENV A=value"),
        ("FROM b\nENV A=${HOME}/x\n", "2: ENV", "the variable in A=${HOME}/x"),
        ("FROM b\nLABEL a='b\n", "2: LABEL", "no closing quotation"),
        ("FROM b\nCOPY --chown=1:1 page /\n", "2: COPY", "--chown"),
        ("FROM b\nCOPY page\n", "2: COPY", "COPY needs a source and a target"),
        ("FROM b\nCOPY ../page /\n", "2: COPY", "COPY of ../page leaves the build context"),
        ("FROM --platform=linux/amd64 b\n", "1: FROM", "write FROM base, or FROM base AS name"),
    ],
)
def test_what_only_an_engine_can_do_is_refused_at_its_line(context: Path, text: str, place: str, what: str):
    """An instruction that is not understood is an error at its line, never left out."""
    with pytest.raises(ImageError) as caught:
        image(context, text)
    assert str(caught.value) == (
        f"Dockerfile:{place} cannot be carried out without a container engine: {what}\n"
        "  cure: keep to FROM, COPY, USER, ENV, WORKDIR, ENTRYPOINT, CMD, LABEL and EXPOSE in a final stage"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Dockerfile has no FROM\n  cure: name a base, such as FROM ${BASE}"),
        (
            "FROM base\nENV A=1 \\\n",
            "Dockerfile:2: the last line goes on with a backslash\n  cure: remove the backslash",
        ),
    ],
    ids=["empty", "unfinished"],
)
def test_broken_dockerfile_is_refused(context: Path, text: str, message: str):
    """A Dockerfile without a base or without an end is refused."""
    with pytest.raises(ImageError) as caught:
        image(context, text)
    assert str(caught.value) == message


def test_missing_source_is_named(context: Path):
    """A file that COPY does not find is named with the line."""
    with pytest.raises(ImageError) as caught:
        image(context, "FROM base\nCOPY gone /\n")
    assert str(caught.value) == f"Dockerfile:2: COPY needs gone, which is not in {context}"


def test_missing_dockerfile_is_named(tmp_path: Path):
    """A Dockerfile that is gone is named with the cure."""
    with pytest.raises(ImageError) as caught:
        read_dockerfile(tmp_path / "Dockerfile", "docker/x/Dockerfile")
    assert str(caught.value) == (
        "cannot read docker/x/Dockerfile: No such file or directory\n  cure: restore it with `git checkout`"
    )


def test_ignore_pattern_that_is_not_understood_is_refused(context: Path):
    """A pattern of .dockerignore that would mean something else here is an error at its line."""
    (context / "Dockerfile.dockerignore").write_text("# comment\n!keep\n", encoding="utf-8")
    with pytest.raises(ImageError) as caught:
        image(context, "FROM base\n")
    assert str(caught.value) == (
        "Dockerfile.dockerignore:2: '!keep' is not understood here\n  cure: use a pattern of the form **/name"
    )


def go_stage(context: Path, *lines: str) -> dict[str, BuildRequest]:
    """Return what a build stage of these lines makes."""
    path = context / "Dockerfile"
    path.write_text("\n".join(["FROM golang AS build", *lines, "FROM base", ""]), encoding="utf-8")
    return go_programs(read_dockerfile(path, "Dockerfile").stage("build"), context, "v1")


def test_an_argument_names_the_folder_of_the_sources(context: Path):
    """A build stage's COPY takes its folder from an ARG: the Dockerfile's own, or another one that is given."""
    path = context / "Dockerfile"
    copied = ["FROM golang AS build", "ARG MODULE", "COPY ${MODULE}/go.mod ${MODULE}/go.sum ./"]
    built = "RUN go build -mod=readonly -trimpath -buildvcs=false -o /out/ example.org/x/cmd/a"
    path.write_text("\n".join(["ARG MODULE=docker/x", *copied, built, "FROM base", ""]), encoding="utf-8")
    dockerfile = read_dockerfile(path, "Dockerfile")
    for read, folder in ((dockerfile, "x"), (dockerfile.with_arguments({"MODULE": "docker/x-2"}), "x-2")):
        (request,) = go_programs(read.stage("build"), context, "v1", read.arguments).values()
        assert request.module == WrapperModule(context / "docker" / folder)
    with pytest.raises(ImageError, match="has no ARG OTHER"):
        dockerfile.with_arguments({"OTHER": ""})


def test_build_stage_becomes_requests(context: Path):
    """`go build` of several packages is one request each, with the flags the Dockerfile gives."""
    made = go_stage(
        context,
        "WORKDIR /src",
        "COPY docker/x/go.mod docker/x/go.sum ./",
        "ENV CGO_ENABLED=1",
        "RUN go build -mod=readonly -trimpath -buildvcs=false -tags netgo,osusergo \\",
        "  -ldflags \"-s -w -extldflags '-static'\" -o /out/ example.org/cmd/a example.org/cmd/b",
    )
    request = BuildRequest(
        binary="a",
        version="v1",
        module=WrapperModule(context / "docker" / "x"),
        package="example.org/cmd/a",
        cgo=True,
        tags=("netgo", "osusergo"),
        ldflags="-s -w -extldflags '-static'",
    )
    assert list(made) == ["/out/a", "/out/b"]
    assert made["/out/a"] == request


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RUN apt-get update", "RUN cannot be carried out without a container engine: RUN of anything but `go build`"),
        ("RUN go build -o /out/ x", "the following arguments are required: -mod, -trimpath, -buildvcs"),
        ("RUN go build -mod=readonly -trimpath -buildvcs=false -race -o /out/ x", "unrecognized arguments: -race"),
        ("USER 0", "a build stage knows ARG, WORKDIR, COPY, ENV and RUN go build"),
    ],
)
def test_build_stage_that_does_more_is_refused(context: Path, line: str, message: str):
    """A build stage that does anything but compile Go reproducibly is an error at its line."""
    with pytest.raises(ImageError) as caught:
        go_stage(context, line)
    assert caught.value.message.startswith("Dockerfile:2: ")
    assert message in caught.value.message


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in ROOT.glob("docker/*/Dockerfile")))
def test_own_dockerfiles_are_understood_and_safe(folder: str):
    """Every Dockerfile of this repository takes its base as an argument, runs as nonroot, and can be read here."""
    dockerfile = read_dockerfile(ROOT / "docker" / folder / "Dockerfile")
    final = [stage for stage in dockerfile.stages if stage.name != "build"]
    assert list(dockerfile.arguments) in (["BASE"], ["BASE", "MODULE"])
    assert {stage.base for stage in final} == {"${BASE}"}
    for stage in final:
        made = assemble(dockerfile, stage, context=ROOT, base=BASE, copied_from=lambda _stage, _path: Path(__file__))
        assert made.config.user == "65532:65532"
        assert made.config.entrypoint
