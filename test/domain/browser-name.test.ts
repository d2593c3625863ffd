import { describe, expect, it } from 'vitest'
import { browserName } from '../../src/domain/browser-name.ts'

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
const WIN = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const KIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('a browser in words', () => {
  it.each([
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Chrome on Windows', `${WIN} ${KIT} Chrome/140.0.0.0 Safari/537.36`],
    ['Edge on Windows', `${WIN} ${KIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`],
    ['Opera on macOS', `${MAC} ${KIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0`],
    ['Safari on macOS', `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15`],
    [
      'Safari on iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
    ],
    [
      'Chrome on iPad',
      'Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
    ],
    ['Chrome on Android', `Mozilla/5.0 (Linux; Android 16; Pixel) ${KIT} Chrome/140.0 Mobile Safari/537.36`],
    ['Samsung Internet on Android', `Mozilla/5.0 (Linux; Android 16) ${KIT} SamsungBrowser/29.0 Chrome/138`],
    ['Chrome on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${KIT} HeadlessChrome/140.0 Safari/537.36`],
    ['A browser', 'curl/8.5'],
    ['A browser', undefined],
    ['A browser', '<script>alert(1)</script>'],
  ])('%s', (words, userAgent) => {
    expect(browserName(userAgent)).toBe(words)
  })

  it('reads no more than it has to', () => {
    expect(browserName(`${'x'.repeat(60_000)} Firefox/1`)).toBe('A browser')
  })
})
