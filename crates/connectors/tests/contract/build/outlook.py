# pip: msgraph-sdk==1.65.0
#
# Outlook mail of Microsoft Graph. Permissions are those of each operation's page in Microsoft's reference.

from graph import oracle

READ, WRITE, SEND = ["Mail.Read", "Mail.ReadWrite"], ["Mail.ReadWrite"], ["Mail.Send"]

oracle(
    [
        # https://learn.microsoft.com/graph/query-parameters names $skiptoken, which next links hold.
        ("GET", "/me/messages", READ, {"query": ["$skiptoken"]}),
        ("POST", "/me/messages", WRITE),
        ("GET", "/me/messages/{message_id}", ["Mail.Read"]),
        ("PATCH", "/me/messages/{message_id}", WRITE),
        ("DELETE", "/me/messages/{message_id}", WRITE),
        ("GET", "/me/messages/{message_id}/attachments", READ),
        ("POST", "/me/messages/{message_id}/forward", SEND, {"status": 202}),
        ("POST", "/me/messages/{message_id}/move", WRITE),
        ("POST", "/me/messages/{message_id}/reply", SEND, {"status": 202}),
        ("POST", "/me/messages/{message_id}/replyAll", SEND, {"status": 202}),
        ("GET", "/me/mailFolders", READ),
        ("POST", "/me/mailFolders", WRITE),
        ("GET", "/me/mailFolders/{mail_folder_id}/childFolders", READ),
        ("POST", "/me/mailFolders/{mail_folder_id}/childFolders", WRITE),
        ("GET", "/me/mailFolders/{mail_folder_id}/messages", READ),
        ("POST", "/me/sendMail", SEND, {"status": 202}),
    ],
    more=[
        {
            "source": "https://learn.microsoft.com/graph/api/attachment-get#example-6-get-the-raw-contents-of-a-file-attachment-on-a-message",
            "id": "GET /me/messages/{message_id}/attachments/{attachment_id}/$value",
            "method": "GET",
            "path": "/me/messages/{message_id}/attachments/{attachment_id}/$value",
            "scopes": [["Mail.Read"], ["Mail.ReadWrite"]],
            "reply": {"status": 200, "contentType": "text/plain", "examples": {"default": "the file's contents"}},
        },
    ],
)
