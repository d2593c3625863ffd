// Markup to response: the doctype that hono/jsx does not write.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { HttpContext } from './env.ts'

/** What a hono/jsx component yields; text once it is settled. */
export type Markup = string | Promise<string>

/** A whole page. */
export async function page(
  c: HttpContext,
  markup: Markup,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  return c.html(`<!DOCTYPE html>${await settle(markup)}`, status)
}

/** A part of a page, for htmx to swap in. */
export async function partial(
  c: HttpContext,
  markup: Markup,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  return c.html(await settle(markup), status)
}

async function settle(markup: Markup): Promise<string> {
  return await (await markup).toString()
}
