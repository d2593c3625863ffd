-- Sessions get an id of their own: everybody signs in once more.
DELETE FROM `sessions`;--> statement-breakpoint
CREATE TABLE `custom_connectors` (
	`workspace_id` text NOT NULL,
	`id` text NOT NULL,
	`definition` text NOT NULL,
	`issuer` text,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`workspace_id`, `id`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `former_members` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`email` text NOT NULL,
	`name` text,
	`left_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `former_members_workspace` ON `former_members` (`workspace_id`,`left_at`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`workspace_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_by` text,
	`ended_at` integer,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_token` ON `invitations` (`token_hash`);--> statement-breakpoint
CREATE INDEX `invitations_list` ON `invitations` (`workspace_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `invitations_expiry` ON `invitations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`endpoint_id` text NOT NULL,
	`event_id` text NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_at` integer,
	`claimed_until` integer,
	`last_at` integer,
	`last_answer` text,
	`last_ms` integer,
	PRIMARY KEY(`endpoint_id`, `event_id`),
	FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`next_at`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_log` ON `webhook_deliveries` (`endpoint_id`,`at`,`event_id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_age` ON `webhook_deliveries` (`at`);--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`secret_sealed` text NOT NULL,
	`previous_secret_sealed` text,
	`previous_secret_until` integer,
	`disabled_at` integer,
	`disabled_reason` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `webhook_endpoints_list` ON `webhook_endpoints` (`workspace_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `webhook_events` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`connection_id` text,
	`type` text NOT NULL,
	`at` integer NOT NULL,
	`payload` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhook_events_age` ON `webhook_events` (`at`);--> statement-breakpoint
DROP INDEX `audit_age`;--> statement-breakpoint
ALTER TABLE `audit` ADD `failed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `detail` text;--> statement-breakpoint
CREATE INDEX `audit_by_actor` ON `audit` (`workspace_id`,`actor`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit` (`workspace_id`,`action`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_subject` ON `audit` (`workspace_id`,`subject`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_failure` ON `audit` (`workspace_id`,`failed`,`at`,`id`);--> statement-breakpoint
DROP INDEX `connections_by_app`;--> statement-breakpoint
ALTER TABLE `connections` ADD `account_tenant` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `params` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `ends_within_days` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `attention` integer GENERATED ALWAYS AS (case
  when state = 'reauthorize' then 5
  when paused then 0
  when state = 'pending' then 1
  when health <> 'ok' then 4
  when ends_within_days is not null then 3
  else 2 end) VIRTUAL NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `authorized_by` text;--> statement-breakpoint
CREATE INDEX `connections_attention` ON `connections` (`workspace_id`,`attention`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_attention_by_connector` ON `connections` (`workspace_id`,`connector`,`attention`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_by_app` ON `connections` (`app_owner`,`app_connector`,`workspace_id`,`attention`,`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `members` ADD `signed_out_at` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `last_opened_at` integer;--> statement-breakpoint
CREATE INDEX `members_person` ON `members` (`issuer`,`subject`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `id` text NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `last_seen_at` integer NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `browser` text NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_id` ON `sessions` (`id`);--> statement-breakpoint
CREATE INDEX `sessions_seen` ON `sessions` (`last_seen_at`);--> statement-breakpoint
ALTER TABLE `workspaces` ADD `audit_retention_days` integer DEFAULT 400 NOT NULL;--> statement-breakpoint
UPDATE `connections` SET `authorized_by` = `created_by` WHERE `generation` > 0;--> statement-breakpoint
-- Append-only: a row may end by its age, and never change.
CREATE TRIGGER `audit_append_only` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit rows never change'); END;
