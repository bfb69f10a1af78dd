# pip: msgraph-sdk==1.65.0
#
# Excel of Microsoft Graph. Permissions are those of each operation's page in Microsoft's reference.

from graph import oracle

READ, WRITE = ["Files.Read", "Files.ReadWrite"], ["Files.ReadWrite"]
BOOK = "/me/drive/items/{drive_item_id}/workbook"
SHEET = BOOK + "/worksheets/{workbook_worksheet_id}"
RANGE = SHEET + "/range(address='{address}')"

# The SDK leaves out properties that are any JSON: https://learn.microsoft.com/graph/api/resources/workbookrange
CELLS = {"type": "array", "nullable": True, "items": {"type": "array", "items": {}}}

oracle(
    [
        ("GET", "/me/drive/root/search(q='{q}')", READ, {"query": ["$skiptoken"]}),
        # https://learn.microsoft.com/graph/api/resources/driveitem#instance-attributes: the behaviour goes into the URL.
        ("PUT", "/me/drive/root:/{item_path}:/content", WRITE, {"query": ["@microsoft.graph.conflictBehavior"]}),
        ("GET", "/me/drive/items/{drive_item_id}", READ),
        ("POST", BOOK + "/createSession", WRITE),
        ("POST", BOOK + "/closeSession", WRITE),
        ("GET", BOOK + "/worksheets", WRITE),
        ("POST", BOOK + "/worksheets/add", WRITE),
        ("DELETE", SHEET, WRITE),
        # https://learn.microsoft.com/graph/api/worksheet-range: optional query parameters.
        ("GET", RANGE, WRITE, {"query": ["$select"]}),
        ("POST", RANGE + "/clear", WRITE),
        ("GET", SHEET + "/usedRange(valuesOnly={valuesOnly})", WRITE, {"query": ["$select"]}),
        ("POST", SHEET + "/tables/add", WRITE),
        ("GET", BOOK + "/tables", READ),
        ("POST", BOOK + "/tables/{workbook_table_id}/rows/add", WRITE),
    ],
    # The SDK cannot change what a function gives.
    more=[
        {
            "source": "https://learn.microsoft.com/graph/api/range-update",
            "id": f"PATCH {RANGE}",
            "method": "PATCH",
            "path": RANGE,
            "scopes": [WRITE],
            "body": {"contentType": "application/json", "schema": {"$ref": "workbook_range"}},
            "reply": {"status": 200, "schema": {"$ref": "workbook_range"}},
        },
    ],
    fields={
        "workbook_range": {"values": CELLS, "formulas": CELLS},
        "workbook_table_row": {"values": CELLS},
        "drives.item.items.item.workbook.tables.item.rows.add.add_post_request_body": {"values": CELLS},
    },
)
