"""Google Sheets and what it needs of Drive, from Google's discovery documents."""
# pip: google-api-python-client==2.202.0

from discovery import oracle

METHODS = ["batchUpdate", "create", "get", "values.append", "values.clear", "values.get", "values.update"]

oracle("sheets.v4", [f"spreadsheets.{name}" for name in METHODS], more={"drive.v3": ["files.list"]})
