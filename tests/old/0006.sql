BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE attendees (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	platform VARCHAR(20) NOT NULL, 
	tenant VARCHAR(100) NOT NULL, 
	user_id VARCHAR(200) NOT NULL, 
	assurance VARCHAR(20) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	email BLOB, 
	reachability VARCHAR(20) NOT NULL, 
	on_stage BOOLEAN NOT NULL, 
	in_keepsake BOOLEAN NOT NULL, 
	joined_at FLOAT NOT NULL, title VARCHAR(80) DEFAULT '' NOT NULL, room VARCHAR(32) DEFAULT '' NOT NULL, contact BLOB, greeter BOOLEAN DEFAULT 0 NOT NULL, paused_at FLOAT, removed_at FLOAT, 
	CONSTRAINT pk_attendees PRIMARY KEY (id), 
	CONSTRAINT fk_attendees_event_id FOREIGN KEY(event_id) REFERENCES events (id), 
	CONSTRAINT uq_attendees_event_id_platform_tenant_user_id UNIQUE (event_id, platform, tenant, user_id)
);
INSERT INTO "attendees" VALUES(1,1,'zoom','','u_Hanna','proved','host','',NULL,'open',0,0,1.79589766442330312726e+09,'','',NULL,0,NULL,NULL);
INSERT INTO "attendees" VALUES(2,1,'zoom','','u_Ada','proved','co_host','',NULL,'open',0,0,1.79589766453685450555e+09,'','',NULL,0,NULL,NULL);
INSERT INTO "attendees" VALUES(3,1,'zoom','','guest-13f9db27ff2b24b600e0ba3f2d8b2f7b','guest','attendee','',NULL,'open',0,0,1.7958976645602698326e+09,'','',NULL,0,NULL,NULL);
INSERT INTO "attendees" VALUES(4,1,'zoom','','u_Ben','proved','attendee','',NULL,'open',0,0,1.79589766458493924139e+09,'','e1ef5fe636c3c643',NULL,0,NULL,NULL);
CREATE TABLE authorizations (
	digest BLOB NOT NULL, 
	attendee_id INTEGER, 
	client_id VARCHAR(100) NOT NULL, 
	verifier BLOB NOT NULL, 
	expires_at FLOAT NOT NULL, 
	CONSTRAINT pk_authorizations PRIMARY KEY (digest), 
	CONSTRAINT fk_authorizations_attendee_id FOREIGN KEY(attendee_id) REFERENCES attendees (id) ON DELETE CASCADE
);
CREATE TABLE blocks (
	id INTEGER NOT NULL, 
	blocker_id INTEGER NOT NULL, 
	blocked_id INTEGER NOT NULL, 
	made_at FLOAT NOT NULL, 
	CONSTRAINT pk_blocks PRIMARY KEY (id), 
	CONSTRAINT fk_blocks_blocked_id FOREIGN KEY(blocked_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_blocks_blocker_id FOREIGN KEY(blocker_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT uq_blocks_blocker_id_blocked_id UNIQUE (blocker_id, blocked_id)
);
CREATE TABLE breaks (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	begins_at FLOAT NOT NULL, 
	pour INTEGER NOT NULL, 
	stroll INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	ended_at FLOAT, 
	finished BOOLEAN NOT NULL, 
	CONSTRAINT pk_breaks PRIMARY KEY (id), 
	CONSTRAINT fk_breaks_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
CREATE TABLE changes (
	wall_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	changed_at FLOAT NOT NULL, 
	CONSTRAINT pk_changes PRIMARY KEY (wall_id, revision), 
	CONSTRAINT fk_changes_wall_id FOREIGN KEY(wall_id) REFERENCES walls (id)
);
CREATE TABLE counts (
	event_id INTEGER NOT NULL, 
	name VARCHAR(20) NOT NULL, 
	detail VARCHAR(20) NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_counts PRIMARY KEY (event_id, name, detail), 
	CONSTRAINT fk_counts_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	tenant_id INTEGER, 
	code VARCHAR(12) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	prompt VARCHAR(140) NOT NULL, 
	credits TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reviewed BOOLEAN NOT NULL, 
	host_key_digest BLOB NOT NULL, 
	created_at FLOAT NOT NULL, opener BLOB, 
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT fk_events_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id), 
	CONSTRAINT uq_events_code UNIQUE (code)
);
INSERT INTO "events" VALUES(1,NULL,'WGP37N','Stand-up','Tea or coffee?','','open',0,X'6B2E47CDA2BCC33947F0BE95F7DA4A244FB96EF1D80E1B30DFA5E4148A070CC1',1.79589766436196947101e+09,X'3FFDAF2E5887BD3F27BBDC0A7741CD172CD39E9392FCB67EC7C4A762F578B36D');
CREATE TABLE exposures (
	photo_id INTEGER NOT NULL, 
	wall_id INTEGER NOT NULL, 
	shown INTEGER NOT NULL, 
	changed_at FLOAT NOT NULL, 
	CONSTRAINT pk_exposures PRIMARY KEY (photo_id), 
	CONSTRAINT fk_exposures_photo_id FOREIGN KEY(photo_id) REFERENCES photos (id) ON DELETE CASCADE, 
	CONSTRAINT fk_exposures_wall_id FOREIGN KEY(wall_id) REFERENCES walls (id) ON DELETE CASCADE
);
CREATE TABLE hello_lines (
	id INTEGER NOT NULL, 
	hello_id INTEGER NOT NULL, 
	sender_id INTEGER NOT NULL, 
	opener VARCHAR(40), 
	photo_id INTEGER, 
	words BLOB, 
	said_at FLOAT NOT NULL, 
	read_at FLOAT, 
	CONSTRAINT pk_hello_lines PRIMARY KEY (id), 
	CONSTRAINT fk_hello_lines_hello_id FOREIGN KEY(hello_id) REFERENCES hellos (id) ON DELETE CASCADE, 
	CONSTRAINT fk_hello_lines_photo_id FOREIGN KEY(photo_id) REFERENCES photos (id) ON DELETE SET NULL, 
	CONSTRAINT fk_hello_lines_sender_id FOREIGN KEY(sender_id) REFERENCES attendees (id) ON DELETE CASCADE
);
CREATE TABLE hellos (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	low_id INTEGER NOT NULL, 
	high_id INTEGER NOT NULL, 
	from_id INTEGER NOT NULL, 
	to_id INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	asked_for BOOLEAN NOT NULL, 
	from_shares BOOLEAN NOT NULL, 
	to_shares BOOLEAN NOT NULL, 
	blur INTEGER NOT NULL, 
	sent_at FLOAT NOT NULL, 
	touched_at FLOAT NOT NULL, 
	CONSTRAINT pk_hellos PRIMARY KEY (id), 
	CONSTRAINT fk_hellos_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE, 
	CONSTRAINT fk_hellos_from_id FOREIGN KEY(from_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_hellos_high_id FOREIGN KEY(high_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_hellos_low_id FOREIGN KEY(low_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_hellos_to_id FOREIGN KEY(to_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT uq_hellos_low_id_high_id UNIQUE (low_id, high_id)
);
CREATE TABLE installations (
	id INTEGER NOT NULL, 
	platform VARCHAR(20) NOT NULL, 
	client_id VARCHAR(100) NOT NULL, 
	tenant VARCHAR(100) DEFAULT '' NOT NULL, 
	user_id VARCHAR(200), 
	access_token BLOB NOT NULL, 
	refresh_token BLOB NOT NULL, 
	scopes VARCHAR(500) DEFAULT '' NOT NULL, 
	expires_at FLOAT NOT NULL, 
	refreshing_until FLOAT DEFAULT '0' NOT NULL, 
	installed_at FLOAT NOT NULL, 
	CONSTRAINT pk_installations PRIMARY KEY (id), 
	CONSTRAINT uq_installations_platform_client_id_user_id UNIQUE (platform, client_id, user_id)
);
INSERT INTO "installations" VALUES(1,'zoom','fake_client_id','a_Acme','u_Hanna',X'6741414141414272437A6C4150374A6E4A56585050304868534C4E594C63424B4B5A6B383753505F624F56626F766B765263756E7053614C61707048767531583655414A6B5348686962326F6A6F6D3269576C7342683161574E6C47326E57676D7061316E6265597461637255722D6E514B434A3777596370704433794747453457354A52694F546876726E7875466D68784A49746A52755F424D4E564F5947515978344E334C725A6371624939485F704148726D72733D',X'6741414141414272437A6C41632D69584A66794B366A5F6553307A467A38344937793847523146466B32553657444469654D31434B4D6C3468336E5F4C787A79324C5466676D5539503067756961686F675A4E316C71544772597758324F656D6D53735F4C6C3435525F6B3247486641786A346658326F65416C76776B72517530454E306F7769466C527A374E744179747A6974585944636B69616E4E5F644C4C61694C623848435A55706E546D7475536B674D542D6B3D','user:read:user zoomapp:inmeeting zoomapp:inwebinar',1.79590126451276159286e+09,0.0,1.79589766451696157458e+09);
CREATE TABLE line_places (
	line_id INTEGER NOT NULL, 
	attendee_id INTEGER NOT NULL, 
	joined_at FLOAT NOT NULL, 
	group_no INTEGER, 
	opener VARCHAR(40), 
	called_at FLOAT, 
	CONSTRAINT pk_line_places PRIMARY KEY (line_id, attendee_id), 
	CONSTRAINT fk_line_places_attendee_id FOREIGN KEY(attendee_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_line_places_line_id FOREIGN KEY(line_id) REFERENCES lines (id) ON DELETE CASCADE
);
CREATE TABLE lines (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	speaker_id INTEGER, 
	break_id INTEGER, 
	turn INTEGER NOT NULL, 
	moves_at FLOAT NOT NULL, 
	looked_at FLOAT NOT NULL, 
	closed_at FLOAT, 
	CONSTRAINT pk_lines PRIMARY KEY (id), 
	CONSTRAINT fk_lines_break_id FOREIGN KEY(break_id) REFERENCES breaks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_lines_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE, 
	CONSTRAINT fk_lines_speaker_id FOREIGN KEY(speaker_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT uq_lines_break_id UNIQUE (break_id)
);
CREATE TABLE meetings (
	id INTEGER NOT NULL, 
	platform VARCHAR(20) NOT NULL, 
	digest BLOB NOT NULL, 
	event_id INTEGER, 
	client_id VARCHAR(100) DEFAULT '' NOT NULL, 
	seen_at FLOAT NOT NULL, 
	ended_at FLOAT, 
	CONSTRAINT pk_meetings PRIMARY KEY (id), 
	CONSTRAINT fk_meetings_event_id FOREIGN KEY(event_id) REFERENCES events (id), 
	CONSTRAINT uq_meetings_platform_digest UNIQUE (platform, digest)
);
INSERT INTO "meetings" VALUES(1,'zoom',X'73D3DBAC5C5AC970D70EEBF30464045A8BE036C3674C6516ADECD7D2E787C37E',1,'fake_client_id',1.79589766427969789504e+09,NULL);
CREATE TABLE met (
	low_id INTEGER NOT NULL, 
	high_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	times INTEGER NOT NULL, 
	met_at FLOAT NOT NULL, 
	CONSTRAINT pk_met PRIMARY KEY (low_id, high_id), 
	CONSTRAINT fk_met_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE, 
	CONSTRAINT fk_met_high_id FOREIGN KEY(high_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_met_low_id FOREIGN KEY(low_id) REFERENCES attendees (id) ON DELETE CASCADE
);
CREATE TABLE notices (
	id INTEGER NOT NULL, 
	platform VARCHAR(20) NOT NULL, 
	digest BLOB NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	subject BLOB, 
	subject_digest BLOB, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	received_at FLOAT NOT NULL, 
	touched_at FLOAT NOT NULL, 
	done_at FLOAT, 
	CONSTRAINT pk_notices PRIMARY KEY (id), 
	CONSTRAINT uq_notices_platform_digest UNIQUE (platform, digest)
);
INSERT INTO "notices" VALUES(1,'zoom',X'1CB2FBF58A1A3337F038A07C83A5FCC7B6AF0C01A249D8F16F269BCF65C11A79','removed',X'6741414141414272437A6C41594D6F7744703848677153582D6A31774457643636675A4F4232304A304F6B6C5A4E4D6A436B553048464B6E676F6D764B4D4671754C53662D697A6F6C716462486B656541556B556A4B356E304267685A434C5969593448595038626A39334B6B414168494B4C4A584F33486F32316F4C73304D6F554F574433555F5641525044345070326F656539364D482D704B734B4A667A4B773D3D',X'7847A74085A767CE7B7432C606BAD9BE66645B56ED5A3B108F4CA3BB97CEB378',0,1.79589766461319947244e+09,1.79589766461320018767e+09,NULL);
CREATE TABLE photos (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	wall_id INTEGER NOT NULL, 
	attendee_id INTEGER NOT NULL, 
	"key" VARCHAR(32) NOT NULL, 
	idempotency_key VARCHAR(80) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	refusal VARCHAR(30), 
	story VARCHAR(140) NOT NULL, 
	prompt VARCHAR(140) NOT NULL, 
	crop_x FLOAT, 
	crop_y FLOAT, 
	descriptor BLOB, 
	staged BOOLEAN NOT NULL, 
	attempts INTEGER NOT NULL, 
	received_at FLOAT NOT NULL, 
	touched_at FLOAT NOT NULL, 
	CONSTRAINT fk_photos_attendee_id FOREIGN KEY(attendee_id) REFERENCES attendees (id), 
	CONSTRAINT fk_photos_wall_id FOREIGN KEY(wall_id) REFERENCES walls (id), 
	CONSTRAINT uq_photos_attendee_id_idempotency_key UNIQUE (attendee_id, idempotency_key), 
	CONSTRAINT uq_photos_key UNIQUE ("key")
);
CREATE TABLE placements (
	wall_id INTEGER NOT NULL, 
	cell INTEGER NOT NULL, 
	photo_id INTEGER NOT NULL, 
	CONSTRAINT pk_placements PRIMARY KEY (wall_id, cell), 
	CONSTRAINT ck_placements_cell_not_negative CHECK (cell >= 0), 
	CONSTRAINT fk_placements_photo_id FOREIGN KEY(photo_id) REFERENCES photos (id), 
	CONSTRAINT fk_placements_wall_id FOREIGN KEY(wall_id) REFERENCES walls (id), 
	CONSTRAINT uq_placements_wall_id_photo_id UNIQUE (wall_id, photo_id)
);
CREATE TABLE prints (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	wall_id INTEGER NOT NULL, 
	attendee_id INTEGER, 
	own_photo_id INTEGER, 
	"key" VARCHAR(32) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	form VARCHAR(10) NOT NULL, 
	cell_px INTEGER NOT NULL, 
	caption VARCHAR(80) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	progress INTEGER NOT NULL, 
	error VARCHAR(30), 
	attempts INTEGER NOT NULL, 
	photo_ids BLOB NOT NULL, 
	placed INTEGER NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	asked_at FLOAT NOT NULL, 
	touched_at FLOAT NOT NULL, 
	CONSTRAINT fk_prints_attendee_id FOREIGN KEY(attendee_id) REFERENCES attendees (id) ON DELETE CASCADE, 
	CONSTRAINT fk_prints_wall_id FOREIGN KEY(wall_id) REFERENCES walls (id) ON DELETE CASCADE, 
	CONSTRAINT uq_prints_key UNIQUE ("key")
);
CREATE TABLE reports (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	reporter_id INTEGER, 
	reported_id INTEGER, 
	reason VARCHAR(20) NOT NULL, 
	note BLOB, 
	evidence BLOB, 
	picture_key VARCHAR(32), 
	state VARCHAR(20) NOT NULL, 
	made_at FLOAT NOT NULL, 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE, 
	CONSTRAINT fk_reports_reported_id FOREIGN KEY(reported_id) REFERENCES attendees (id) ON DELETE SET NULL, 
	CONSTRAINT fk_reports_reporter_id FOREIGN KEY(reporter_id) REFERENCES attendees (id) ON DELETE SET NULL
);
CREATE TABLE suggestions (
	attendee_id INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	name BLOB, 
	title BLOB, 
	company BLOB, 
	picture_key VARCHAR(32), 
	picture_ready BOOLEAN DEFAULT 0 NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	touched_at FLOAT NOT NULL, 
	CONSTRAINT pk_suggestions PRIMARY KEY (attendee_id), 
	CONSTRAINT fk_suggestions_attendee_id FOREIGN KEY(attendee_id) REFERENCES attendees (id) ON DELETE CASCADE
);
CREATE TABLE tenants (
	id INTEGER NOT NULL, 
	platform VARCHAR(20) NOT NULL, 
	external_id VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	ticket_key BLOB, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_tenants PRIMARY KEY (id), 
	CONSTRAINT uq_tenants_platform_external_id UNIQUE (platform, external_id)
);
INSERT INTO "tenants" VALUES(1,'web','acme','Acme',X'6741414141414272437A6C415945416256544A434C7137456973563644385839436F55622D514674794F334B56706768744B52457779687755577A476C4132445137466D564D36614A6E7273714B54633272786E37535475684845436E585F57787570693173454B775661534A566D6543416E665279346B502D56345839344B4358754D33484A56376F4149',1.79589766460368132584e+09);
CREATE TABLE used_tickets (
	digest BLOB NOT NULL, 
	expires_at FLOAT NOT NULL, 
	CONSTRAINT pk_used_tickets PRIMARY KEY (digest)
);
INSERT INTO "used_tickets" VALUES(X'8F426328136BDD7C19AA49A9E37F02697AFD0D96A0FDC8EF9675FDC7BB57B7A4',1795897814.158);
INSERT INTO "used_tickets" VALUES(X'362EC3D51CF7822C8866978DF93EB1C3B0C2E94BAEEB72F6E3A250F9718A0D1F',1795897814.53);
INSERT INTO "used_tickets" VALUES(X'008F31D091EE82285482A11B18257AB264E2EC1F6BA7CE51F5894143DCA26B69',1795897814.554);
INSERT INTO "used_tickets" VALUES(X'93CD26A1FAF9A5DF33977FB88A88F4B2FD5C3A350AE95FE85DF0A505512B16FC',1795897814.57);
INSERT INTO "used_tickets" VALUES(X'88A384D087FE547FEB64CCA225EBAE2EB8B09E2924B9B826FDD90D60A2278DBB',1795898264.0);
CREATE TABLE walls (
	id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	media_key VARCHAR(32) NOT NULL, 
	target_source VARCHAR(100) NOT NULL, 
	target_refusal VARCHAR(30), 
	tint INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	generation INTEGER NOT NULL, 
	columns INTEGER NOT NULL, 
	rows INTEGER NOT NULL, 
	cells BLOB NOT NULL, 
	count INTEGER NOT NULL, 
	overview_revision INTEGER NOT NULL, 
	overview_cell_px INTEGER NOT NULL, 
	levels TEXT NOT NULL, 
	tiles BLOB NOT NULL, 
	tiles_pending BOOLEAN NOT NULL, reveal_wished BOOLEAN DEFAULT 0 NOT NULL, revealed BOOLEAN DEFAULT 0 NOT NULL, target_wished VARCHAR(100), target_opened INTEGER DEFAULT '0' NOT NULL, target_used INTEGER DEFAULT '0' NOT NULL, target_revision INTEGER DEFAULT '0' NOT NULL, target_drawing BOOLEAN DEFAULT 0 NOT NULL, prepared_wished BOOLEAN DEFAULT 1 NOT NULL, prepared BOOLEAN DEFAULT 1 NOT NULL, tint_wished INTEGER DEFAULT '20' NOT NULL, tints BLOB, once_wished BOOLEAN DEFAULT 0 NOT NULL, once BOOLEAN DEFAULT 0 NOT NULL, reveal_on_close BOOLEAN DEFAULT 0 NOT NULL, "before" BLOB, improvable BOOLEAN DEFAULT 0 NOT NULL, changed_at FLOAT DEFAULT '0' NOT NULL, threads INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_walls PRIMARY KEY (id), 
	CONSTRAINT fk_walls_event_id FOREIGN KEY(event_id) REFERENCES events (id), 
	CONSTRAINT uq_walls_event_id UNIQUE (event_id), 
	CONSTRAINT uq_walls_media_key UNIQUE (media_key)
);
INSERT INTO "walls" VALUES(1,1,'27fbbad083e92ba3c830b9b5ce73a54c','uploads/target-de36ed630d2e9e4caa112bba93a5090b',NULL,20,0,0,0,0,X'',0,0,0,'[]',X'',0,0,0,'uploads/target-de36ed630d2e9e4caa112bba93a5090b',0,0,0,0,1,1,20,NULL,0,0,0,NULL,0,0.0,0);
CREATE INDEX ix_used_tickets_expires_at ON used_tickets (expires_at);
CREATE INDEX ix_attendees_event_id ON attendees (event_id);
CREATE INDEX ix_photos_attendee_id ON photos (attendee_id);
CREATE INDEX ix_photos_state_touched_at ON photos (state, touched_at);
CREATE INDEX ix_photos_wall_id_state ON photos (wall_id, state);
CREATE INDEX ix_placements_photo_id ON placements (photo_id);
CREATE INDEX ix_meetings_event_id ON meetings (event_id);
CREATE INDEX ix_authorizations_expires_at ON authorizations (expires_at);
CREATE INDEX ix_prints_wall_id_state ON prints (wall_id, state);
CREATE INDEX ix_prints_attendee_id ON prints (attendee_id);
CREATE INDEX ix_breaks_event_id ON breaks (event_id);
CREATE INDEX ix_blocks_blocked_id ON blocks (blocked_id);
CREATE INDEX ix_hellos_event_id_state ON hellos (event_id, state);
CREATE INDEX ix_hellos_from_id_sent_at ON hellos (from_id, sent_at);
CREATE INDEX ix_hellos_high_id ON hellos (high_id);
CREATE INDEX ix_hellos_to_id ON hellos (to_id);
CREATE INDEX ix_lines_event_id ON lines (event_id);
CREATE INDEX ix_lines_speaker_id ON lines (speaker_id);
CREATE INDEX ix_met_event_id ON met (event_id);
CREATE INDEX ix_met_high_id ON met (high_id);
CREATE INDEX ix_reports_event_id_state ON reports (event_id, state);
CREATE INDEX ix_reports_reported_id ON reports (reported_id);
CREATE INDEX ix_reports_reporter_id ON reports (reporter_id);
CREATE INDEX ix_exposures_wall_id_changed_at ON exposures (wall_id, changed_at);
CREATE INDEX ix_hello_lines_hello_id ON hello_lines (hello_id);
CREATE INDEX ix_hello_lines_photo_id ON hello_lines (photo_id);
CREATE INDEX ix_hello_lines_sender_id ON hello_lines (sender_id);
CREATE INDEX ix_line_places_attendee_id ON line_places (attendee_id);
DELETE FROM "sqlite_sequence";
COMMIT;
