# pip: msgraph-sdk==1.65.0
#
# Teams of Microsoft Graph. Permissions are those of each operation's page in Microsoft's reference.

from graph import oracle

# https://learn.microsoft.com/graph/query-parameters names $skiptoken, which next links hold.
PAGES = {"query": ["$skiptoken"]}
MESSAGES = "/teams/{team_id}/channels/{channel_id}/messages"

oracle(
    [
        ("GET", "/me/joinedTeams", ["Team.ReadBasic.All"]),
        ("GET", "/teams/{team_id}", ["Team.ReadBasic.All"]),
        ("GET", "/teams/{team_id}/members", ["TeamMember.Read.All"], PAGES),
        ("GET", "/teams/{team_id}/channels", ["Channel.ReadBasic.All"]),
        ("GET", "/teams/{team_id}/channels/{channel_id}", ["Channel.ReadBasic.All"]),
        ("GET", "/teams/{team_id}/channels/{channel_id}/members", ["ChannelMember.Read.All"], PAGES),
        ("GET", MESSAGES, ["ChannelMessage.Read.All"], PAGES),
        ("POST", MESSAGES, ["ChannelMessage.Send"]),
        ("GET", MESSAGES + "/{chat_message_id}", ["ChannelMessage.Read.All"]),
        ("GET", MESSAGES + "/{chat_message_id}/replies", ["ChannelMessage.Read.All"], PAGES),
        ("POST", MESSAGES + "/{chat_message_id}/replies", ["ChannelMessage.Send"]),
        ("GET", "/me/chats", ["Chat.ReadBasic", "Chat.Read"], PAGES),
        ("GET", "/chats/{chat_id}/messages", ["Chat.Read"], PAGES),
        ("POST", "/chats/{chat_id}/messages", ["ChatMessage.Send"]),
        ("POST", "/search/query", [["Chat.Read", "ChannelMessage.Read.All"]]),
        ("GET", "/users", ["User.ReadBasic.All"]),
    ],
    instead={"conversation_member": "aad_user_conversation_member"},
    expanded=["chat.members"],
    # The SDK gives hits as entities of any kind. What a message is when it is found:
    # https://learn.microsoft.com/graph/search-concept-chat-messages
    fields={
        "search_hit": {
            "resource": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "createdDateTime": {"type": "string", "format": "date-time", "nullable": True},
                    "subject": {"type": "string", "nullable": True},
                    "importance": {"type": "string", "nullable": True},
                    "webLink": {"type": "string", "nullable": True},
                    "chatId": {"type": "string", "nullable": True},
                    "channelIdentity": {
                        "type": "object",
                        "nullable": True,
                        "properties": {"teamId": {"type": "string"}, "channelId": {"type": "string"}},
                    },
                    "from": {
                        "type": "object",
                        "nullable": True,
                        "properties": {"emailAddress": {"type": "object", "properties": {"name": {"type": "string"}, "address": {"type": "string"}}}},
                    },
                },
            },
        },
    },
)
