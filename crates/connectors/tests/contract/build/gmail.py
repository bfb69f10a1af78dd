"""Gmail, from Google's discovery document."""
# pip: google-api-python-client==2.202.0

from discovery import oracle

USERS = [
    "getProfile",
    "drafts.create",
    "drafts.get",
    "drafts.list",
    "drafts.send",
    "labels.create",
    "labels.list",
    "messages.attachments.get",
    "messages.get",
    "messages.list",
    "messages.modify",
    "messages.send",
    "messages.trash",
    "messages.untrash",
    "threads.get",
    "threads.list",
]

oracle("gmail.v1", [f"users.{name}" for name in USERS])
