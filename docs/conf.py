"""The documentation site: `make docs` builds it strictly, from the pages beside this file and from the docstrings."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from statlogit import __version__  # noqa: E402

project = "statlogit"
author = "The statlogit authors"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "plain_docstrings", "gallery", "reachable"]
exclude_patterns = ["_ext", "_generated"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say what may be given, in words
autodoc_default_options = {"members": True, "undoc-members": False}
python_maximum_signature_line_length = 88
add_module_names = False

html_theme = "furo"
html_title = f"statlogit {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_generated"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}
html_baseurl = ""
