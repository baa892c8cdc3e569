-- A history as baselinr 0.9.0 writes it into MariaDB: one run of a table of 20 rows and 5 columns.
CREATE TABLE `baselinr_events` (
  `event_id` varchar(36) NOT NULL,
  `event_type` varchar(100) NOT NULL,
  `run_id` varchar(36) DEFAULT NULL,
  `table_name` varchar(255) DEFAULT NULL,
  `column_name` varchar(255) DEFAULT NULL,
  `metric_name` varchar(100) DEFAULT NULL,
  `baseline_value` float DEFAULT NULL,
  `current_value` float DEFAULT NULL,
  `change_percent` float DEFAULT NULL,
  `drift_severity` varchar(20) DEFAULT NULL,
  `timestamp` timestamp NOT NULL,
  `metadata` text DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT current_timestamp(),
  PRIMARY KEY (`event_id`),
  KEY `idx_events_event_type` (`event_type`),
  KEY `idx_events_run_id` (`run_id`),
  KEY `idx_events_table_name` (`table_name`),
  KEY `idx_events_timestamp` (`timestamp` DESC),
  KEY `idx_events_drift_severity` (`drift_severity`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `baselinr_results` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `run_id` varchar(36) NOT NULL,
  `dataset_name` varchar(255) NOT NULL,
  `schema_name` varchar(255) DEFAULT NULL,
  `column_name` varchar(255) NOT NULL,
  `column_type` varchar(100) DEFAULT NULL,
  `metric_name` varchar(100) NOT NULL,
  `metric_value` text DEFAULT NULL,
  `profiled_at` datetime NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=14 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `baselinr_results` VALUES (1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'a','INTEGER','count','20','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (2,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'a','INTEGER','null_count','0','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (3,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'a','INTEGER','mean','10.5','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (4,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'b','VARCHAR(10)','count','20','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (5,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'b','VARCHAR(10)','null_count','0','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (6,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'c','DOUBLE','count','20','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (7,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'c','DOUBLE','null_count','0','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (8,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'c','DOUBLE','mean','5.25','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (9,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'d','TIMESTAMP','count','20','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (10,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'d','TIMESTAMP','null_count','0','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (11,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'e','TINYINT','count','20','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (12,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'e','TINYINT','null_count','0','2026-11-25 15:21:25');
INSERT INTO `baselinr_results` VALUES (13,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'e','TINYINT','mean','0.5','2026-11-25 15:21:25');
CREATE TABLE `baselinr_runs` (
  `run_id` varchar(36) NOT NULL,
  `dataset_name` varchar(255) NOT NULL,
  `schema_name` varchar(255) DEFAULT NULL,
  `profiled_at` datetime NOT NULL,
  `environment` varchar(50) DEFAULT NULL,
  `status` varchar(20) DEFAULT NULL,
  `row_count` int(11) DEFAULT NULL,
  `column_count` int(11) DEFAULT NULL,
  PRIMARY KEY (`run_id`,`dataset_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `baselinr_runs` VALUES ('8bd12c60-dae6-43f6-8e7e-b0a26080de5f','t',NULL,'2026-11-25 15:21:25','development','completed',20,5);
CREATE TABLE `baselinr_schema_registry` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `table_name` varchar(255) NOT NULL,
  `schema_name` varchar(255) DEFAULT NULL,
  `column_name` varchar(255) NOT NULL,
  `column_type` varchar(100) NOT NULL,
  `column_hash` varchar(64) NOT NULL,
  `nullable` tinyint(1) DEFAULT 1,
  `run_id` varchar(36) NOT NULL,
  `first_seen_at` timestamp NOT NULL,
  `last_seen_at` timestamp NOT NULL,
  PRIMARY KEY (`id`),
  KEY `idx_schema_registry_table_schema` (`table_name`,`schema_name`,`run_id`),
  KEY `idx_schema_registry_table_column` (`table_name`,`schema_name`,`column_name`),
  KEY `idx_schema_registry_run_id` (`run_id`),
  KEY `idx_schema_registry_last_seen` (`last_seen_at` DESC)
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `baselinr_schema_registry` VALUES (1,'t',NULL,'a','INTEGER','b1f3bf65eeef6f97c35313637a3111099436917c49994705bc7321acaf982f6e',1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','2026-11-25 15:21:25','2026-11-25 15:21:25');
INSERT INTO `baselinr_schema_registry` VALUES (2,'t',NULL,'b','VARCHAR(10)','dd9464906a55d327f137a98434e501b27db8344917383b0a929be1e682518389',1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','2026-11-25 15:21:25','2026-11-25 15:21:25');
INSERT INTO `baselinr_schema_registry` VALUES (3,'t',NULL,'c','DOUBLE','ea2a7f3e76439aa5b3ada2036c84e453d97714abeb5ec05dd8049ac4e1f5ffeb',1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','2026-11-25 15:21:25','2026-11-25 15:21:25');
INSERT INTO `baselinr_schema_registry` VALUES (4,'t',NULL,'d','TIMESTAMP','8a317684690e77c0dc9ebcfd2f457be6aca469f0eb478e82f7fd9c53d3747d2f',1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','2026-11-25 15:21:25','2026-11-25 15:21:25');
INSERT INTO `baselinr_schema_registry` VALUES (5,'t',NULL,'e','TINYINT','480cd0301536eeb39547df754c1b6b79f57c93793c781017beae38b24b4f9109',1,'8bd12c60-dae6-43f6-8e7e-b0a26080de5f','2026-11-25 15:21:25','2026-11-25 15:21:25');
CREATE TABLE `baselinr_schema_version` (
  `version` int(11) NOT NULL,
  `applied_at` timestamp NOT NULL DEFAULT current_timestamp(),
  `description` varchar(500) DEFAULT NULL,
  `migration_script` varchar(255) DEFAULT NULL,
  `checksum` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `baselinr_schema_version` VALUES (7,'2026-11-25 15:21:26','Initial schema version','schema.sql',NULL);
CREATE TABLE `baselinr_table_state` (
  `database_name` varchar(255) NOT NULL,
  `schema_name` varchar(255) NOT NULL,
  `table_name` varchar(255) NOT NULL,
  `last_run_id` varchar(36) DEFAULT NULL,
  `snapshot_id` varchar(255) DEFAULT NULL,
  `change_token` varchar(255) DEFAULT NULL,
  `decision` varchar(50) DEFAULT NULL,
  `decision_reason` varchar(255) DEFAULT NULL,
  `last_profiled_at` datetime DEFAULT NULL,
  `staleness_score` int(11) DEFAULT NULL,
  `row_count` bigint(20) DEFAULT NULL,
  `bytes_scanned` bigint(20) DEFAULT NULL,
  `metadata` text DEFAULT NULL,
  PRIMARY KEY (`database_name`,`schema_name`,`table_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
