// Zoom, from the typings of Zoom's own @zoom/rivet: path, query, body and reply of each operation. They tell no scopes; those are
// here, from developers.zoom.us/docs/integrations/oauth-scopes-granular and .../oauth-scopes (the classic ones, of older apps).
//
// npm: @zoom/rivet@0.4.0
// npm: typescript@5.9.3

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { print } from "./openapi.mjs";
import { Typings, whole } from "./typescript.mjs";

// Each operation: method, path, module and name in the typings, its granular scope and the classic one.
const OPERATIONS = [
  ["GET", "/users/{userId}/meetings", "Meetings", "MeetingsListMeetings", "meeting:read:list_meetings", "meeting:read"],
  ["POST", "/users/{userId}/meetings", "Meetings", "MeetingsCreateMeeting", "meeting:write:meeting", "meeting:write"],
  ["GET", "/meetings/{meetingId}", "Meetings", "MeetingsGetMeeting", "meeting:read:meeting", "meeting:read"],
  ["PATCH", "/meetings/{meetingId}", "Meetings", "MeetingsUpdateMeeting", "meeting:update:meeting", "meeting:write"],
  ["DELETE", "/meetings/{meetingId}", "Meetings", "MeetingsDeleteMeeting", "meeting:delete:meeting", "meeting:write"],
  ["GET", "/meetings/{meetingId}/invitation", "Meetings", "MeetingsGetMeetingInvitation", "meeting:read:invitation", "meeting:read"],
  ["GET", "/past_meetings/{meetingId}/participants", "Meetings", "MeetingsGetPastMeetingParticipants", "meeting:read:list_past_participants", "meeting:read"],
  ["GET", "/users/{userId}/recordings", "Meetings", "CloudRecordingListAllRecordings", "cloud_recording:read:list_user_recordings", "recording:read"],
  ["GET", "/meetings/{meetingId}/recordings", "Meetings", "CloudRecordingGetMeetingRecordings", "cloud_recording:read:list_recording_files", "recording:read"],
  ["GET", "/users/{userId}/webinars", "Meetings", "WebinarsListWebinars", "webinar:read:list_webinars", "webinar:read"],
  ["GET", "/webinars/{webinarId}", "Meetings", "WebinarsGetWebinar", "webinar:read:webinar", "webinar:read"],
  ["GET", "/users/{userId}", "Users", "UsersGetUser", "user:read:user", "user:read"],
];

const modules = { Meetings: "@zoom/rivet/meetings/meetings.d.ts", Users: "@zoom/rivet/users/users.d.ts" };
const PARTS = ["PathParams", "QueryParams", "RequestBody", "Response"];
// Operations without a query, a body or a reply have no type for it.
const declared = Object.fromEntries(Object.entries(modules).map(([module, file]) => {
  const text = readFileSync(join(process.argv[2], file), "utf8");
  return [module, new Set([...text.matchAll(/^type (\w+) =/gm)].map(([, name]) => name))];
}));
const types = new Typings(
  modules,
  Object.fromEntries(OPERATIONS.flatMap(([, , module, name]) => PARTS.map((part) => name + part)
    .filter((part) => declared[module].has(part))
    .map((part) => [part, `${module}.${part}`]))),
);

const operations = OPERATIONS.map(([method, path, module, name, granular, classic]) => {
  const has = (part) => declared[module].has(name + part);
  return {
    id: name,
    method,
    path,
    scopes: [[granular], [classic]],
    parameters: [["PathParams", "path"], ["QueryParams", "query"]]
      .filter(([part]) => has(part))
      .flatMap(([part, place]) => types.parameters(name + part, place)),
    body: has("RequestBody") ? types.body(`${name}RequestBody`) : undefined,
    reply: has("Response")
      ? { status: method === "POST" ? 201 : 200, contentType: "application/json", schema: types.schema(`${name}Response`) }
      : { status: 204 },
  };
});

print(whole({
  source: "npm @zoom/rivet 0.4.0, typings (Zoom's licence); scopes: developers.zoom.us/docs/integrations",
  base: "https://api.zoom.us/v2",
  operations,
  schemas: types.schemas,
}));
