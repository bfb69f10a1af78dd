"""Google Slides and what it needs of Drive, from Google's discovery documents."""
# pip: google-api-python-client==2.202.0

from discovery import oracle

METHODS = ["presentations.batchUpdate", "presentations.create", "presentations.get"]

oracle("slides.v1", METHODS, more={"drive.v3": ["files.list"]})
