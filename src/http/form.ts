// Form fields as people sent them: always texts, absent ones empty.

import { bodyText } from './body.ts'
import type { HttpContext } from './env.ts'

/** A body of another kind has no fields. */
export async function readForm(c: HttpContext): Promise<URLSearchParams> {
  const type = c.req.header('Content-Type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(await bodyText(c))
}

/** The same for a form that sends a file as well: its text stands under the name of its field. */
export async function readFileForm(c: HttpContext): Promise<URLSearchParams> {
  const type = c.req.header('Content-Type') ?? ''
  if (!type.startsWith('multipart/form-data')) return readForm(c)
  const form = await c.req.formData().catch(() => new FormData())
  const fields = new URLSearchParams()
  for (const [name, value] of form) {
    fields.append(name, typeof value === 'string' ? value : await (value as File).text())
  }
  return fields
}

/** The fields `param_<name>`, by their names. */
export function paramsOf(form: URLSearchParams): Record<string, string> {
  const prefix = 'param_'
  return Object.fromEntries(
    [...form]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value.trim()]),
  )
}
