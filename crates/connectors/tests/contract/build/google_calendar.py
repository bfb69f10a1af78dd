"""Google Calendar, from Google's discovery document."""
# pip: google-api-python-client==2.202.0

from discovery import oracle

METHODS = [
    "calendarList.list",
    "events.delete",
    "events.get",
    "events.insert",
    "events.list",
    "events.patch",
    "events.quickAdd",
    "freebusy.query",
]

oracle("calendar.v3", METHODS)
