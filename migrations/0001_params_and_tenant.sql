ALTER TABLE `connections` ADD `account_tenant` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `params` text;