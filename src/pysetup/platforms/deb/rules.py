"""debian/rules: dh and pybuild build the wheel, and what is in it is packaged."""

from collections.abc import Iterator, Sequence

from pysetup.platforms.deb.scripts import PUBLIC_SITE
from pysetup.platforms.plan import CONFIG, DOCUMENT, MODULE, UNIT, PackagePlan

_HEAD = """\
#!/usr/bin/make -f
# Made by pysetup. The files of the package are those of the wheel that is built here.
export PYBUILD_SYSTEM = pyproject
export PYBUILD_DESTDIR = {destination}
# What the tests need is not known.
export PYBUILD_DISABLE = test

package = debian/{package}
site = $(package)/{site}

%:
	dh $@ --buildsystem=pybuild

override_dh_python3:
	dh_python3 --no-ext-rename

# dh_python3 takes out licences and folders called test. Of the database entry, whose
# name back ends spell in many ways, the build makes what only it knows. RECORD goes: by
# it pip would remove files of dpkg's.
execute_after_dh_python3:
	mkdir -p $(site)
	for built in .pybuild/cpython3_*/build; do \\
		tar -C "$$built" -cf - . | tar -C $(site) --skip-old-files -xf - || exit 1; \\
	done
	find $(site) -name __pycache__ -prune -exec rm -r '{{}}' +
	for info in $(site)/*.dist-info; do \\
		test "$$info" -ef $(site)/{entry} || mv "$$info" $(site)/{entry}; \\
	done
	find $(site)/{entry} -type f {kept} -delete
	cp -r debian/dist-info/. $(site)/{entry}/
{stray}	find $(package) -type d -empty -delete

# The changelog of the project is no file of the wheel.
execute_after_dh_installchangelogs:
	find $(package)/usr/share/doc/{package} -name 'changelog*' \\
		! -name 'changelog.Debian*' -delete
"""
_CONFIGURATION = """
# Below the prefix nobody looks for configuration.
execute_after_dh_auto_install:
	if [ -d $(package)/usr/etc ]; then \\
		mkdir -p $(package)/etc; \\
		cp -a $(package)/usr/etc/. $(package)/etc/; \\
		rm -r $(package)/usr/etc; \\
	fi
"""
_COMPRESSED = """
override_dh_compress:
	dh_compress {words}
"""
_UNITS = """
# Whoever installs a package says whether its services run.
override_dh_installsystemd:
	dh_installsystemd --no-enable --no-start
"""


def rules_text(plan: PackagePlan, *, built: Sequence[str]) -> str:
    """Return the makefile; parts that nothing in the plan asks for are left out.

    ``built`` are the files of the database entry that are the build's to make.
    """
    kept = " ".join(f"! -path {_quoted(f'*.dist-info/{name}')}" for name in built)
    head = _HEAD.format(
        package=plan.name,
        destination=f"debian/{plan.name}",
        site=_site(plan),
        kept=kept,
        entry=_entry(plan),
        stray="".join(f"\trm -rf $(site)/{_quoted(name)}\n" for name in _stray(plan)),
    )
    return head + "".join(_more(plan))


def _stray(plan: PackagePlan) -> list[str]:
    """Return what stands beside the modules of the build, and not in the package."""
    stray = plan.details["stray"]
    return list(map(str, stray)) if isinstance(stray, Sequence) else []


def _more(plan: PackagePlan) -> Iterator[str]:
    if any(file.role == CONFIG for file in plan.files):
        yield _CONFIGURATION
    # debhelper compresses large documents, of which the wheel's own stay as they are.
    documents = sorted(
        {
            file.path.rpartition("/")[0]
            for file in plan.files
            if file.role == DOCUMENT and file.source
        }
    )
    if documents:
        words = " ".join(f"-X{_quoted(folder)}" for folder in documents)
        yield _COMPRESSED.format(words=words)
    if any(file.role == UNIT for file in plan.files):
        yield _UNITS


def _entry(plan: PackagePlan) -> str:
    """Return the name of the folder of the database entry."""
    paths = (file.path for file in plan.files if ".dist-info/" in file.path)
    return next(paths).partition(".dist-info/")[0].rpartition("/")[2] + ".dist-info"


def _site(plan: PackagePlan) -> str:
    """Return the folder of modules; that of Debian if there are none."""
    for file in plan.files:
        head, found, _ = file.path.partition("/dist-packages/")
        if file.role == MODULE and found:
            return f"{head}/dist-packages"
    return PUBLIC_SITE


def _quoted(text: str) -> str:
    """Return ``text`` as one word of a shell, inside a makefile."""
    return "'" + text.replace("'", "'\\''").replace("$", "$$") + "'"
