// Ready-made code for one very connection. It names the key by its variable and holds no secret. What comes from the
// catalog is quoted for each language.

export interface Snippet {
  id: string
  label: string
  /** For the button's name: `command for a token`. */
  what: string
  code: string
}

interface SnippetProps {
  publicUrl: string
  connectionId: string
  /** A harmless GET of the service, relative to its API. */
  examplePath: string
}

const KEY_HEADER = '-H "Authorization: Bearer $EVERGRANT_KEY"'

export function tokenCommand(publicUrl: string, connectionId: string): string {
  return `curl ${KEY_HEADER} ${publicUrl}/v1/connections/${connectionId}/token`
}

export function snippetsFor({ publicUrl, connectionId, examplePath }: SnippetProps): Snippet[] {
  const path = examplePath.startsWith('/') ? examplePath : `/${examplePath}`
  const proxied = `${publicUrl}/v1/connections/${connectionId}/proxy${path}`
  return [
    {
      id: 'curl',
      label: 'curl',
      what: 'command that calls through Evergrant',
      code: `curl ${KEY_HEADER} ${shellQuoted(proxied)}`,
    },
    {
      id: 'fetch',
      label: 'JavaScript',
      what: 'JavaScript',
      code: [
        `const answer = await fetch(${JSON.stringify(proxied)}, {`,
        "  headers: { Authorization: 'Bearer ' + process.env.EVERGRANT_KEY },",
        '})',
        'console.log(answer.status, await answer.json())',
      ].join('\n'),
    },
    {
      id: 'python',
      label: 'Python',
      what: 'Python',
      code: [
        'import json, os, urllib.request',
        '',
        'request = urllib.request.Request(',
        `    ${JSON.stringify(proxied)},`,
        '    headers={"Authorization": "Bearer " + os.environ["EVERGRANT_KEY"]},',
        ')',
        'with urllib.request.urlopen(request) as answer:',
        '    print(answer.status, json.load(answer))',
      ].join('\n'),
    },
    {
      id: 'token',
      label: 'Token only',
      what: 'command for a token',
      code: tokenCommand(publicUrl, connectionId),
    },
  ]
}

/** As it is for the usual characters, else in single quotes. */
function shellQuoted(text: string): string {
  return /^[\w:/.%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
