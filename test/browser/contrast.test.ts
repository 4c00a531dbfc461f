import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const style = readFileSync(new URL('../../src/dashboard/style/base.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = [...style.matchAll(/:root(?:\[[^\]]*\])? \{([^}]*)\}/g)].map(match => match[1])
const roles = (block: string) =>
  new Map([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(match => [match[1]!, match[2]!]))

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(index => {
    const channel = Number.parseInt(colour.slice(index, index + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

const contrast = (a: string, b: string) => {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter! + 0.05) / (darker! + 0.05)
}

const texts: readonly [ink: string, grounds: readonly string[]][] = [
  ['ink', ['ground', 'surface', 'raised', 'critical-soft', 'warning-soft', 'accent-soft']],
  ['quiet', ['surface', 'raised', 'critical-soft', 'warning-soft']],
  ['accent', ['surface', 'raised', 'accent-soft', 'critical-soft', 'warning-soft']],
  ['critical', ['surface', 'raised', 'critical-soft']],
  ['warning', ['surface', 'raised', 'warning-soft']],
  ['good', ['surface', 'raised']],
  ['surface', ['critical', 'warning']],
  ['heat-ink', ['heat-0', 'heat-1', 'heat-2', 'heat-3', 'heat-4', 'heat-5', 'raised']],
]

describe.each([
  ['light', roles(light)],
  ['dark', roles(dark)],
] as const)('in %s colours', (_scheme, colours) => {
  test('text has a contrast of at least 4.5 to 1 on everything that it stands on', () => {
    const weak = texts.flatMap(([ink, grounds]) =>
      grounds
        .map(ground => ({ ink, ground, ratio: contrast(colours.get(ink)!, colours.get(ground)!) }))
        .filter(({ ratio }) => !(ratio >= 4.5)),
    )
    expect(weak).toEqual([])
  })

  test('lines that carry meaning have a contrast of at least 3 to 1', () => {
    for (const line of [
      'line-strong',
      'chart-first',
      'chart-second',
      'chart-third',
      'chart-before',
      'good',
      'warning',
      'critical',
    ]) {
      expect(contrast(colours.get(line)!, colours.get('surface')!), line).toBeGreaterThanOrEqual(3)
    }
  })
})
