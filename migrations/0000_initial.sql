CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`permissions` text NOT NULL,
	`connection_ids` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	`copy_due_at` integer,
	`connectors` text,
	`next_hash` text,
	`rotated_at` integer,
	`ended_hash` text,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `api_keys_list` ON `api_keys` (`workspace_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `api_keys_copy_due` ON `api_keys` (`copy_due_at`);--> statement-breakpoint
CREATE TABLE `app_alerts` (
	`owner` text NOT NULL,
	`connector` text NOT NULL,
	`kind` text NOT NULL,
	`since` integer NOT NULL,
	`detail` text NOT NULL,
	PRIMARY KEY(`owner`, `connector`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`outcome` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_list` ON `audit` (`workspace_id`,`at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_age` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `connect_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`made_by` text NOT NULL,
	`tools` text NOT NULL,
	`scopes` text,
	`expected_account` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `connect_links_connection` ON `connect_links` (`workspace_id`,`connection_id`);--> statement-breakpoint
CREATE INDEX `connect_links_expiry` ON `connect_links` (`expires_at`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`connector` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`paused` integer NOT NULL,
	`reason` text,
	`health` text NOT NULL,
	`app_owner` text NOT NULL,
	`app_connector` text NOT NULL,
	`account_id` text,
	`account_email` text,
	`account_name` text,
	`tools` text NOT NULL,
	`requested_scopes` text NOT NULL,
	`granted_scopes` text NOT NULL,
	`access_expires_at` integer,
	`refresh_due_at` integer,
	`reauthorize_before` integer,
	`last_refreshed_at` integer,
	`last_used_at` integer,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL,
	`generation` integer NOT NULL,
	`heard_by` integer,
	`nudge_at` integer,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `connections_due` ON `connections` (`heard_by`,`nudge_at`);--> statement-breakpoint
CREATE INDEX `connections_list` ON `connections` (`workspace_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_by_connector` ON `connections` (`workspace_id`,`connector`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_by_app` ON `connections` (`app_owner`,`app_connector`);--> statement-breakpoint
CREATE TABLE `idempotent_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`request_hash` text NOT NULL,
	`answer_sealed` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idempotent_answers_age` ON `idempotent_answers` (`created_at`);--> statement-breakpoint
CREATE TABLE `members` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`email` text NOT NULL,
	`name` text,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_identity` ON `members` (`workspace_id`,`issuer`,`subject`);--> statement-breakpoint
CREATE TABLE `oauth_apps` (
	`workspace_id` text NOT NULL,
	`connector` text NOT NULL,
	`client_id` text NOT NULL,
	`secret_sealed` text NOT NULL,
	`next_secret_sealed` text,
	`secret_expires_at` integer,
	`params` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`workspace_id`, `connector`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`member_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`member_id`) REFERENCES `members`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_member` ON `sessions` (`member_id`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
