"""Google Docs and what it needs of Drive, from Google's discovery documents."""
# pip: google-api-python-client==2.202.0

from discovery import oracle

oracle(
    "docs.v1",
    ["documents.batchUpdate", "documents.create", "documents.get"],
    more={"drive.v3": ["files.export", "files.get", "files.list", "permissions.list"]},
)
