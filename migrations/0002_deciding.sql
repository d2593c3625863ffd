ALTER TABLE `connections` ADD `decide_until` integer;--> statement-breakpoint
-- A derived column cannot be changed: it goes, with the indexes over it, and comes back.
DROP INDEX `connections_attention`;--> statement-breakpoint
DROP INDEX `connections_attention_by_connector`;--> statement-breakpoint
DROP INDEX `connections_by_app`;--> statement-breakpoint
ALTER TABLE `connections` DROP COLUMN `attention`;--> statement-breakpoint
ALTER TABLE `connections` ADD `attention` integer GENERATED ALWAYS AS (case
  when state = 'reauthorize' then 6
  when paused then 0
  when state = 'pending' then 1
  when decide_until is not null then 5
  when health <> 'ok' then 4
  when ends_within_days is not null then 3
  else 2 end) VIRTUAL NOT NULL;--> statement-breakpoint
CREATE INDEX `connections_attention` ON `connections` (`workspace_id`,`attention`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_attention_by_connector` ON `connections` (`workspace_id`,`connector`,`attention`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_by_app` ON `connections` (`app_owner`,`app_connector`,`workspace_id`,`attention`,`created_at`,`id`);
