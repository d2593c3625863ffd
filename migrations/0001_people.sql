-- Sessions get an id of their own: everybody signs in once more.
DELETE FROM `sessions`;--> statement-breakpoint
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
DROP INDEX `audit_age`;--> statement-breakpoint
ALTER TABLE `audit` ADD `failed` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `detail` text;--> statement-breakpoint
CREATE INDEX `audit_by_actor` ON `audit` (`workspace_id`,`actor`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit` (`workspace_id`,`action`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_subject` ON `audit` (`workspace_id`,`subject`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_by_failure` ON `audit` (`workspace_id`,`failed`,`at`,`id`);--> statement-breakpoint
ALTER TABLE `connections` ADD `authorized_by` text;--> statement-breakpoint
CREATE INDEX `connections_by_person` ON `connections` (`workspace_id`,`authorized_by`);--> statement-breakpoint
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
