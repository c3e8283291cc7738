// Records what Google's official client for Node.js sends, for requests.rs to compare with:
//
//     npm install @googleapis/{admin,calendar,docs,drive,gmail,people,sheets,tasks} && node record.mjs > requests.json
//
// A case is a method path and its parameters.

import { admin } from "@googleapis/admin";
import { calendar } from "@googleapis/calendar";
import { docs } from "@googleapis/docs";
import { drive } from "@googleapis/drive";
import { gmail } from "@googleapis/gmail";
import { people } from "@googleapis/people";
import { sheets } from "@googleapis/sheets";
import { tasks } from "@googleapis/tasks";

const apis = {
  admin: admin("directory_v1"),
  calendar: calendar("v3"),
  docs: docs("v1"),
  drive: drive("v3"),
  gmail: gmail("v1"),
  people: people("v1"),
  sheets: sheets("v4"),
  tasks: tasks("v1"),
};

const cases = [
['admin.directory.domains.list',{customer:'my_customer'}],
['admin.directory.users.list',{domain:'example.com',maxResults:5,orderBy:'email',projection:'full',query:"name:'Jane Doe' isSuspended=false",showDeleted:'false'}],
['admin.directory.users.get',{userKey:'jane+test@example.com',viewType:'admin_view'}],
['admin.directory.users.insert',{requestBody:{primaryEmail:'a@example.com',name:{givenName:'A',familyName:'B'},password:'x'},resolveConflictAccount:true}],
['admin.directory.users.delete',{userKey:'a@example.com'}],
['admin.directory.users.makeAdmin',{userKey:'a@example.com',requestBody:{status:true}}],
['admin.directory.users.aliases.list',{userKey:'a@example.com',event:'add'}],
['admin.directory.groups.list',{customer:'my_customer',pageToken:'a/b+c=='}],
['admin.directory.members.insert',{groupKey:'g@example.com',requestBody:{email:'a@example.com',role:'MEMBER'}}],
['admin.directory.members.hasMember',{groupKey:'g@example.com',memberKey:'a@example.com'}],
['admin.directory.orgunits.get',{customerId:'my_customer',orgUnitPath:'corp/sales & more'}],
['admin.directory.customers.get',{customerKey:'my_customer'}],
['admin.directory.resources.calendars.list',{customer:'my_customer',fields:'items(resourceId,resourceName),nextPageToken'}],
['admin.directory.roleAssignments.list',{customer:'my_customer',includeIndirectRoleAssignments:true}],
['gmail.users.getProfile',{userId:'me'}],
['gmail.users.messages.list',{userId:'jane@example.com',q:'subject:"Q3 report" has:attachment',maxResults:3,labelIds:['INBOX','UNREAD'],includeSpamTrash:false}],
['gmail.users.messages.get',{userId:'me',id:'18c2f',format:'metadata',metadataHeaders:['From','Subject','Date']}],
['gmail.users.messages.send',{userId:'me',requestBody:{raw:'RnJvbTog',threadId:'t1'}}],
['gmail.users.messages.send',{userId:'me',media:{mimeType:'message/rfc822',body:'From: a@example.com\r\n\r\nhello'}}],
['gmail.users.messages.batchModify',{userId:'me',requestBody:{ids:['1','2'],addLabelIds:['STARRED']}}],
['gmail.users.messages.trash',{userId:'me',id:'18c2f'}],
['gmail.users.messages.attachments.get',{userId:'me',messageId:'m1',id:'a_1-2'}],
['gmail.users.threads.list',{userId:'me',q:'from:ü@example.com'}],
['gmail.users.labels.patch',{userId:'me',id:'Label_1',requestBody:{name:'New'}}],
['gmail.users.history.list',{userId:'me',startHistoryId:'123',historyTypes:['messageAdded','labelAdded']}],
['gmail.users.settings.sendAs.list',{userId:'me'}],
['gmail.users.drafts.create',{userId:'me',requestBody:{message:{raw:'eA'}},media:{mimeType:'message/rfc822',body:'x'}}],
['drive.about.get',{fields:'user,storageQuota'}],
['drive.files.list',{q:"name contains 'plan' and trashed = false",pageSize:10,orderBy:'folder,modifiedTime desc',corpora:'user',fields:'nextPageToken, files(id, name)',supportsAllDrives:true}],
['drive.files.get',{fileId:'1AbC',alt:'media'}],
['drive.files.export',{fileId:'1AbC',mimeType:'application/pdf'}],
['drive.files.create',{requestBody:{name:'a.txt',parents:['root']},media:{mimeType:'text/plain',body:'héllo'},fields:'id'}],
['drive.files.create',{requestBody:{name:'folder',mimeType:'application/vnd.google-apps.folder'}}],
['drive.files.create',{media:{body:'raw'},uploadType:'media'}],
['drive.files.update',{fileId:'1AbC',addParents:'p1',requestBody:{name:'b'}}],
['drive.files.copy',{fileId:'1AbC',resource:{name:'copy'}}],
['drive.files.delete',{fileId:'1AbC',supportsAllDrives:true}],
['drive.files.emptyTrash',{}],
['drive.permissions.create',{fileId:'1AbC',sendNotificationEmail:false,requestBody:{type:'user',role:'reader',emailAddress:'a@example.com'}}],
['drive.drives.create',{requestId:'6f1c',requestBody:{name:'Team'}}],
['drive.comments.list',{fileId:'1AbC',fields:'*'}],
['calendar.calendarList.list',{minAccessRole:'reader'}],
['calendar.events.list',{calendarId:'en.german#holiday@group.v.calendar.google.com',timeMin:'2026-01-01T00:00:00+01:00',singleEvents:true,orderBy:'startTime',eventTypes:['default','focusTime'],privateExtendedProperty:['a=1','b=2']}],
['calendar.events.insert',{calendarId:'primary',sendUpdates:'all',conferenceDataVersion:1,requestBody:{summary:'x',start:{dateTime:'2026-01-01T10:00:00Z'},end:{dateTime:'2026-01-01T11:00:00Z'}}}],
['calendar.events.quickAdd',{calendarId:'primary',text:'Lunch at noon & more'}],
['calendar.events.patch',{calendarId:'primary',eventId:'e1',requestBody:{summary:null}}],
['calendar.events.delete',{calendarId:'primary',eventId:'e1'}],
['calendar.freebusy.query',{requestBody:{timeMin:'a',timeMax:'b',items:[{id:'primary'}]}}],
['calendar.acl.list',{calendarId:'primary',showDeleted:true}],
['calendar.colors.get',{}],
['sheets.spreadsheets.create',{requestBody:{properties:{title:'T'}}}],
['sheets.spreadsheets.get',{spreadsheetId:'s1',ranges:['A1:B2',"'My sheet'!C:C"],includeGridData:true}],
['sheets.spreadsheets.values.get',{spreadsheetId:'s1',range:"'Übersicht 1'!A1:B2",majorDimension:'ROWS',valueRenderOption:'UNFORMATTED_VALUE'}],
['sheets.spreadsheets.values.append',{spreadsheetId:'s1',range:'A1',valueInputOption:'USER_ENTERED',insertDataOption:'INSERT_ROWS',requestBody:{values:[['a',1,true,null]]}}],
['sheets.spreadsheets.values.update',{spreadsheetId:'s1',range:'Sheet1!A1',valueInputOption:'RAW',requestBody:{values:[[1.5]]}}],
['sheets.spreadsheets.values.batchGet',{spreadsheetId:'s1',ranges:['A1','B2'],quotaUser:'u1'}],
['sheets.spreadsheets.values.batchClear',{spreadsheetId:'s1',requestBody:{ranges:['A1']}}],
['sheets.spreadsheets.batchUpdate',{spreadsheetId:'s1',requestBody:{requests:[{addSheet:{properties:{title:'N'}}}]}}],
['sheets.spreadsheets.sheets.copyTo',{spreadsheetId:'s1',sheetId:0,requestBody:{destinationSpreadsheetId:'s2'}}],
['docs.documents.create',{requestBody:{title:'T'}}],
['docs.documents.get',{documentId:'d1',includeTabsContent:true,suggestionsViewMode:'SUGGESTIONS_INLINE'}],
['docs.documents.batchUpdate',{documentId:'d1',requestBody:{requests:[{insertText:{location:{index:1},text:'hi'}}]}}],
['people.people.get',{resourceName:'people/me',personFields:'names,emailAddresses'}],
['people.people.connections.list',{resourceName:'people/me',personFields:'names',pageSize:50,sources:['READ_SOURCE_TYPE_CONTACT','READ_SOURCE_TYPE_PROFILE']}],
['people.people.createContact',{personFields:'names',requestBody:{names:[{givenName:'A'}]}}],
['people.people.updateContact',{resourceName:'people/c1',updatePersonFields:'names',requestBody:{etag:'e'}}],
['people.people.deleteContact',{resourceName:'people/c1'}],
['people.people.searchContacts',{query:'a b',readMask:'names'}],
['people.contactGroups.members.modify',{resourceName:'contactGroups/g1',requestBody:{resourceNamesToAdd:['people/c1']}}],
['people.people.getBatchGet',{resourceNames:['people/c1','people/c2'],personFields:'names'}],
['tasks.tasklists.list',{maxResults:10}],
['tasks.tasks.list',{tasklist:'@default',showCompleted:true,dueMin:'2026-01-01T00:00:00.000Z'}],
['tasks.tasks.insert',{tasklist:'@default',parent:'p1',requestBody:{title:'T',notes:'n'}}],
['tasks.tasks.move',{tasklist:'l1',task:'t1',previous:'t0'}],
['tasks.tasks.clear',{tasklist:'l1'}],
];

/** A body as text, with the boundary of its parts replaced by BOUNDARY. */
async function bodyOf(request) {
  const type = request.headers.get("content-type");
  let body = request.data ?? request.body;
  if (body == null) return {};
  if (body[Symbol.asyncIterator]) {
    const chunks = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    body = Buffer.concat(chunks).toString();
  } else if (typeof body !== "string") {
    body = JSON.stringify(body);
  }
  const boundary = type?.split("boundary=")[1];
  if (boundary === undefined) return { type, body };
  return { type: type.replace(boundary, "BOUNDARY"), body: body.replaceAll(boundary, "BOUNDARY") };
}

const recorded = [];
for (const [call, params] of cases) {
  // The client has the Directory API alone under `admin`.
  const [api, ...names] = call.replace("admin.directory.", "admin.").split(".");
  const method = names.pop();
  const resource = names.reduce((resource, name) => resource[name], apis[api]);
  let request;
  const adapter = async (config) => {
    request = config;
    return { status: 200, data: {}, headers: new Headers(), config };
  };
  await resource[method](structuredClone(params), { adapter });
  const url = request.url.toString();
  const query = Object.keys(request.params ?? {}).length > 0 && !url.includes("?") ? `?${request.paramsSerializer(request.params)}` : "";
  recorded.push({ call, params, method: request.method, url: url + query, ...(await bodyOf(request)) });
}
console.log(`[\n${recorded.map((one) => JSON.stringify(one)).join(",\n")}\n]`);
