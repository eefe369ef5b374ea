"""bdist_zipapp: one executable file that holds a project, and what it needs (PEP 441).

It holds the modules and metadata of a project and of all that is bundled with it; what
has no place in a zip file (machine code) is refused. It tells a Python that is too old
or too new so, before anything else is read.
"""

from pysetup.platforms.format import Format
from pysetup.platforms.zipapp.archive import write_application, write_bundle
from pysetup.platforms.zipapp.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.zipapp.verify import verify_application

FORMAT = Format(
    name=NAME,
    summary="one executable .pyz file",
    families=("any",),
    default_target="portable",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_application,
    prefers_pure=True,
    bundle=write_bundle,
    read_back=verify_application,
)
