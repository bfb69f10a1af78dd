# pip: msgraph-sdk==1.65.0
#
# Files of Microsoft Graph, as presentations need them. Permissions are those of each operation's page in Microsoft's reference.

import base64
import io
import zipfile

from graph import oracle

READ, WRITE = ["Files.Read", "Files.ReadWrite"], ["Files.ReadWrite"]
ITEM = "/me/drive/items/{drive_item_id}"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{OFFICE}"'


def relation(kind, target):
    """A part that leads to another one as `r1`."""
    return f'<Relationships><Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'


def shape(kind, text):
    """A placeholder with a text."""
    return (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def presentation():
    """A presentation with a slide that has a title, a text and notes: what contents are answered with."""
    parts = {
        "ppt/presentation.xml": f'<p:presentation {NAMES}><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relation("slide", "slides/slide1.xml"),
        "ppt/slides/slide1.xml": f"<p:sld {NAMES}>{shape('title', 'Plan')}{shape('body', 'Text')}</p:sld>",
        "ppt/slides/_rels/slide1.xml.rels": relation("notesSlide", "../notesSlides/notesSlide1.xml"),
        "ppt/notesSlides/notesSlide1.xml": f"<p:notes {NAMES}>{shape('body', 'Notes')}</p:notes>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, contents in parts.items():
            archive.writestr(zipfile.ZipInfo(name), contents)
    return base64.b64encode(file.getvalue()).decode()


oracle(
    [
        # https://learn.microsoft.com/graph/query-parameters names $skiptoken, which next links hold.
        ("GET", "/me/drive/root/search(q='{q}')", READ, {"query": ["$skiptoken"]}),
        # https://learn.microsoft.com/graph/api/resources/driveitem#instance-attributes: the behaviour goes into the URL.
        ("PUT", "/me/drive/root:/{item_path}:/content", WRITE, {"query": ["@microsoft.graph.conflictBehavior"]}),
        ("GET", ITEM, READ),
        ("PATCH", ITEM, WRITE),
        ("DELETE", ITEM, WRITE),
        (
            "GET",
            ITEM + "/content",
            READ,
            {"reply": {"status": 200, "contentType": "application/octet-stream", "examples": {"default": {"base64": presentation()}}}},
        ),
        # https://learn.microsoft.com/graph/api/driveitem-get-content-format: the parameter is `format`.
        (
            "GET",
            ITEM + "/content",
            READ,
            {
                "query": ["format"],
                "when": {"format": "pdf"},
                "reply": {"status": 200, "contentType": "application/pdf", "examples": {"default": "%PDF-1.7"}},
            },
        ),
        ("POST", ITEM + "/copy", WRITE, {"reply": {"status": 202}}),
        ("POST", ITEM + "/createUploadSession", WRITE),
        ("POST", ITEM + "/preview", READ),
    ],
)
