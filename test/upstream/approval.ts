// The page on which an administrator lets an application in, after people were sent back for want of it.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UpstreamSettings } from './client.ts'
import { htmlAnswer, seeOther, send } from './http.ts'
import { approvePage } from './pages.ts'

/** Handles GET and POST `/admin/approve`. */
export function approvalPage(publicUrl: string, settings: Pick<UpstreamSettings, 'consent_error'>) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return send(response, htmlAnswer(200, approvePage()))
    settings.consent_error = null
    send(response, seeOther(`${publicUrl}/oauth/callback/local?admin_consent=True`))
  }
}
