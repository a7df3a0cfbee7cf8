"""Papers for tests, drawn and written here."""

import io
import tarfile

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
SENTENCE = "We train the model on many images and report the mean over five runs of every method that we compare. "


class Paper:
    """A PDF drawn line by line."""

    def __init__(self, password: str | None = None) -> None:
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=A4, encrypt=password, pageCompression=1)

    def line(self, x: float, y: float, text: str, *, size: float = 10, font: str = "Times-Roman") -> float:
        """Draw a line and return where it ends."""
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)
        return x + self.canvas.stringWidth(text, font, size)

    def raised(self, x: float, y: float, text: str, *, by: float = 3.6) -> float:
        return self.line(x, y + by, text, size=7)

    def page(self) -> None:
        self.canvas.showPage()

    def bytes(self) -> bytes:
        self.canvas.save()
        return self.file.getvalue()


def filled(paper: Paper, x: float, top: float, lines: int, text: str = SENTENCE.strip()[:60]) -> None:
    """Draw some lines below each other."""
    for number in range(lines):
        paper.line(x, top - 12 * number, text)


def archive(**files: str | bytes) -> bytes:
    """Return a .tar.gz; "_" in a name stands for ".", as in main_tex."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()
