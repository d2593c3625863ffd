// The doors: fetch, scheduled, and the classes of the Durable Objects. Nothing else.

import { createApp } from './http/app.ts'
import { contextOf } from './http/configure.ts'
import { ROUTES } from './http/table.ts'
import { runCron } from './services/run-cron.ts'

export { ConnectionObject } from './objects/connection-object.ts'
export { OAuthAppObject } from './objects/oauth-app-object.ts'

const app = createApp(ROUTES)

export default {
  fetch: app.fetch,
  async scheduled(_controller, env) {
    const context = contextOf(env)
    if (context.ok) await runCron(context.value, Date.now())
  },
} satisfies ExportedHandler<Env>
