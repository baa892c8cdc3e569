-- A history as baselinr 0.9.0 writes it: one run of a table of 20 rows and 5 columns.
BEGIN TRANSACTION;
CREATE TABLE baselinr_events (
                        event_id VARCHAR(36) PRIMARY KEY,
                        event_type VARCHAR(100) NOT NULL,
                        run_id VARCHAR(36),
                        table_name VARCHAR(255),
                        column_name VARCHAR(255),
                        metric_name VARCHAR(100),
                        baseline_value REAL,
                        current_value REAL,
                        change_percent REAL,
                        drift_severity VARCHAR(20),
                        timestamp TIMESTAMP NOT NULL,
                        metadata TEXT,
                        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
                    );
CREATE TABLE baselinr_results (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	dataset_name VARCHAR(255) NOT NULL, 
	schema_name VARCHAR(255), 
	column_name VARCHAR(255) NOT NULL, 
	column_type VARCHAR(100), 
	metric_name VARCHAR(100) NOT NULL, 
	metric_value TEXT, 
	profiled_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "baselinr_results" VALUES(1,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'a','INTEGER','error','(sqlite3.OperationalError) no such function: stddev
[SQL: SELECT min(filtered.a) AS min, max(filtered.a) AS max, avg(CAST(filtered.a AS FLOAT)) AS mean, stddev(CAST(filtered.a AS FLOAT)) AS stddev 
FROM (SELECT t.a AS a, t.b AS b, t.c AS c, t.d AS d, t.e AS e 
FROM t) AS filtered]
(Background on this error at: https://sqlalche.me/e/20/e3q8)','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(2,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','count','20','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(3,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','null_count','0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(4,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','null_ratio','0.0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(5,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','distinct_count','20','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(6,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','unique_ratio','1.0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(7,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','min','x0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(8,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','max','x9','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(9,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','data_type_inferred','string','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(10,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'b','VARCHAR(10)','approx_distinct_count','20','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(11,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'c','REAL','error','(sqlite3.OperationalError) no such function: stddev
[SQL: SELECT min(filtered.c) AS min, max(filtered.c) AS max, avg(CAST(filtered.c AS FLOAT)) AS mean, stddev(CAST(filtered.c AS FLOAT)) AS stddev 
FROM (SELECT t.a AS a, t.b AS b, t.c AS c, t.d AS d, t.e AS e 
FROM t) AS filtered]
(Background on this error at: https://sqlalche.me/e/20/e3q8)','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(12,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','count','20','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(13,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','null_count','0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(14,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','null_ratio','0.0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(15,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','distinct_count','1','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(16,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','unique_ratio','0.05','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(17,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','min','2024-01-01 00:00:00','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(18,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','max','2024-01-01 00:00:00','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(19,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','data_type_inferred','date','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(20,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'d','TIMESTAMP','approx_distinct_count','1','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(21,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','count','20','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(22,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','null_count','0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(23,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','null_ratio','0.0','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(24,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','distinct_count','2','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(25,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','unique_ratio','0.1','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(26,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','min',NULL,'2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(27,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','max',NULL,'2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(28,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','data_type_inferred','boolean','2026-11-24 06:26:11.093695');
INSERT INTO "baselinr_results" VALUES(29,'ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'e','BOOLEAN','approx_distinct_count','2','2026-11-24 06:26:11.093695');
CREATE TABLE baselinr_runs (
	run_id VARCHAR(36) NOT NULL, 
	dataset_name VARCHAR(255) NOT NULL, 
	schema_name VARCHAR(255), 
	profiled_at DATETIME NOT NULL, 
	environment VARCHAR(50), 
	status VARCHAR(20), 
	row_count INTEGER, 
	column_count INTEGER, 
	PRIMARY KEY (run_id, dataset_name)
);
INSERT INTO "baselinr_runs" VALUES('ce2a0620-79cb-4bed-ae9c-13483e133d08','t',NULL,'2026-11-24 06:26:11.093695','development','completed',20,5);
CREATE TABLE baselinr_schema_registry (
                        id SERIAL PRIMARY KEY,
                        table_name VARCHAR(255) NOT NULL,
                        schema_name VARCHAR(255),
                        column_name VARCHAR(255) NOT NULL,
                        column_type VARCHAR(100) NOT NULL,
                        column_hash VARCHAR(64) NOT NULL,
                        nullable BOOLEAN DEFAULT TRUE,
                        run_id VARCHAR(36) NOT NULL,
                        first_seen_at TIMESTAMP NOT NULL,
                        last_seen_at TIMESTAMP NOT NULL
                    );
CREATE TABLE baselinr_schema_version (
    version INTEGER PRIMARY KEY,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    description VARCHAR(500),
    migration_script VARCHAR(255),
    checksum VARCHAR(64)
);
INSERT INTO "baselinr_schema_version" VALUES(7,'2026-11-24 06:26:11','Initial schema version','schema.sql',NULL);
CREATE TABLE baselinr_table_state (
	database_name VARCHAR(255), 
	schema_name VARCHAR(255), 
	table_name VARCHAR(255) NOT NULL, 
	last_run_id VARCHAR(36), 
	snapshot_id VARCHAR(255), 
	change_token VARCHAR(255), 
	decision VARCHAR(50), 
	decision_reason VARCHAR(255), 
	last_profiled_at DATETIME, 
	staleness_score INTEGER, 
	row_count BIGINT, 
	bytes_scanned BIGINT, 
	metadata TEXT, 
	PRIMARY KEY (database_name, schema_name, table_name)
);
CREATE INDEX idx_events_event_type ON baselinr_events (event_type);
CREATE INDEX idx_events_run_id ON baselinr_events (run_id);
CREATE INDEX idx_events_table_name ON baselinr_events (table_name);
CREATE INDEX idx_events_timestamp ON baselinr_events (timestamp DESC);
CREATE INDEX idx_events_drift_severity ON baselinr_events (drift_severity);
CREATE INDEX idx_schema_registry_table_schema ON baselinr_schema_registry (table_name, schema_name, run_id);
CREATE INDEX idx_schema_registry_table_column ON baselinr_schema_registry (table_name, schema_name, column_name);
CREATE INDEX idx_schema_registry_run_id ON baselinr_schema_registry (run_id);
CREATE INDEX idx_schema_registry_last_seen ON baselinr_schema_registry (last_seen_at DESC);
COMMIT;
