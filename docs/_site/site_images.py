"""Pictures in two schemes: where `NAME-dark.svg` lies beside a page's `NAME.svg`, the site shows the one that fits."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class BothSchemes(SphinxTransform):
    """Puts a picture's dark variant beside it; the theme hides one of them."""

    default_priority = 200

    def apply(self, **_: Any) -> None:
        directory = Path(self.env.doc2path(self.env.docname)).parent
        for image in list(self.document.findall(nodes.image)):
            path = Path(image["uri"])
            dark = path.with_name(f"{path.stem}-dark{path.suffix}")
            if (directory / dark).exists():
                other = image.deepcopy()
                other["uri"] = str(dark)
                image["classes"].append("only-light")
                other["classes"].append("only-dark")
                image.parent.insert(image.parent.index(image) + 1, other)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(BothSchemes)
    return {"parallel_read_safe": True}
