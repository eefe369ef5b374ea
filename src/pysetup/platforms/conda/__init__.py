"""bdist_conda: packages for conda, mamba and pixi, and recipes for rattler-build.

Those without machine code are ``noarch``: one for all systems, and all Pythons for
which the markers of the requirements say the same. Others are for the Python and the
machine of the target. None of conda's programs is needed.
"""

from pysetup.platforms.conda.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.conda.repository import write_repository
from pysetup.platforms.conda.source import write_recipe
from pysetup.platforms.conda.verify import verify_package
from pysetup.platforms.conda.writing import write_packages
from pysetup.platforms.format import Format

FORMAT = Format(
    name=NAME,
    summary="package for conda, mamba and pixi (.conda, .tar.bz2)",
    families=("conda",),
    default_target="conda",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_packages,
    write_sources=write_recipe,
    is_planned_from_sdist=True,
    write_repository=write_repository,
    read_back=verify_package,
)
