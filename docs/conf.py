"""The documentation site: the pages of this directory and those beside the README, as they are on a forge.

`make site` builds it into `site`, and fails at any warning: a link that leads nowhere, a page that no menu names. The
site loads nothing from elsewhere.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "_site"))

project = "AEP to MoEngage"
author = "the contributors"
project_copyright = ""
html_title = project
smartquotes = False  # options such as --json stay as they are
html_show_copyright = html_show_sphinx = html_show_sourcelink = False

# The source directory is the repository's, so that links from page to page are those of the repository.
root_doc = "docs/index"
include_patterns = ["docs/*.md", "events/README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
exclude_patterns = [".*", "cli", "dist", "edge", "functions", "layers", "requirements", "site", "tests"]

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_external_toc", "site_charts", "site_images"]
external_toc_path = "docs/_site/toc.yml"
external_toc_exclude_missing = False
suppress_warnings = ["misc.highlighting_failure"]  # console blocks with output that is no shell
myst_heading_anchors = 4
myst_fence_as_directive = {"mermaid"}
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_exclude = ".linenos, .go"

html_theme = "pydata_sphinx_theme"
html_extra_path = ["_site/extra"]  # sends the site's root to the first page
templates_path = ["_site/templates"]
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["footer"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
