-- A record as version 1 of its schema had it (src/record/schema.c): one run, its operation and what it saw.
PRAGMA application_id=1129467441;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE aliases(alias TEXT NOT NULL, flaw TEXT NOT NULL, PRIMARY KEY(alias, flaw)) WITHOUT ROWID;
CREATE TABLE flaws(id INTEGER PRIMARY KEY, flaw TEXT NOT NULL, package TEXT NOT NULL, installed TEXT NOT NULL, fixed  TEXT NOT NULL, status TEXT NOT NULL, severity TEXT NOT NULL, exploited INTEGER NOT NULL,  UNIQUE(flaw, package, installed, fixed, status, severity, exploited));
CREATE TABLE image_flaws(image INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE, flaw INTEGER NOT NULL  REFERENCES flaws(id), reach TEXT NOT NULL, PRIMARY KEY(image, flaw)) WITHOUT ROWID;
CREATE TABLE image_packages(image INTEGER NOT NULL REFERENCES images(id) ON DELETE CASCADE, package INTEGER NOT NULL  REFERENCES packages(id), reach TEXT NOT NULL, candidate TEXT, security INTEGER NOT NULL, PRIMARY KEY(image,  package)) WITHOUT ROWID;
CREATE TABLE images(id INTEGER PRIMARY KEY, image_id TEXT NOT NULL UNIQUE, name TEXT, digest TEXT, platform TEXT, os  TEXT, verdict TEXT, reason TEXT, data TEXT, observed INTEGER NOT NULL, layers TEXT NOT NULL, bases TEXT NOT NULL);
INSERT INTO "images" VALUES(1,'sha256:1cb5e4870f2653efd054c006e42630467461b1149432a6058c18a4292129afa9','shop/web:1',NULL,'linux/amd64',NULL,'blind','no package database: what is in this image cannot be known from it',NULL,1795881741,'sha256:251fc8f7cbbfdbf64150ddd09d7bc951f983f3247610a2cdce2defc16548f38c','');
INSERT INTO "images" VALUES(2,'sha256:bad1cdc18a0c046cbdf457fa38d22f800a59be4da6497e9284d9baa4d2ae6269','shop/web:1',NULL,'linux/amd64',NULL,'blind','no package database: what is in this image cannot be known from it',NULL,1795881741,'sha256:251fc8f7cbbfdbf64150ddd09d7bc951f983f3247610a2cdce2defc16548f38c','');
CREATE TABLE leases(name TEXT PRIMARY KEY, pid INTEGER NOT NULL, started INTEGER NOT NULL, boot TEXT NOT NULL,  command TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE marks(kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, since INTEGER NOT NULL,  PRIMARY KEY(kind, key)) WITHOUT ROWID;
INSERT INTO "marks" VALUES('bad','sha256:bad1cdc18a0c046cbdf457fa38d22f800a59be4da6497e9284d9baa4d2ae6269','web: it exited with 3 and was started again',1795881743);
INSERT INTO "marks" VALUES('untold','journal','  2026-11-28 16:02  done container web (shop/web:1): 0.3 s from its stop to ready
  2026-11-28 16:02  rolled-back container web (shop/web:1): it exited with 3 and was started again
',1795881754);
CREATE TABLE operations(id TEXT PRIMARY KEY, run INTEGER NOT NULL, step INTEGER NOT NULL, daemon TEXT NOT NULL,  container TEXT NOT NULL, phase TEXT NOT NULL, state TEXT NOT NULL, began INTEGER NOT NULL, changed INTEGER NOT  NULL, open INTEGER NOT NULL, outcome TEXT);
INSERT INTO "operations" VALUES('a36cb0a28c7b',1,1,'docker:unix:///run/docker.sock','web','commit','{}',1795881729,1795881741,0,'committed');
INSERT INTO "operations" VALUES('24aabc8e60f9',2,1,'docker:unix:///run/docker.sock','web','back','{}',1795881741,1795881754,0,'rolled-back');
CREATE TABLE packages(id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, version  TEXT NOT NULL, arch TEXT NOT NULL, purl TEXT, UNIQUE(name, type, version, arch, source));
CREATE TABLE runs(id INTEGER PRIMARY KEY, command TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL  DEFAULT 0, outcome TEXT, summary TEXT, undoes INTEGER NOT NULL DEFAULT 0);
INSERT INTO "runs" VALUES(1,'apply',1795881729,1795881741,'done','1 done, 0 failed, 0 rolled back, 0 refused, 0 skipped',0);
CREATE TABLE sightings(host TEXT NOT NULL, kind TEXT NOT NULL, daemon TEXT NOT NULL, name TEXT NOT NULL, image_id  TEXT NOT NULL, state TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(host, kind, daemon, name))  WITHOUT ROWID;
INSERT INTO "sightings" VALUES('box','container','docker:unix:///run/docker.sock','web','sha256:1cb5e4870f2653efd054c006e42630467461b1149432a6058c18a4292129afa9','running',1795881741,1795881741);
INSERT INTO "sightings" VALUES('box','container','docker:unix:///run/docker.sock','web.old-0d853c38c3b1','sha256:1cb5e4870f2653efd054c006e42630467461b1149432a6058c18a4292129afa9','exited',1795881729,1795881741);
INSERT INTO "sightings" VALUES('box','container','docker:unix:///run/docker.sock','web.old-a36cb0a28c7b','sha256:cf2317fbba18e6244d3ba9e6242c958a0fd5a604c6519520b43617fe7e113646','exited',1795881741,1795881741);
INSERT INTO "sightings" VALUES('box','image','docker:unix:///run/docker.sock','shop/web:1','sha256:bad1cdc18a0c046cbdf457fa38d22f800a59be4da6497e9284d9baa4d2ae6269',NULL,1795881741,1795881741);
CREATE TABLE steps(run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, id TEXT NOT  NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT, state INTEGER NOT NULL, started INTEGER NOT NULL,  ended INTEGER NOT NULL, before TEXT, after TEXT, intent TEXT, outcome TEXT, error TEXT, PRIMARY KEY(run, number))  WITHOUT ROWID;
INSERT INTO "steps" VALUES(1,1,'recreate web','recreate','web','containers run an older one',2,1795881729,1795881741,'sha256:cf2317fbba18e6244d3ba9e6242c958a0fd5a604c6519520b43617fe7e113646','sha256:1cb5e4870f2653efd054c006e42630467461b1149432a6058c18a4292129afa9','{}',NULL,NULL);
CREATE INDEX steps_subject ON steps(subject);
CREATE INDEX operations_open ON operations(open, daemon);
CREATE INDEX packages_source ON packages(source);
CREATE INDEX image_packages_package ON image_packages(package);
CREATE INDEX image_flaws_flaw ON image_flaws(flaw);
CREATE INDEX sightings_image ON sightings(image_id);
COMMIT;
