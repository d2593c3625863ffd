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
