PRAGMA journal_mode=WAL;
BEGIN TRANSACTION;
CREATE TABLE ws_alembic (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT ws_alembic_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ws_alembic" VALUES('0002');
CREATE TABLE ws_entities (
	kind TEXT NOT NULL, 
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	born INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	data TEXT, 
	PRIMARY KEY (kind, id)
);
INSERT INTO "ws_entities" VALUES('feedback','fb_1',2,1793610000000000,1793696400000000,'{"id":"fb_1","external":[],"created_at":"2026-11-02T09:00:00Z","updated_at":"2026-11-02T09:00:00Z","tags":[],"custom":{},"schema_version":1,"text":"Please add CSV export","title":"CSV export","summary":null,"lang":null,"source":"unknown","source_system":null,"source_id":null,"received_at":"2026-11-02T09:00:00Z","requester":null,"account_id":null,"logged_by":null,"owner":null,"kind":"unknown","sentiment":null,"stars":null,"importance":"unknown","product_id":null,"area":null,"theme":null,"consent_to_contact":null,"merged_into":null,"state":"new","history":[]}');
CREATE TABLE ws_events (
	seq INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	entity TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	field TEXT NOT NULL, 
	old TEXT, 
	new TEXT, 
	"by" TEXT, 
	source TEXT, 
	run TEXT, 
	reason TEXT, 
	PRIMARY KEY (seq)
);
INSERT INTO "ws_events" VALUES(1,'feedback','fb_1',1,1793610000000000,'*',NULL,'{"id":"fb_1","external":[],"created_at":"2026-11-02T09:00:00Z","updated_at":"2026-11-02T09:00:00Z","tags":[],"custom":{},"schema_version":1,"text":"Please add CSV export","title":null,"summary":null,"lang":null,"source":"unknown","source_system":null,"source_id":null,"received_at":"2026-11-02T09:00:00Z","requester":null,"account_id":null,"logged_by":null,"owner":null,"kind":"unknown","sentiment":null,"stars":null,"importance":"unknown","product_id":null,"area":null,"theme":null,"consent_to_contact":null,"merged_into":null,"state":"new","history":[]}','ada',NULL,NULL,NULL);
INSERT INTO "ws_events" VALUES(2,'feedback','fb_1',2,1793696400000000,'title','null','"CSV export"','noor',NULL,NULL,NULL);
CREATE TABLE ws_forgotten (
	digest TEXT NOT NULL, 
	words INTEGER NOT NULL, 
	email INTEGER NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE ws_meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "ws_meta" VALUES('lineage','f539a747-601d-4e34-be9d-6f5f3c606dba');
CREATE TABLE ws_states (
	kind TEXT NOT NULL, 
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	data TEXT, 
	PRIMARY KEY (kind, id, version)
);
CREATE INDEX ws_events_entity ON ws_events (kind, entity, at);
CREATE INDEX ws_events_at ON ws_events (at);
COMMIT;
